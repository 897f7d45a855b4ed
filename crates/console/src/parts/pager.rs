//! Going through a long list: newest first, by cursor.

use maud::{Markup, html};

/// Addresses of the neighboring pages; built by the handler with `links::with`, cursor included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pager {
    /// Back to the start of the list.
    pub newer: Option<String>,
    pub older: Option<String>,
    /// What stands here, such as `50 of 1,204 agents`.
    pub summary: String,
}

/// `what` names the list for screen readers; `words` are those of the two directions.
pub fn pager(pager: &Pager, what: &str, words: (&str, &str)) -> Markup {
    html! {
        nav.pager aria-label=(what) {
            p { (pager.summary) }
            @if pager.newer.is_some() || pager.older.is_some() {
                ul {
                    @if let Some(href) = &pager.newer { li { a.button.small href=(href) rel="prev" { (words.0) } } }
                    @if let Some(href) = &pager.older { li { a.button.small href=(href) rel="next" { (words.1) } } }
                }
            }
        }
    }
}
