//! The second factor is asked for: at the sign-in, or before something of weight.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::passkey::{self, Ceremony};
use crate::parts::{Draft, Form, form};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Where it goes on.
    pub request: String,
    pub login: String,
    /// Absent where there is no passkey to use.
    pub ceremony: Option<Ceremony>,
    /// Within a session, for something of weight; else the sign-in is completed.
    pub again: bool,
    /// Forms `code` (`one_time`) and `passkey`.
    pub draft: Draft,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let title = if view.again { "Prove that it is you" } else { "Your second factor" };
    let f = Form::new(frame, "code", &view.draft);
    let p = Form::new(frame, "passkey", &view.draft);
    let body = html! {
        h1 { (title) }
        p.lead { "for " strong { (view.login) } "." @if view.again { " What comes next needs it fresh." } }
        @if let Some(ceremony) = &view.ceremony {
            (passkey::sign(&p, &links::second_factor_passkey(), ceremony, &html! {
                (form::hidden("request", &view.request))
                @if p.is_refused() { (p.refusal()) }
            }))
            (passkey::script())
        }
        (f.post(&links::second_factor(), &html! {
            (form::hidden("request", &view.request))
            (f.text("one_time", "Code").required().autocomplete("one-time-code").most(20)
                .hint("The six digits your app shows now, or one of your recovery codes."))
            div.buttons { button.primary.full type="submit" { "Go on" } }
        }))
        p.fine { "Lost your second factor and your recovery codes? An administrator of your organization can reset them." }
    };
    frame::card(frame, title, false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let full = View {
        request: "/console".into(),
        login: "ada@corp.example".into(),
        ceremony: Some(super::factors::ceremony()),
        ..View::default()
    };
    let of = |text: &str| View { request: text.into(), login: text.into(), ..full.clone() };
    let wrong = |form: &str| Draft::of(form).problem("", "That did not match, or was used before.");
    vec![
        ("code", View { ceremony: None, ..full.clone() }),
        ("full", full.clone()),
        ("again", View { again: true, ..full.clone() }),
        ("error", View { draft: wrong("code"), ..full.clone() }),
        ("passkey_error", View { draft: wrong("passkey"), ..full.clone() }),
        ("long", of(sample::LONG)),
        ("hostile", of(sample::HOSTILE)),
    ]
}
