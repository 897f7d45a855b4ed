//! The end of a session.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::links;
use crate::sample;

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Host the person was sent back from; empty when they signed out here.
    pub client: String,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "You are signed out" }
        p.lead {
            "Your session in this browser has ended."
            @if !view.client.is_empty() { " " strong { (view.client) } " was told." }
        }
        p {
            "Agents you gave consent to can still act for you within what you allowed. "
            "To take that back, sign in and open your consents."
        }
        div.buttons { a.button.primary href=(links::sign_in()) { "Sign in again" } }
    };
    frame::card(frame, "Signed out", false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    vec![
        ("empty", View::default()),
        ("client", View { client: "Finance assistant".into() }),
        ("hostile", View { client: sample::HOSTILE.into() }),
    ]
}
