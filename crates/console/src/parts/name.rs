//! A noun by its name, linked to its page where it has one.

use std::borrow::Cow;

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::links;

/// An id as text and the name people know it by. An empty id means: gone, or never ours; it is not linked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl Named {
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

pub fn agent(named: &Named) -> Markup {
    link(named, Icon::Agent, links::agent)
}

pub fn user(named: &Named) -> Markup {
    link(named, Icon::Person, links::user)
}

pub fn group(named: &Named) -> Markup {
    link(named, Icon::Group, links::group)
}

pub fn application(named: &Named) -> Markup {
    link(named, Icon::System, links::application)
}

pub fn client(named: &Named) -> Markup {
    link(named, Icon::Key, links::client)
}

pub fn secret(named: &Named) -> Markup {
    link(named, Icon::Safe, links::secret)
}

pub fn store(named: &Named) -> Markup {
    link(named, Icon::Links, links::store)
}

pub fn endpoint(named: &Named) -> Markup {
    link(named, Icon::Bell, links::endpoint)
}

fn link(named: &Named, shape: Icon, path: fn(&str) -> String) -> Markup {
    html! {
        @if named.id.is_empty() { span.name { (icon(shape)) span { (named.name) } } }
        @else { a.name href=(path(&named.id)) { (icon(shape)) span { (named.name) } } }
    }
}

/// An identifier or another text that is read letter by letter.
pub fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// A part of a tuple, in which nothing hides: whoever wrote it may have chosen it to look like another.
pub fn part(text: &str) -> Markup {
    html! { code.part { (plain(text)) } }
}

/// The text with a name for each character that would turn around what stands beside it (UAX #9), or would not be seen.
pub fn plain(text: &str) -> Cow<'_, str> {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let one = |c: char| if hides(c) { format!("‹U+{:04X}›", u32::from(c)) } else { c.into() };
    Cow::Owned(text.chars().map(one).collect())
}

/// The same, with a button to copy it where scripts run.
pub fn copied(text: &str) -> Markup {
    html! { code.copied data-copy { (text) } }
}

/// More of them fold together under their number.
const MOST_SCOPES: usize = 6;

/// Scopes apart from one another.
pub fn scopes(scopes: &[String]) -> Markup {
    let all = html! { span.scopes { @for scope in scopes { code { (scope) } " " } } };
    html! {
        @if scopes.is_empty() { span.muted { "none" } }
        @else if scopes.len() <= MOST_SCOPES { (all) }
        @else { details.fold { summary { (scopes.len()) " scopes" } (all) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_hide_is_named_and_scripts_of_all_kinds_stay() {
        assert_eq!(plain("document:\u{202e}gnp.exe\u{200b}"), "document:‹U+202E›gnp.exe‹U+200B›");
        for text in ["user:anne", "مستند-سري", "日本語", "😀", "a b"] {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
