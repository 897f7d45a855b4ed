//! Files and functions a reader can hold in mind.

use super::Breach;
use crate::house::{File, House};
use crate::rust::parts;

pub const RULE: &str = "a file has at most 400 lines (600 fail), a function at most 40 (80 fail)";

const FILE: (usize, usize) = (400, 600);
const FUNCTION: (usize, usize) = (40, 80);

pub fn find(house: &House) -> Vec<Breach> {
    house.rust("").flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Breach> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    let mend = "split it by subject; one operation, one file";
    found.extend(judged(file.path.clone(), format!("{lines} lines"), lines, FILE, mend));
    if file.is_test() {
        // A test tells a story from its beginning to its end.
        return found;
    }
    let parts = parts(&file.text);
    for (line, name, length) in functions(&parts.code) {
        let mend = "name a step and move it out";
        let place = format!("{}:{line}", file.path);
        found.extend(judged(place, format!("`{name}` has {length} lines"), length, FUNCTION, mend));
    }
    found
}

fn judged(
    place: String,
    what: String,
    size: usize,
    (good, most): (usize, usize),
    mend: &'static str,
) -> Option<Breach> {
    (size > good).then(|| Breach { mild: size <= most, ..Breach::new(place, what, mend) })
}

/// First line, name and length of every function with a body.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = declared(line) else { continue };
        let (mut depth, mut opened) = (0usize, false);
        for (length, line) in lines.iter().skip(at).enumerate() {
            for char in line.chars() {
                match char {
                    '{' => (depth, opened) = (depth + 1, true),
                    '}' => depth = depth.saturating_sub(1),
                    ';' if !opened && depth == 0 => opened = true,
                    _ => {}
                }
            }
            if opened && depth == 0 {
                found.push((at + 1, name, length + 1));
                break;
            }
        }
    }
    found
}

/// The name of the function this line declares, if it declares one.
fn declared(line: &str) -> Option<String> {
    let line = line.trim_start();
    let words = line.split(' ').take_while(|word| {
        matches!(*word, "fn" | "pub" | "const" | "async" | "unsafe" | "extern") || word.starts_with("pub(")
    });
    let (before, is_function) = words.fold((0, false), |(n, seen), word| (n + 1, seen || word == "fn"));
    let name = line.split(' ').nth(before).filter(|_| is_function)?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

#[cfg(test)]
mod tests {
    use super::functions;

    #[test]
    fn bodies_are_measured_and_signatures_alone_are_not() {
        let code = "pub(crate) async fn a(x: u8)\n    -> u8 {\n    { x }\n}\ntrait T { fn b(); }\nfn c() {}";
        let found = functions(code);
        assert_eq!(found, [(1, "a".to_owned(), 4), (6, "c".to_owned(), 1)]);
    }
}
