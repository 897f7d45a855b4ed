//! Messages about the page: what just happened, what to mind, that there is nothing yet.

use maud::{Markup, html};

use super::icon::{Icon, icon};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Info,
    Done,
    Warning,
    Error,
    Contained,
}

pub fn notice(tone: Tone, title: &str, body: Markup) -> Markup {
    let (class, shape) = match tone {
        Tone::Info => ("info", Icon::Info),
        Tone::Done => ("allow", Icon::Check),
        Tone::Warning => ("pending", Icon::Warning),
        Tone::Error => ("deny", Icon::Cross),
        Tone::Contained => ("contained", Icon::Stop),
    };
    let role = if matches!(tone, Tone::Error) { "alert" } else { "status" };
    html! {
        div.notice.(class) role=(role) {
            (icon(shape))
            div { p.notice-title { (title) } (body) }
        }
    }
}

pub fn line(tone: Tone, title: &str) -> Markup {
    notice(tone, title, html! {})
}

/// Nothing to show, and what to do about it.
pub fn empty(title: &str, hint: &str) -> Markup {
    html! { div.empty { p.empty-title { (title) } @if !hint.is_empty() { p { (hint) } } } }
}
