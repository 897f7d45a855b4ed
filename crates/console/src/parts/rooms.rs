//! The pages of one store of relationships, beside each other.

use maud::{Markup, html};

use crate::links;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Models,
    Tuples,
    Check,
    Reach,
}

pub fn rooms(store: &str, present: Room) -> Markup {
    let all = [
        (Room::Models, "Models", links::store(store)),
        (Room::Tuples, "Tuples", links::store_tuples(store)),
        (Room::Check, "Try a check", links::store_check(store)),
        (Room::Reach, "Who and what", links::store_reach(store)),
    ];
    html! {
        nav.rooms aria-label="This store" {
            ul {
                @for (room, words, href) in all {
                    li { a href=(href) aria-current=[(room == present).then_some("page")] { (words) } }
                }
            }
        }
    }
}
