//! An authenticator app is enrolled: the key as a symbol and as text, and the first code.

use maud::{Markup, PreEscaped, html};

use crate::frame::{self, Frame};
use crate::parts::{Draft, Form, form};
use crate::{links, sample};

#[derive(Clone, Default)]
pub struct View {
    /// Base 32, in groups of four.
    pub key: String,
    /// Drawn by us.
    pub svg: String,
    /// The key as the form carries it back.
    pub sealed: String,
    /// Form `totp`: `one_time`, `name`.
    pub draft: Draft,
}

/// The key is in every part of it.
impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("draft", &self.draft).finish_non_exhaustive()
    }
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "totp", &view.draft);
    let body = html! {
        ol.plain.narrow {
            li {
                h2 { "Give the key to your app" }
                div.qr { (PreEscaped(&view.svg)) }
                p { "Or type it: " code { (view.key) } }
            }
            li {
                h2 { "Type the code it shows" }
                (f.post(&links::factor_totp(), &html! {
                    (form::hidden("sealed", &view.sealed))
                    (f.text("one_time", "Code").required().autocomplete("one-time-code").most(12))
                    (f.text("name", "Name of the app").most(60).hint("Such as: my phone."))
                    (form::submit("Add the app"))
                }))
            }
        }
        p { a href=(links::factors()) { "Back" } }
    };
    let lead = "The key is shown on this page and never again.";
    frame::sheet(frame, "Add an authenticator app", lead, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let full = View {
        key: "JBSW Y3DP EHPK 3PXP".into(),
        svg: chancery_factor::qr::svg("otpauth://totp/Corp:ada?secret=JBSWY3DPEHPK3PXP").unwrap_or_default(),
        sealed: "c2VhbGVk".into(),
        draft: Draft::default(),
    };
    let draft = Draft::of("totp").value("name", "phone").problem("one_time", "This is not the code of that key.");
    let hostile = View { key: sample::HOSTILE.into(), sealed: sample::HOSTILE.into(), ..full.clone() };
    vec![("full", full.clone()), ("error", View { draft, ..full }), ("hostile", hostile)]
}
