//! What a program or a system elsewhere is told: the old value, which proves that it is told by somebody who knows it, and
//! the new one.

use serde::Serialize;
use zeroize::Zeroizing;

use super::Failure;
use super::apply::Job;
use crate::value::Value;

/// One object of JSON.
#[derive(Serialize)]
struct Order<'a> {
    /// `set`: put `new` in place of `old`. `verify`: say whether `new` works. Both may come again.
    action: &'static str,
    secret: String,
    name: &'a str,
    kind: &'static str,
    old: &'a serde_json::value::RawValue,
    new: &'a serde_json::value::RawValue,
}

/// What it is told, in one line.
pub(super) fn line(job: &Job<'_>, action: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let raw = |value: &Value| {
        let text = std::str::from_utf8(&value.plain()).map(str::to_owned).ok()?;
        serde_json::value::RawValue::from_string(text).ok()
    };
    let lost = Failure("the value cannot be written");
    let (old, new) = (raw(job.old).ok_or(lost)?, raw(job.new).ok_or(lost)?);
    let order = Order {
        action,
        secret: job.secret.id.to_string(),
        name: &job.secret.name,
        kind: job.secret.kind.as_str(),
        old: &old,
        new: &new,
    };
    let line = serde_json::to_vec(&order).map_err(|_| lost)?;
    Ok(Zeroizing::new(line))
}
