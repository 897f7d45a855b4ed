//! Values of a context, which are JSON, as the types that parameters are declared with.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::ip;
use super::number::{parse_double, write_digits, write_double, write_rounded};
use super::time::{Time, parse_duration};
use super::value::{Key, Value};
use crate::model::ParameterType;

/// Why not says what OpenFGA says, which names the types of Go.
pub(super) fn convert(wanted: &ParameterType, given: &Json) -> Result<Value, String> {
    match wanted {
        ParameterType::Any => Ok(any(given)),
        ParameterType::Bool => given.as_bool().map(Value::Bool).ok_or_else(|| unexpected("bool", given)),
        ParameterType::String => given.as_str().map(Value::text).ok_or_else(|| unexpected("string", given)),
        ParameterType::Int => integer(given, "int", "int64").map(Value::Int),
        ParameterType::Uint => match integer(given, "uint", "uint64")? {
            whole @ 0.. => Ok(Value::Uint(whole.unsigned_abs())),
            _ => Err(format!("expected a uint value, but found int64 value '{}'", numeral(given))),
        },
        ParameterType::Double => {
            let found = Number::of(given, "float64")?;
            let beyond = || format!("number cannot be represented as a float64: {}", numeral(given));
            found.double().map(Value::Double).ok_or_else(beyond)
        }
        ParameterType::Duration => {
            let text = text(given, "a duration string")?;
            let found = parse_duration(text).map(Value::Duration);
            found.ok_or_else(|| format!("expected a valid duration string, but found: '{text}'"))
        }
        ParameterType::Timestamp => {
            let text = text(given, "RFC 3339 formatted timestamp string")?;
            let found = Time::parse(text).map(Value::Time);
            found.ok_or_else(|| format!("expected RFC 3339 formatted timestamp string, but found '{text}'"))
        }
        ParameterType::IpAddress => {
            let text = text(given, "an ipaddress string")?;
            let wrong = |_| format!("expected a well-formed IP address, but found: '{text}'");
            ip::parse(text).map(Value::Ip).map_err(wrong)
        }
        ParameterType::List(of) => list(of, given),
        ParameterType::Map(of) => map(of, given),
    }
}

fn list(of: &ParameterType, given: &Json) -> Result<Value, String> {
    let items = given.as_array().ok_or_else(|| format!("list requires a list, found: {}", kind(given)))?;
    let mut found = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let item = convert(of, item)
            .map_err(|why| format!("found an invalid list item at index `{place}`: {why}"))?;
        found.push(item);
    }
    Ok(Value::List(found.into()))
}

fn map(of: &ParameterType, given: &Json) -> Result<Value, String> {
    let entries = given.as_object().ok_or_else(|| format!("map requires a map, found: {}", kind(given)))?;
    let mut found = BTreeMap::new();
    for (key, value) in entries {
        let value =
            convert(of, value).map_err(|why| format!("found an invalid value for key '{key}': {why}"))?;
        found.insert(Key::Text(key.as_str().into()), value);
    }
    Ok(Value::Map(Arc::new(found)))
}

/// Without a declared type every number is a double.
fn any(given: &Json) -> Value {
    match given {
        Json::Null => Value::Null,
        Json::Bool(found) => Value::Bool(*found),
        Json::Number(found) => Value::Double(found.as_f64().unwrap_or(f64::NAN)),
        Json::String(found) => Value::text(found),
        Json::Array(items) => Value::List(items.iter().map(any).collect()),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (Key::Text(key.as_str().into()), any(value)));
            Value::Map(Arc::new(entries.collect()))
        }
    }
}

fn text<'a>(given: &'a Json, wanted: &str) -> Result<&'a str, String> {
    given.as_str().ok_or_else(|| format!("expected {wanted}, but found: {} '{}'", kind(given), print(given)))
}

fn unexpected(wanted: &str, given: &Json) -> String {
    let found = if given.is_null() { "%!s(<nil>)" } else { kind(given) };
    format!("expected type value '{wanted}', but found '{found}'")
}

/// The name Go has for the type.
fn kind(given: &Json) -> &'static str {
    match given {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

/// As Go prints the value.
fn print(given: &Json) -> String {
    match given {
        Json::Null => "<nil>".to_owned(),
        Json::Bool(found) => found.to_string(),
        Json::Number(found) => write_double(found.as_f64().unwrap_or(f64::NAN)),
        Json::String(found) => found.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(print).collect::<Vec<_>>().join(" ")),
        Json::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}:{}", print(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// A number of a context: JSON has doubles, text may say more digits.
enum Number {
    Double(f64),
    Whole(i128),
    /// Too large for a double, or too small to differ from zero.
    Beyond {
        whole: bool,
        negative: bool,
    },
}

impl Number {
    fn of(given: &Json, wanted: &str) -> Result<Self, String> {
        match given {
            Json::Number(number) => Ok(Self::Double(number.as_f64().unwrap_or(f64::NAN))),
            Json::String(text) => Self::parse(text)
                .ok_or_else(|| format!("expected a {wanted} value, but found invalid string value '{text}'")),
            other => Err(unexpected(wanted, other)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if !digits.is_empty() && digits.len() <= 30 && digits.bytes().all(|one| one.is_ascii_digit()) {
            return text.parse().ok().map(Self::Whole);
        }
        let lower = digits.to_ascii_lowercase();
        if lower.starts_with("0x")
            || matches!(lower.as_str(), "nan" | "infinity")
            || digits.ends_with(char::is_whitespace)
        {
            return None;
        }
        let found = parse_double(text).or_else(|| text.parse().ok())?;
        let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
        let zero = !mantissa.contains(|c: char| ('1'..='9').contains(&c));
        if (found.is_finite() || lower == "inf") && (found != 0.0 || zero) {
            return Some(Self::Double(found));
        }
        Some(Self::Beyond { whole: found != 0.0, negative: text.starts_with('-') })
    }

    fn double(&self) -> Option<f64> {
        match self {
            Self::Double(found) => Some(*found),
            Self::Whole(found) => Some(*found as f64),
            Self::Beyond { .. } => None,
        }
    }

    /// What is beyond the range of 64 bits becomes the end of the range, as OpenFGA has it.
    fn whole(&self) -> Option<i64> {
        match self {
            Self::Double(found) if found.is_finite() && found.fract() == 0.0 => Some(*found as i64),
            Self::Beyond { whole: true, negative } => Some(if *negative { i64::MIN } else { i64::MAX }),
            Self::Double(_) | Self::Beyond { .. } => None,
            Self::Whole(found) => {
                let clamped = (*found).clamp(i128::from(i64::MIN), i128::from(i64::MAX));
                i64::try_from(clamped).ok()
            }
        }
    }
}

fn integer(given: &Json, name: &str, wanted: &str) -> Result<i64, String> {
    let article = if name == "int" { "an" } else { "a" };
    let number = Number::of(given, wanted)?;
    number.whole().ok_or_else(|| {
        format!("expected {article} {name} value, but found numeric value '{}'", numeral(given))
    })
}

fn numeral(given: &Json) -> String {
    match given {
        Json::String(text) => match Number::parse(text).and_then(|one| one.double()) {
            Some(found) => write_rounded(found),
            None => write_digits(text),
        },
        Json::Number(number) => write_rounded(number.as_f64().unwrap_or(f64::NAN)),
        other => print(other),
    }
}
