//! Answers of the API for people: lists as a table, records line by line.

use serde_json::{Map, Value};

/// Columns worth showing where they exist, in this order; details are one `get` away.
const COLUMNS: &[&str] = &[
    "id",
    "at",
    "seq",
    "pos",
    "kind",
    "name",
    "login",
    "display_name",
    "email",
    "title",
    "stage",
    "status",
    "enabled",
    "contained",
    "principal",
    "agent",
    "application",
    "resource",
    "auth",
    "user",
    "client",
    "actor",
    "scopes",
    "until",
    "expires",
];
/// More would not fit on a terminal.
const MOST: usize = 6;
const WIDEST: usize = 48;

pub fn of(items: &[Value]) -> String {
    let records: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
    let present =
        |column: &&&str| records.iter().any(|record| record.get(**column).is_some_and(|v| !v.is_null()));
    let columns: Vec<&str> = COLUMNS.iter().filter(present).take(MOST).copied().collect();
    if records.is_empty() {
        return "nothing".to_owned();
    }
    let mut rows = vec![columns.iter().map(|column| column.to_uppercase()).collect::<Vec<_>>()];
    rows.extend(records.iter().map(|record| {
        columns.iter().map(|column| cut(&record.get(*column).map_or_else(String::new, text))).collect()
    }));
    aligned(&rows)
}

pub fn record(fields: &Map<String, Value>) -> String {
    aligned(&fields.iter().map(|(name, value)| vec![name.clone(), text(value)]).collect::<Vec<_>>())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(record) => match record.get("name") {
            Some(name) => text(name),
            None => plain(&value.to_string()),
        },
        other => other.to_string(),
    }
}

/// Control characters of a record could rewrite the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_list_is_aligned_and_tame() {
        let items =
            [json!({"id": "usr_1", "login": "ada", "z": 1}), json!({"id": "usr_22", "login": "b\u{1b}[2J"})];
        assert_eq!(super::of(&items), "ID      LOGIN\nusr_1   ada\nusr_22  b [2J");
        assert_eq!(super::of(&[]), "nothing");
    }
}
