//! Fresh recovery codes, shown this once.

use chancery_kernel::Secret;
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::notice::{self, Tone};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub codes: Vec<Secret>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        (notice::notice(Tone::Warning, "Keep these now: they are shown this once", html! {
            p { "Print them, or write them down, and keep them apart from your phone. Each works once." }
        }))
        ul.plain.codes { @for code in &view.codes { li { code { (code.expose()) } } } }
        p { a.button href=(links::factors()) { "I have kept them" } }
    };
    frame::sheet(frame, "Recovery codes", "They stand in for your second factor when it is lost.", &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let of = |text: &str| View { codes: (0..10).map(|n| Secret::new(format!("{text}{n}"))).collect() };
    vec![("empty", View::default()), ("full", of("ab2cd-efgh")), ("hostile", of(sample::HOSTILE))]
}
