//! What is a secret is one by type, so that no `Debug` that is derived can show it.

use super::Breach;
use crate::house::{File, House};

pub const RULE: &str = "a struct that derives Debug holds no secret as plain text";

const MEND: &str = "make the field a `Secret`, or write `Debug` by hand and leave it out";
/// Names that secrets have. `secret` and `token` alone are names of things too.
const NAMES: &[&str] = &[
    "password",
    "client_secret",
    "fresh_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "private_key",
    "verifier",
    "code_verifier",
    "assertion",
    "subject_token",
    "actor_token",
    "id_token_hint",
    "notification_token",
    "codes",
];
const PLAIN: &[&str] = &["String", "str", "Vec<u8>", "serde_json::Value", "Bytes", "[u8"];

pub fn find(house: &House) -> Vec<Breach> {
    let inside = ["crates/", "libs/"].into_iter().flat_map(|under| house.rust(under));
    inside
        .filter(|file| file.path.contains("/src/") && !file.path.contains("/testkit/"))
        .flat_map(of)
        .collect()
}

fn of(file: &File) -> Vec<Breach> {
    let mut found = Vec::new();
    let (mut derives, mut inside) = (false, false);
    for (number, line) in file.text.lines().enumerate() {
        let code = line.trim();
        if code.starts_with("#[derive(") {
            derives = code.contains("Debug");
        } else if code.contains("struct ") && code.ends_with('{') {
            inside = derives;
        } else if line == "}" || code.starts_with("impl ") || code.contains("enum ") {
            (derives, inside) = (false, false);
        }
        if inside && is_plain_secret(code) {
            found.push(Breach::new(format!("{}:{}", file.path, number + 1), code.to_owned(), MEND));
        }
    }
    found
}

fn is_plain_secret(code: &str) -> bool {
    let field =
        code.split_once(' ').filter(|(first, _)| first.starts_with("pub")).map_or(code, |(_, rest)| rest);
    let Some((name, kind)) = field.split_once(": ") else { return false };
    NAMES.contains(&name) && PLAIN.iter().any(|plain| kind.contains(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(text: &str) -> usize {
        of(&File { path: "crates/x/src/lib.rs".to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_secret_in_plain_text_is_found_where_it_would_print() {
        let derived = "#[derive(Clone, Debug)]\npub struct A {\n    pub password: Option<String>,\n}\n";
        assert_eq!(breaches(derived), 1);
        assert_eq!(breaches(&derived.replace(", Debug", "")), 0);
        assert_eq!(breaches(&derived.replace("Option<String>", "Option<Secret>")), 0);
        assert_eq!(breaches(&derived.replace("password", "password_file")), 0);
        assert_eq!(
            breaches(&format!("#[derive(Debug)]\nenum B {{\n}}\n{}", derived.replace(", Debug", ""))),
            0
        );
    }
}
