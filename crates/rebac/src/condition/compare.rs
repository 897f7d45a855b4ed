//! Equality and order, also between numbers of different types.

use std::cmp::Ordering;

use super::number::{to_int, to_uint};
use super::value::{Key, Value};

const NO_OVERLOAD: &str = "no such overload";

/// Values of types that cannot be compared are unequal, except that an address is comparable only to addresses.
pub(super) fn equal(one: &Value, other: &Value) -> Result<bool, String> {
    Ok(match (one, other) {
        (Value::Null, other) => *other == Value::Null,
        (_, Value::Null) => false,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Ip(_), _) => return Err(NO_OVERLOAD.to_owned()),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(a, b)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, value) in a.iter() {
                let Some(found) = find_key(b, key) else { return Ok(false) };
                if !equal(value, found)? {
                    return Ok(false);
                }
            }
            true
        }
        (one, other) => match numbers(one, other) {
            Some(order) => order == Some(Ordering::Equal),
            None => one == other,
        },
    })
}

/// The entry of a map; whole numbers find one another whether signed or not.
pub(super) fn find_key<'a>(map: &'a std::collections::BTreeMap<Key, Value>, key: &Key) -> Option<&'a Value> {
    let crossed = match key {
        Key::Int(number) => u64::try_from(*number).ok().map(Key::Uint),
        Key::Uint(number) => i64::try_from(*number).ok().map(Key::Int),
        Key::Double(bits) => whole_key(f64::from_bits(*bits)),
        _ => None,
    };
    map.get(key).or_else(|| crossed.and_then(|crossed| map.get(&crossed)))
}

fn whole_key(double: f64) -> Option<Key> {
    (double.fract() == 0.0)
        .then(|| to_int(double).map(Key::Int).or_else(|| to_uint(double).map(Key::Uint)))
        .flatten()
}

/// How two values are ordered, which NaN is with nothing; an error if their types have no order between them.
pub(super) fn order(one: &Value, other: &Value) -> Result<Option<Ordering>, String> {
    match (one, other) {
        (Value::Bool(a), Value::Bool(b)) => Ok(Some(a.cmp(b))),
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.as_bytes().cmp(b.as_bytes()))),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Value::Duration(a), Value::Duration(b)) => Ok(Some(a.cmp(b))),
        (Value::Time(a), Value::Time(b)) => Ok(Some(a.instant().cmp(&b.instant()))),
        _ => numbers(one, other).ok_or_else(|| NO_OVERLOAD.to_owned()),
    }
}

/// `None` unless both are numbers; then `Some(None)` if either is not a number at all (NaN).
fn numbers(one: &Value, other: &Value) -> Option<Option<Ordering>> {
    Some(match (one, other) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Double(a), Value::Int(b)) => {
            double_to_whole(*a, i128::from(*b), i64::MIN as f64, i64::MAX as f64)
        }
        (Value::Double(a), Value::Uint(b)) => double_to_whole(*a, i128::from(*b), 0.0, u64::MAX as f64),
        (Value::Int(_) | Value::Uint(_), Value::Double(_)) => {
            numbers(other, one).flatten().map(Ordering::reverse)
        }
        _ => return None,
    })
}

/// As cel-go does: beyond the range of the whole type by range, within it as doubles.
fn double_to_whole(double: f64, whole: i128, least: f64, most: f64) -> Option<Ordering> {
    if double < least {
        Some(Ordering::Less)
    } else if double > most {
        Some(Ordering::Greater)
    } else {
        double.partial_cmp(&(whole as f64))
    }
}
