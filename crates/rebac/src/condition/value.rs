//! What expressions evaluate to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ip::Address;
use super::time::Time;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    /// In nanoseconds.
    Duration(i64),
    Time(Time),
    Ip(Address),
    List(Arc<[Value]>),
    Map(Arc<BTreeMap<Key, Value>>),
    /// A type by its name.
    Type(&'static str),
}

/// A key of a map. Whole numbers find one another whether signed or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Text(Arc<str>),
    /// By its bits.
    Double(u64),
}

impl Key {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Bool(found) => Value::Bool(*found),
            Self::Int(found) => Value::Int(*found),
            Self::Uint(found) => Value::Uint(*found),
            Self::Text(found) => Value::Text(found.clone()),
            Self::Double(bits) => Value::Double(f64::from_bits(*bits)),
        }
    }
}

impl Value {
    pub(super) fn text(from: &str) -> Self {
        Self::Text(from.into())
    }

    /// The value as the key of a map literal.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Bool(found) => Some(Key::Bool(*found)),
            Self::Int(found) => Some(Key::Int(*found)),
            Self::Uint(found) => Some(Key::Uint(*found)),
            Self::Text(found) => Some(Key::Text(found.clone())),
            Self::Double(found) => Some(Key::Double(found.to_bits())),
            _ => None,
        }
    }

    /// How much of it there is to go through, for what an operation costs; 1 for what is not made of parts.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.len(),
            Self::Map(entries) => entries.len(),
            _ => 1,
        }
    }

    pub(super) fn is_sized(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Bytes(_) | Self::List(_) | Self::Map(_))
    }

    /// The name of its type, as conversions that fail say it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Time(_) => "google.protobuf.Timestamp",
            Self::Ip(_) => "IPAddress",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Type(_) => "type",
        }
    }
}
