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

/// A fault's words as a sentence: use cases write them as the tail of a line.
pub fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    let first: String = rest.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if words.is_empty() || words.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    format!("{first}{}{end}", rest.as_str())
}

/// Nothing to show, and what to do about it.
pub fn empty(title: &str, hint: &str) -> Markup {
    html! { div.empty { p.empty-title { (title) } @if !hint.is_empty() { p { (hint) } } } }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn faults_read_as_sentences() {
        assert_eq!(sentence("say why: it stays"), "Say why: it stays.");
        assert_eq!((sentence(""), sentence("Done.")), (String::new(), "Done.".to_owned()));
    }
}
