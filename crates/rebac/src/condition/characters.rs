//! No control character may stand in a context: neither in a name nor in a value.

use serde_json::Value;

use crate::tuple::Context;

/// Looks through all of it. The reason, in OpenFGA's words, where there is one.
pub fn check_characters(context: &Context) -> Result<(), String> {
    context.iter().try_for_each(|(name, value)| {
        if is_forbidden(name) {
            return Err(format!("context key {} contains forbidden characters", quoted(name)));
        }
        check_value(value)
    })
}

fn check_value(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if is_forbidden(text) => {
            Err(format!("context value {} contains forbidden characters", quoted(text)))
        }
        Value::Array(items) => items.iter().try_for_each(check_value),
        Value::Object(fields) => check_characters(fields),
        _ => Ok(()),
    }
}

fn is_forbidden(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// As Go quotes text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' | '\r' | '\t' => quoted.extend(c.escape_default()),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn control_characters_are_found_wherever_they_stand_and_told_as_go_writes_them() {
        let said = |context: Value| check_characters(context.as_object().unwrap()).err();
        assert_eq!(said(json!({ "a": ["b\u{a0}", { "c": 1 }], "日本": null })), None);
        let key = said(json!({ "x": { "a\u{0}": 1 } })).unwrap();
        assert_eq!(key, r#"context key "a\x00" contains forbidden characters"#);
        let value = said(json!({ "x": [1, "q\"\n\u{7f}\u{85}\u{b}"] })).unwrap();
        assert_eq!(value, r#"context value "q\"\n\x7f\u0085\v" contains forbidden characters"#);
    }
}
