//! What the functions do, given values.

use std::cmp::Ordering;

use super::compare::{equal, find_key, order};
use super::convert_to as convert;
use super::ip;
use super::pattern::Pattern;
use super::syntax::operator as op;
use super::time::{self, Time};
use super::value::Value;
use super::zone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Not,
    NotStrictlyFalse,
    Negate,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    In,
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    IpAddress,
    InCidr,
    Get(Part),
    To(To),
}

/// A part of a date, a time of day, or a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    FullYear,
    Month,
    DayOfYear,
    DayOfMonth,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// The type a conversion gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Bool,
    Bytes,
    Double,
    Duration,
    Dyn,
    Int,
    Text,
    Time,
    Type,
    Uint,
}

impl To {
    /// Its name as a function.
    pub(super) fn name(self) -> &'static str {
        Function::To(self).name()
    }
}

const NAMES: &[(&str, Function)] = &[
    (op::NOT, Function::Not),
    (op::NOT_STRICTLY_FALSE, Function::NotStrictlyFalse),
    (op::NEGATE, Function::Negate),
    (op::EQUALS, Function::Equals),
    (op::NOT_EQUALS, Function::NotEquals),
    (op::LESS, Function::Less),
    (op::LESS_EQUALS, Function::LessEquals),
    (op::GREATER, Function::Greater),
    (op::GREATER_EQUALS, Function::GreaterEquals),
    (op::ADD, Function::Add),
    (op::SUBTRACT, Function::Subtract),
    (op::MULTIPLY, Function::Multiply),
    (op::DIVIDE, Function::Divide),
    (op::MODULO, Function::Modulo),
    (op::IN, Function::In),
    ("size", Function::Size),
    ("contains", Function::Contains),
    ("startsWith", Function::StartsWith),
    ("endsWith", Function::EndsWith),
    ("matches", Function::Matches),
    ("ipaddress", Function::IpAddress),
    ("in_cidr", Function::InCidr),
    ("getFullYear", Function::Get(Part::FullYear)),
    ("getMonth", Function::Get(Part::Month)),
    ("getDayOfYear", Function::Get(Part::DayOfYear)),
    ("getDayOfMonth", Function::Get(Part::DayOfMonth)),
    ("getDate", Function::Get(Part::Date)),
    ("getDayOfWeek", Function::Get(Part::DayOfWeek)),
    ("getHours", Function::Get(Part::Hours)),
    ("getMinutes", Function::Get(Part::Minutes)),
    ("getSeconds", Function::Get(Part::Seconds)),
    ("getMilliseconds", Function::Get(Part::Milliseconds)),
    ("bool", Function::To(To::Bool)),
    ("bytes", Function::To(To::Bytes)),
    ("double", Function::To(To::Double)),
    ("duration", Function::To(To::Duration)),
    ("dyn", Function::To(To::Dyn)),
    ("int", Function::To(To::Int)),
    ("string", Function::To(To::Text)),
    ("timestamp", Function::To(To::Time)),
    ("type", Function::To(To::Type)),
    ("uint", Function::To(To::Uint)),
];

impl Function {
    pub(super) fn find(name: &str) -> Option<Self> {
        NAMES.iter().find(|(one, _)| *one == name).map(|(_, function)| *function)
    }

    fn name(self) -> &'static str {
        NAMES.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }

    pub(super) fn is_conversion(self) -> bool {
        matches!(self, Self::To(_))
    }
}

const NO_OVERLOAD: &str = "no such overload";
const OVERFLOW: &str = "integer overflow";
const UNSIGNED_OVERFLOW: &str = "unsigned integer overflow";

fn no_overload<T>() -> Result<T, String> {
    Err(NO_OVERLOAD.to_owned())
}

pub(super) fn apply(function: Function, args: &[Value]) -> Result<Value, String> {
    match args {
        [one] => unary(function, one),
        [one, other] => binary(function, one, other),
        _ => no_overload(),
    }
}

fn unary(function: Function, of: &Value) -> Result<Value, String> {
    match (function, of) {
        (Function::Not, Value::Bool(found)) => Ok(Value::Bool(!found)),
        (Function::NotStrictlyFalse, found) => Ok(Value::Bool(*found != Value::Bool(false))),
        (Function::Negate, Value::Int(found)) => {
            found.checked_neg().map(Value::Int).ok_or_else(|| OVERFLOW.to_owned())
        }
        (Function::Negate, Value::Double(found)) => Ok(Value::Double(-found)),
        (Function::Negate, Value::Duration(found)) => {
            found.checked_neg().map(Value::Duration).ok_or_else(|| OVERFLOW.to_owned())
        }
        (Function::Size, found) if found.is_sized() => {
            Ok(Value::Int(i64::try_from(found.size()).unwrap_or(i64::MAX)))
        }
        (Function::IpAddress, Value::Text(text)) => ip::parse(text).map(Value::Ip),
        (Function::Get(part), Value::Time(time)) => get(part, *time, 0),
        (Function::Get(part), Value::Duration(nanos)) => get_of_duration(part, *nanos),
        (Function::To(to), found) => convert::convert(to, found),
        (Function::Size | Function::Negate, _) => unfit(function, of),
        _ => no_overload(),
    }
}

/// Whether values of this type know the operation at all, with whatever is on the other side.
fn knows(of: &Value, function: Function) -> bool {
    use Function as F;
    let whole = matches!(of, Value::Int(_) | Value::Uint(_));
    let number = whole || matches!(of, Value::Double(_));
    let timely = matches!(of, Value::Duration(_) | Value::Time(_));
    let textual = matches!(of, Value::Text(_) | Value::Bytes(_));
    match function {
        F::Less | F::LessEquals | F::Greater | F::GreaterEquals => {
            number || timely || textual || matches!(of, Value::Bool(_))
        }
        F::Add => number || timely || textual || matches!(of, Value::List(_)),
        F::Subtract => number || timely,
        F::Multiply | F::Divide => number,
        F::Modulo => whole,
        _ => true,
    }
}

/// Types with methods of their own say less about what they do not know.
fn unfit<T>(function: Function, of: &Value) -> Result<T, String> {
    match of {
        Value::Text(_) | Value::Duration(_) | Value::Time(_) => no_overload(),
        Value::Bool(_) if function == Function::Negate => no_overload(),
        _ => Err(format!("{NO_OVERLOAD}: {}", function.name())),
    }
}

fn binary(function: Function, one: &Value, other: &Value) -> Result<Value, String> {
    if !knows(one, function) {
        return unfit(function, one);
    }
    let ordered =
        |wanted: fn(Ordering) -> bool| order(one, other).map(|found| Value::Bool(found.is_some_and(wanted)));
    match function {
        Function::Equals => equal(one, other).map(Value::Bool),
        Function::NotEquals => Ok(Value::Bool(equal(one, other) != Ok(true))),
        Function::Less => ordered(Ordering::is_lt),
        Function::LessEquals => ordered(Ordering::is_le),
        Function::Greater => ordered(Ordering::is_gt),
        Function::GreaterEquals => ordered(Ordering::is_ge),
        Function::Add => add(one, other),
        Function::Subtract => subtract(one, other),
        Function::Multiply => multiply(one, other),
        Function::Divide => divide(one, other),
        Function::Modulo => modulo(one, other),
        Function::In => is_in(one, other),
        Function::Get(part) => match (one, other) {
            (Value::Time(time), Value::Text(zone)) => get(part, *time, zone::offset(zone, time.seconds)?),
            _ => no_overload(),
        },
        Function::InCidr => match (one, other) {
            (Value::Ip(address), Value::Text(network)) => ip::is_within(address, network).map(Value::Bool),
            _ => no_overload(),
        },
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            match (one, other) {
                (Value::Text(text), Value::Text(part)) => text_has(function, text, part).map(Value::Bool),
                _ => no_overload(),
            }
        }
        _ => no_overload(),
    }
}

fn text_has(function: Function, text: &str, part: &str) -> Result<bool, String> {
    match function {
        Function::Contains => Ok(text.contains(part)),
        Function::StartsWith => Ok(text.starts_with(part)),
        Function::EndsWith => Ok(text.ends_with(part)),
        _ => Ok(Pattern::compile(part)?.is_in(text)),
    }
}

fn whole(found: Option<i64>) -> Result<Value, String> {
    found.map(Value::Int).ok_or_else(|| OVERFLOW.to_owned())
}

fn unsigned(found: Option<u64>) -> Result<Value, String> {
    found.map(Value::Uint).ok_or_else(|| UNSIGNED_OVERFLOW.to_owned())
}

fn moment(found: Option<Time>) -> Result<Value, String> {
    found.map(Value::Time).ok_or_else(|| time::OVERFLOW.to_owned())
}

fn length(found: Option<i64>) -> Result<Value, String> {
    found.map(Value::Duration).ok_or_else(|| OVERFLOW.to_owned())
}

fn add(one: &Value, other: &Value) -> Result<Value, String> {
    match (one, other) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_add(*b)),
        (Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_add(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::Text(a), Value::Text(b)) => Ok(Value::Text(format!("{a}{b}").into())),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes(a.iter().chain(b.iter()).copied().collect())),
        (Value::List(a), Value::List(b)) => Ok(Value::List(a.iter().chain(b.iter()).cloned().collect())),
        (Value::Duration(a), Value::Duration(b)) => length(a.checked_add(*b)),
        (Value::Time(time), Value::Duration(nanos)) | (Value::Duration(nanos), Value::Time(time)) => {
            moment(time.plus(*nanos))
        }
        _ => no_overload(),
    }
}

fn subtract(one: &Value, other: &Value) -> Result<Value, String> {
    match (one, other) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_sub(*b)),
        (Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_sub(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
        (Value::Duration(a), Value::Duration(b)) => length(a.checked_sub(*b)),
        (Value::Time(time), Value::Duration(nanos)) => moment(time.minus(*nanos)),
        (Value::Time(a), Value::Time(b)) => length(a.since(*b)),
        _ => no_overload(),
    }
}

fn multiply(one: &Value, other: &Value) -> Result<Value, String> {
    match (one, other) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_mul(*b)),
        (Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_mul(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
        _ => no_overload(),
    }
}

fn divide(one: &Value, other: &Value) -> Result<Value, String> {
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Err("division by zero".to_owned())
        }
        (Value::Int(a), Value::Int(b)) => whole(a.checked_div(*b)),
        (Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_div(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
        _ => no_overload(),
    }
}

fn modulo(one: &Value, other: &Value) -> Result<Value, String> {
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Err("modulus by zero".to_owned())
        }
        (Value::Int(a), Value::Int(b)) => whole(a.checked_rem(*b)),
        (Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_rem(*b)),
        _ => no_overload(),
    }
}

fn is_in(element: &Value, of: &Value) -> Result<Value, String> {
    match of {
        Value::List(items) => Ok(Value::Bool(items.iter().any(|item| equal(element, item) == Ok(true)))),
        Value::Map(entries) => {
            Ok(Value::Bool(element.key().is_some_and(|key| find_key(entries, &key).is_some())))
        }
        _ => no_overload(),
    }
}

/// What is at `index` of a list or under it in a map; a field is looked up the same way.
pub(super) fn index(of: &Value, index: &Value) -> Result<Value, String> {
    match of {
        Value::Map(entries) => {
            let found = index.key().and_then(|key| find_key(entries, &key).cloned());
            found.ok_or_else(|| format!("no such key: {}", convert::write(index)))
        }
        Value::List(items) => {
            let place = match index {
                Value::Int(place) => *place,
                Value::Uint(place) => i64::try_from(*place).unwrap_or(i64::MAX),
                Value::Double(place) if place.fract() == 0.0 => super::number::to_int(*place).unwrap_or(-1),
                other => return Err(format!("unsupported index type '{}' in list", other.type_name())),
            };
            let found = usize::try_from(place).ok().and_then(|place| items.get(place).cloned());
            found.ok_or_else(|| format!("index out of bounds: {place}"))
        }
        _ => Err(format!("no such key: {}", convert::write(index))),
    }
}

fn get(part: Part, time: Time, offset: i32) -> Result<Value, String> {
    let civil = time.civil(offset);
    Ok(Value::Int(match part {
        Part::FullYear => civil.year,
        Part::Month => civil.month - 1,
        Part::DayOfYear => civil.year_day - 1,
        Part::DayOfMonth => civil.day - 1,
        Part::Date => civil.day,
        Part::DayOfWeek => civil.week_day,
        Part::Hours => civil.hour,
        Part::Minutes => civil.minute,
        Part::Seconds => civil.second,
        Part::Milliseconds => i64::from(time.nanos / 1_000_000),
    }))
}

fn get_of_duration(part: Part, nanos: i64) -> Result<Value, String> {
    let unit = match part {
        Part::Hours => 3_600_000_000_000,
        Part::Minutes => 60_000_000_000,
        Part::Seconds => 1_000_000_000,
        Part::Milliseconds => 1_000_000,
        _ => return no_overload(),
    };
    Ok(Value::Int(nanos / unit))
}
