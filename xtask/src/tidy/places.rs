//! The tree can be built anywhere.

use super::Breach;
use crate::house::House;

pub const RULE: &str = "no text names a folder of somebody's machine";

/// Written in halves, so that this file does not break its own rule.
const FOLDERS: &[(&str, &str)] = &[("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("/home", "/u")];

pub fn find(house: &House) -> Vec<Breach> {
    let mut found = Vec::new();
    for file in house.files.iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in file.text.lines().enumerate() {
            if FOLDERS.iter().any(|(a, b)| line.contains(&format!("{a}{b}"))) {
                let place = format!("{}:{}", file.path, number + 1);
                found.push(Breach::new(place, "names a machine's folder", "use a path relative to the tree"));
            }
        }
    }
    found
}
