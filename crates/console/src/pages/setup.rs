//! First start: the one-time link makes the organization and its first administrator.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::{Draft, Form};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// The secret of the link; it names the form's target and is spent by it.
    pub ticket: String,
    /// Form `setup`: `title`, `slug`, `login`, `email`, `password`, `password_again`.
    pub draft: Draft,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "setup", &view.draft);
    let body = html! {
        p.noun { "First start" }
        h1 { "Set up Chancery" }
        p.lead { "Name your organization and create its first administrator. This link works once." }
        (f.post(&links::setup(&view.ticket), &html! {
            h2 { "Organization" }
            (f.text("title", "Name").required().most(120).autocomplete("organization").hint("As people know it: Corp Example."))
            (f.text("slug", "Short name").required().most(40).pattern("[a-z0-9][a-z0-9\\-]*")
                .hint("Lower-case letters, digits and hyphens: corp-example. It appears in addresses."))
            h2 { "Administrator" }
            (f.text("login", "Login name").required().most(320).autocomplete("username")
                .hint("Usually the e-mail address."))
            (f.typed("email", "email", "E-mail").required().most(320).autocomplete("email"))
            (f.typed("password", "password", "Password").required().most(1024).autocomplete("new-password")
                .hint("At least 15 characters. A sentence is easier to keep than a riddle."))
            (f.typed("password", "password_again", "Password again").required().most(1024).autocomplete("new-password"))
            div.buttons { button.primary.full type="submit" { "Create the organization" } }
        }))
    };
    frame::card(&Frame { org: None, ..frame.clone() }, "Set up", false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let refused = Draft::of("setup")
        .value("title", "Corp Example")
        .value("slug", "Corp Example")
        .value("login", "ines@corp.example")
        .problem("slug", "Only lower-case letters, digits and hyphens.")
        .problem("password_again", "The two passwords differ.");
    let hostile = Draft::of("setup").value("title", sample::HOSTILE).problem("title", sample::HOSTILE);
    vec![
        ("empty", View { ticket: "one-time".into(), draft: Draft::default() }),
        ("error", View { ticket: "one-time".into(), draft: refused }),
        ("hostile", View { ticket: sample::HOSTILE.into(), draft: hostile }),
    ]
}
