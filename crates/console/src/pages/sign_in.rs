//! Sign-in: who are you, and for which program.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::links;
use crate::parts::notice::{self, Tone};
use crate::parts::{Draft, Form, form};
use crate::sample;

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Where to go on after signing in: the handle of the authorization request, or empty for the console.
    pub request: String,
    /// Name of the client that asked; empty when the person came by themselves.
    pub client: String,
    /// Ask for the organization's short name too: there are several, and the address named none.
    pub ask_organization: bool,
    /// Wrong login or password, in the same words whichever it was.
    pub error: Option<String>,
    /// Seconds until another attempt is answered.
    pub throttled: Option<u64>,
    /// A sign-in more than a while ago does not do for what comes next.
    pub again: bool,
    /// Form `sign-in`: `organization`, `login`, `password`.
    pub draft: Draft,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let title = if view.again { "Sign in again" } else { "Sign in" };
    let body = html! {
        h1 { (title) }
        p.lead { (lead(view)) }
        @if let Some(error) = &view.error {
            (notice::notice(Tone::Error, &notice::sentence(error), html! { p { "Check the login name and the password, then try again." } }))
        }
        @if let Some(seconds) = view.throttled { (throttled(seconds)) }
        (fields(frame, view))
        p.fine { "Forgotten your password? An administrator of your organization can give you a new one." }
    };
    frame::card(frame, title, false, &body)
}

fn lead(view: &View) -> Markup {
    html! {
        @if view.client.is_empty() { "to manage your agents, your consents and your sessions." }
        @else { "to continue to " strong { (view.client) } "." }
        @if view.again { " What comes next needs a fresh sign-in." }
    }
}

fn throttled(seconds: u64) -> Markup {
    notice::notice(
        Tone::Warning,
        "Too many attempts",
        html! { p { "To keep guessers out, this login is paused. Try again in " (seconds) " seconds." } },
    )
}

fn fields(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "sign-in", &view.draft);
    f.post(
        &links::sign_in(),
        &html! {
            (form::hidden("request", &view.request))
            @if view.ask_organization {
                (f.text("organization", "Organization").required().autocomplete("organization")
                    .hint("Its short name, as your administrator gave it to you."))
            }
            (f.text("login", "Login name").required().autocomplete("username").most(320))
            (f.typed("password", "password", "Password").required().autocomplete("current-password").most(1024))
            div.buttons { button.primary.full type="submit" { "Sign in" } }
        },
    )
}

pub fn samples() -> Vec<(&'static str, View)> {
    let full = View { request: "areq-sample".into(), client: "Finance assistant".into(), ..View::default() };
    let typed = Draft::of("sign-in").value("login", "alice@corp.example");
    vec![
        ("empty", View::default()),
        ("full", full.clone()),
        ("error", View { error: Some("That did not match.".into()), draft: typed.clone(), ..full.clone() }),
        ("throttled", View { throttled: Some(40), ask_organization: true, draft: typed, ..full.clone() }),
        ("again", View { again: true, ..full }),
        ("long", View { client: sample::LONG.into(), ..View::default() }),
        (
            "hostile",
            View {
                request: sample::HOSTILE.into(),
                client: sample::HOSTILE.into(),
                error: Some(sample::HOSTILE.into()),
                draft: Draft::of("sign-in")
                    .value("login", sample::HOSTILE)
                    .value("password", "never-back")
                    .problem("", sample::HOSTILE),
                ..View::default()
            },
        ),
    ]
}
