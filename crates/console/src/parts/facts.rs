//! Term and value, as a description list.

use maud::{Markup, html};

pub fn facts(pairs: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (term, value) in pairs {
                div { dt { (term) } dd { (value) } }
            }
        }
    }
}

/// Text, or a dash in words where there is none.
pub fn or_none(text: &str) -> Markup {
    html! { @if text.is_empty() { span.muted { "not given" } } @else { (text) } }
}

/// Several texts, one below the other.
pub fn lines(texts: &[String]) -> Markup {
    html! {
        @if texts.is_empty() { span.muted { "none" } }
        @else { ul.plain { @for text in texts { li { (text) } } } }
    }
}
