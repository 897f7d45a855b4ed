//! How many bytes OpenFGA counts for a context: those of the protobuf message `google.protobuf.Struct`.

use serde_json::Value;

use crate::tuple::Context;

/// The most a tuple's context may weigh.
pub const MOST_CONTEXT: usize = 32 * 1024;

/// Bytes of the values by name.
pub fn of_context(context: &Context) -> usize {
    context.iter().map(|(name, value)| field(field(name.len()) + field(of_value(value)))).sum()
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 2,
        Value::Number(_) => 9,
        Value::String(text) => field(text.len()),
        Value::Array(items) => field(items.iter().map(|item| field(of_value(item))).sum()),
        Value::Object(fields) => field(of_context(fields)),
    }
}

/// A field of that many bytes, with its tag and its length.
pub(crate) fn field(bytes: usize) -> usize {
    1 + length(bytes) + bytes
}

/// How many bytes a length takes, seven bits in each.
fn length(bytes: usize) -> usize {
    let bits = usize::BITS - bytes.leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contexts_weigh_what_protobuf_needs() {
        let weighed = |value: Value| of_context(value.as_object().expect("an object"));
        assert_eq!(weighed(json!({})), 0);
        // Entry (2) of a name (2 + 1) and a value (2) that is a number (9).
        assert_eq!(weighed(json!({ "x": 1 })), 2 + 3 + 2 + 9);
        // Text of 200 bytes: its length takes two bytes, as do those of the value and the entry.
        assert_eq!(weighed(json!({ "x": "y".repeat(200) })), 3 + 3 + 3 + 3 + 200);
        assert_eq!(weighed(json!({ "x": [true, null] })), 2 + 3 + 2 + (2 + 2 * (2 + 2)));
    }
}
