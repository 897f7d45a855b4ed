//! A noun by its name, linked to its page where it has one.

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
