//! What all records of the directory have in common on the wire.

use chancery_kernel::Timestamp;
use chancery_model::Noun;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{Created, Versioned};

/// How often and when a record changed. Its version is its `ETag` too.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
}

impl From<&chancery_model::Meta> for Meta {
    fn from(meta: &chancery_model::Meta) -> Self {
        Self { version: meta.version, created: meta.created, updated: meta.updated }
    }
}

/// A record under the tag of its version.
pub(crate) fn versioned<N: Noun, V: for<'a> From<&'a N>>(record: &N) -> Versioned<V> {
    Versioned { version: record.meta().version, body: V::from(record) }
}

/// A record just made; `list` is the path of its list.
pub(crate) fn created<N: Noun, V: for<'a> From<&'a N>>(list: &str, record: &N) -> Created<V> {
    Created {
        location: format!("{list}/{}", record.id()),
        version: record.meta().version,
        body: V::from(record),
    }
}

/// Tells `null`, which empties a field, from an absent field, which stays as it is.
pub(crate) fn given<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}

/// Why something is done that others have to understand later.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In a sentence: it stands in the log.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "given")]
        field: Option<Option<i64>>,
    }

    #[test]
    fn null_empties_and_absence_keeps() {
        let read = |text| serde_json::from_str::<Sample>(text).unwrap().field;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"field":null}"#), Some(None));
        assert_eq!(read(r#"{"field":3}"#), Some(Some(3)));
    }
}
