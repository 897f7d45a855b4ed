//! Every dependency says what it is for.

use super::Breach;
use crate::house::House;

pub const RULE: &str = "every dependency has its reason in a comment, once, in the root Cargo.toml";

const MEND: &str =
    "name it under [workspace.dependencies] with a comment, and write `name.workspace = true` here";

pub fn find(house: &House) -> Vec<Breach> {
    let mut found = Vec::new();
    for file in house.files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        if file.path.starts_with("fuzz/") {
            continue;
        }
        let mut in_dependencies = false;
        for (number, line) in file.text.lines().enumerate() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && !is_reasoned(line) {
                let name = line.split(['=', ' ', '.']).next().unwrap_or_default();
                found.push(Breach::new(
                    format!("{}:{}", file.path, number + 1),
                    format!("{name} has no reason"),
                    MEND,
                ));
            }
        }
    }
    found
}

fn is_reasoned(line: &str) -> bool {
    let line = line.trim();
    // Continuation lines of a list of features, rooms of the house, and what the root already explains.
    let inherits = line.contains(".workspace = true") || line.contains("workspace = true");
    line.is_empty() || line.contains('#') || inherits || line.contains("path = ") || !line.contains('=')
}
