//! Whether an answer is right, all of it.

use serde_json::Value;

use super::drive::{Kind, Subject, name};
use super::questions::Asked;

/// Every answer by its number, and none that was not asked for.
pub fn batch_is_right(asked: Vec<Asked>) -> impl Fn(usize, &[u8]) -> bool {
    move |place, body| {
        let Some(asked) = asked.get(place) else { return false };
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(all) = answer.get("result").and_then(Value::as_object) else { return false };
        let is_right = |(n, right): (usize, &bool)| {
            let one = all.get(&n.to_string()).and_then(|one| one.get("allowed"));
            one.and_then(Value::as_bool) == Some(*right)
        };
        all.len() == asked.right.len() && asked.right.iter().enumerate().all(is_right)
    }
}

/// Those that are allowed, in their order, and all of them.
pub fn filter_is_right(asked: Vec<Asked>) -> impl Fn(usize, &[u8]) -> bool {
    move |place, body| {
        let Some(asked) = asked.get(place) else { return false };
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let allowed = asked.documents.iter().zip(&asked.right).filter(|(_, right)| **right);
        let names: Vec<Value> = allowed.map(|(n, _)| name((Kind::Document, *n)).into()).collect();
        answer.get("objects") == Some(&Value::Array(names))
            && answer.get("examined").and_then(Value::as_u64) == Some(asked.documents.len() as u64)
            && answer.get("complete") == Some(&Value::Bool(true))
    }
}

/// Complete, and nothing that is not true.
pub fn list_is_right(readers: Vec<(Subject, Vec<u32>)>) -> impl Fn(usize, &[u8]) -> bool {
    move |place, body| {
        let Some((_, readable)) = readers.get(place) else { return false };
        let text = String::from_utf8_lossy(body);
        let mut listed: Vec<&str> = text.split('"').filter(|part| part.starts_with("document:")).collect();
        let mut right: Vec<String> = readable.iter().map(|n| name((Kind::Document, *n))).collect();
        listed.sort_unstable();
        right.sort_unstable();
        listed == right
    }
}
