//! The map and the territory.

use super::Breach;
use crate::house::House;

pub const RULE: &str = "ARCHITECTURE.md names every room, and no room that does not exist";

const MAP: &str = "ARCHITECTURE.md";

pub fn find(house: &House) -> Vec<Breach> {
    let text = house.text(MAP).unwrap_or_default();
    let mut found: Vec<Breach> = house
        .rooms
        .iter()
        .filter(|room| !text.contains(&format!("`{}`", room.folder)))
        .map(|room| {
            let mend = "give it one line in the map: what it is for, and its invariant";
            Breach::new(MAP, format!("does not name `{}`", room.folder), mend)
        })
        .collect();
    for named in text.split('`').skip(1).step_by(2).filter(|code| is_room(code)) {
        if !house.rooms.iter().any(|room| room.folder == named) {
            found.push(Breach::new(
                MAP,
                format!("names `{named}`, which does not exist"),
                "take the line out",
            ));
        }
    }
    found
}

/// A path of exactly two parts below one of the folders that hold rooms.
fn is_room(code: &str) -> bool {
    let room = code.strip_prefix("crates/").or_else(|| code.strip_prefix("libs/"));
    room.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
}
