//! Confirms a sign-out that another site asked for, so that no link can sign people out behind their backs.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::{Draft, Form, form};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Name of the client that asked; empty when the person opened the page.
    pub client: String,
    /// Handle of the logout request: where to go on afterwards.
    pub request: String,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let draft = Draft::default();
    let f = Form::new(frame, "log-out", &draft);
    let body = html! {
        h1 { "Sign out?" }
        p.lead {
            @if view.client.is_empty() { "This ends your session in this browser." }
            @else { strong { (view.client) } " asks to end your session in this browser." }
        }
        @if let Some(viewer) = &frame.viewer { p { "You are signed in as " strong { (viewer.login) } "." } }
        (f.post(&links::log_out(), &html! {
            (form::hidden("request", &view.request))
            div.buttons {
                button.primary type="submit" { "Sign out" }
                a.button href=(links::me()) { "Stay signed in" }
            }
        }))
    };
    frame::card(frame, "Sign out", false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    vec![
        ("own", View::default()),
        ("client", View { client: "Finance assistant".into(), request: "lreq-sample".into() }),
        ("long", View { client: sample::LONG.into(), request: String::new() }),
        ("hostile", View { client: sample::HOSTILE.into(), request: sample::HOSTILE.into() }),
    ]
}
