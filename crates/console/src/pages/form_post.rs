//! The answer of an authorization request that travels as a posted form (OAuth 2.0 Form Post Response Mode 1.0). The
//! script sends it on; without scripts the person presses the button.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::form;
use crate::sample;

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Where the form goes: the client's registered address.
    pub action: String,
    /// Host of that address.
    pub host: String,
    pub fields: Vec<(String, String)>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "One moment" }
        p.lead { "You are being sent back to " strong { (view.host) } "." }
        form method="post" action=(view.action) data-onward {
            @for (name, value) in &view.fields { (form::hidden(name, value)) }
            div.buttons { button.primary.full type="submit" { "Continue" } }
        }
    };
    frame::card(frame, "One moment", false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let answer = View {
        action: "https://assistant.corp.example/callback".into(),
        host: "assistant.corp.example".into(),
        fields: vec![field("state", "af0ifjsldkj"), field("iss", "https://id.corp.example")],
    };
    let hostile = View {
        host: sample::HOSTILE.into(),
        fields: vec![field("state", sample::HOSTILE), field(sample::HOSTILE, "")],
        ..answer.clone()
    };
    vec![
        ("answer", answer.clone()),
        ("long", View { host: sample::LONG.into(), ..answer }),
        ("hostile", hostile),
    ]
}
