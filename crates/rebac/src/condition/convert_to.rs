//! Conversions an expression asks for: `int(…)`, `string(…)`, …

use super::functions::To;
use super::number::{parse_double, to_int, to_uint, write_double};
use super::time::{self, Time, parse_duration};
use super::value::Value;

pub(super) fn convert(to: To, from: &Value) -> Result<Value, String> {
    let failed = |name: &str| Err(format!("type conversion error from '{}' to '{name}'", from.type_name()));
    let overflow = |found: Option<Value>| found.ok_or_else(|| "integer overflow".to_owned());
    let unsigned_overflow =
        |found: Option<Value>| found.ok_or_else(|| "unsigned integer overflow".to_owned());
    match (to, from) {
        (To::Dyn, same)
        | (To::Bool, same @ Value::Bool(_))
        | (To::Bytes, same @ Value::Bytes(_))
        | (To::Double, same @ Value::Double(_))
        | (To::Duration, same @ Value::Duration(_))
        | (To::Int, same @ Value::Int(_))
        | (To::Text, same @ Value::Text(_))
        | (To::Time, same @ Value::Time(_))
        | (To::Uint, same @ Value::Uint(_)) => Ok(same.clone()),
        (To::Type, of) => Ok(Value::Type(of.type_name())),
        (To::Bool, Value::Text(text)) => match &**text {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => failed("bool"),
        },
        (To::Bytes, Value::Text(text)) => Ok(Value::Bytes(text.as_bytes().into())),
        (To::Double, Value::Int(whole)) => Ok(Value::Double(*whole as f64)),
        (To::Double, Value::Uint(whole)) => Ok(Value::Double(*whole as f64)),
        (To::Double, Value::Text(text)) => {
            parse_double(text).map_or_else(|| failed("double"), |one| Ok(Value::Double(one)))
        }
        (To::Duration, Value::Text(text)) => parse_duration(text)
            .map_or_else(|| failed("google.protobuf.Duration"), |nanos| Ok(Value::Duration(nanos))),
        (To::Int, Value::Double(double)) => overflow(to_int(*double).map(Value::Int)),
        (To::Int, Value::Uint(whole)) => overflow(i64::try_from(*whole).ok().map(Value::Int)),
        (To::Int, Value::Duration(nanos)) => Ok(Value::Int(*nanos)),
        (To::Int, Value::Time(time)) => Ok(Value::Int(time.seconds)),
        (To::Int, Value::Text(text)) => {
            text.parse().map_or_else(|_| failed("int"), |whole| Ok(Value::Int(whole)))
        }
        (To::Uint, Value::Double(double)) => unsigned_overflow(to_uint(*double).map(Value::Uint)),
        (To::Uint, Value::Int(whole)) => unsigned_overflow(u64::try_from(*whole).ok().map(Value::Uint)),
        (To::Uint, Value::Text(text)) => {
            unsigned_text(text).map_or_else(|| failed("uint"), |whole| Ok(Value::Uint(whole)))
        }
        (To::Time, Value::Int(seconds)) => {
            Time::from_seconds(*seconds).map(Value::Time).ok_or_else(|| time::OVERFLOW.to_owned())
        }
        (To::Time, Value::Text(text)) => match Time::parse(text) {
            Some(time) => time.within().map(Value::Time).ok_or_else(|| time::OVERFLOW.to_owned()),
            None => Err(format!("invalid RFC 3339 timestamp {text:?}")),
        },
        (To::Text, Value::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::text(text)),
            Err(_) => Err("invalid UTF-8 in bytes, cannot convert to string".to_owned()),
        },
        (
            To::Text,
            Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::Duration(_)
            | Value::Time(_),
        ) => Ok(Value::Text(write(from).into())),
        (to, from) => Err(format!("no such overload: {}({})", to.name(), from.type_name())),
    }
}

/// Go's `ParseUint` takes no sign.
fn unsigned_text(text: &str) -> Option<u64> {
    text.bytes().all(|one| one.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// As a conversion to text gives it.
pub(super) fn write(value: &Value) -> String {
    match value {
        Value::Bool(found) => found.to_string(),
        Value::Int(found) => found.to_string(),
        Value::Uint(found) => found.to_string(),
        Value::Double(found) => write_double(*found),
        Value::Text(found) => found.to_string(),
        Value::Duration(nanos) => {
            let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            format!("{}s", seconds as f64 + rest as f64 / 1e9)
        }
        Value::Time(time) => time.write(),
        other => other.type_name().to_owned(),
    }
}
