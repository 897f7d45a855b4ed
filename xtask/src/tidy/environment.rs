//! Ambient things have one owner.

use super::Breach;
use crate::house::{File, House};
use crate::rust::parts;

pub const RULE: &str = "only the server's configuration reads the environment";
pub const SPAWN_RULE: &str = "tasks of the server run under its supervisor, which reports and restarts them";

/// Members that run on a developer's machine, or decide for themselves.
const WORKSHOP: &[&str] = &["crates/testkit/", "crates/server/src/"];

pub fn find(house: &House) -> Vec<Breach> {
    let mend = "take the value as an argument; a setting is a field in crates/server/src/config/<section>.rs";
    scan(house, &["crates/", "libs/", "demo/"], &["env::var"], WORKSHOP, mend)
}

pub fn find_spawns(house: &House) -> Vec<Breach> {
    let mend =
        "hand the future to the supervisor (crates/server/src/supervisor.rs) through the wiring, or await it";
    scan(house, &["crates/"], &["tokio::spawn(", "task::spawn("], WORKSHOP, mend)
}

fn scan(house: &House, under: &[&str], words: &[&str], free: &[&str], mend: &'static str) -> Vec<Breach> {
    let concerned = |file: &&File| {
        under.iter().any(|folder| file.path.starts_with(folder))
            && !file.is_test()
            && !free.iter().any(|folder| file.path.starts_with(folder))
    };
    let mut found = Vec::new();
    for file in house.rust("").filter(concerned) {
        for (number, line) in parts(&file.text).code.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                let place = format!("{}:{}", file.path, number + 1);
                found.push(Breach::new(place, format!("calls {}", word.trim_end_matches('(')), mend));
            }
        }
    }
    found
}
