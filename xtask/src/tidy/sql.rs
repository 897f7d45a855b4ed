//! One door to SQL.

use super::Breach;
use crate::house::House;
use crate::rust::parts;

pub const RULE: &str = "only crates/store holds SQL text";

pub fn find(house: &House) -> Vec<Breach> {
    let mut found = Vec::new();
    for file in ["crates/", "libs/", "demo/"].into_iter().flat_map(|folder| house.rust(folder)) {
        if file.path.starts_with("crates/store/") || file.is_test() {
            continue;
        }
        for (line, text) in parts(&file.text).literals {
            if is_sql(&text) {
                let mend = "move the statement to a file of crates/store/src/tables and call its function";
                found.push(Breach::new(format!("{}:{line}", file.path), "a string holds SQL", mend));
            }
        }
    }
    found
}

/// Sentences for people begin with one capital letter, or not with these verbs.
fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = text.split(' ').next().unwrap_or_default();
    if first != first.to_lowercase() && first != first.to_uppercase() {
        return false;
    }
    let text = text.to_lowercase();
    (text.starts_with("select ") && text.contains(" from "))
        || text.starts_with("insert into ")
        || (text.starts_with("update ") && text.contains(" set "))
        || text.starts_with("delete from ")
}

#[cfg(test)]
mod tests {
    use super::is_sql;

    #[test]
    fn statements_are_told_from_sentences() {
        assert!(is_sql("select a from b") && is_sql("DELETE\n  FROM x") && is_sql("update t set a = 1"));
        assert!(
            !is_sql("Select one from the list") && !is_sql("update the agent") && !is_sql("from a select")
        );
    }
}
