//! What the pages of one store have in common: its name above, the ways between its rooms, and what is done there.

use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::Named;
pub use crate::parts::rooms::Room;
use crate::parts::rooms::rooms;

/// Where a page stands, and what for.
pub struct Place<'a> {
    pub store: &'a Named,
    pub room: Room,
    pub noun: &'a str,
    pub lead: &'a str,
    pub badges: Markup,
    pub actions: Markup,
}

impl<'a> Place<'a> {
    pub fn new(store: &'a Named, room: Room, noun: &'a str) -> Self {
        Self { store, room, noun, lead: "", badges: html! {}, actions: html! {} }
    }

    pub fn render(self, frame: &Frame, body: &Markup) -> Markup {
        let Self { store, room, noun, lead, badges, actions } = self;
        let (section, title) = (Section::Stores, store.name.as_str());
        let head = Head { section, title, noun, badges, actions, lead, live: false };
        frame::desk(frame, &head, &html! { (rooms(&store.id, room)) (body) })
    }
}
