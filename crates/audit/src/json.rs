//! Reads the JSON of entries, and only as much of JSON as entries use. What is not canonical is found by writing it
//! again (RFC 8785): see [`crate::entry`].

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::canon::{Canon, LARGEST};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    /// In the order of the wire, which is ascending.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn object(&self) -> Option<&[(String, Json)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    pub(crate) fn list(&self) -> Option<&[Json]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Json> {
        find(self.object()?, name)
    }

    pub(crate) fn write(&self, out: &mut Canon) {
        match self {
            Self::Null => out.word("null"),
            Self::Bool(value) => out.boolean(*value),
            Self::Integer(value) => out.integer(*value),
            Self::Text(text) => out.text(text),
            Self::List(items) => {
                out.byte(b'[');
                for item in items {
                    out.separate();
                    item.write(out);
                }
                out.byte(b']');
            }
            Self::Object(members) => Self::write_object(members, out),
        }
    }

    pub(crate) fn write_object(members: &[(String, Json)], out: &mut Canon) {
        out.byte(b'{');
        for (name, value) in members {
            out.foreign_name(name);
            value.write(out);
        }
        out.byte(b'}');
    }

    /// Removes a member and hands it over.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        let Self::Object(members) = self else { return None };
        let at = members.iter().position(|(n, _)| n == name)?;
        Some(members.remove(at).1)
    }

    /// For people: strings without quotes, the rest as written.
    pub(crate) fn show(&self) -> String {
        if let Self::Text(text) = self {
            return text.clone();
        }
        let mut out = Canon::with_capacity(64);
        self.write(&mut out);
        String::from_utf8(out.finish()).unwrap_or_default()
    }
}

pub(crate) fn find<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, array, string, integer, boolean or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        if (-LARGEST..=LARGEST).contains(&value) {
            Ok(Json::Integer(value))
        } else {
            Err(E::custom("an integer that doubles cannot hold"))
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = from.next_entry::<String, Json>()? {
            // RFC 8785 §3.2.3 sorts by UTF-16 code units; strictly, so a name cannot stand twice.
            if members.last().is_some_and(|(last, _)| !last.encode_utf16().lt(name.encode_utf16())) {
                return Err(A::Error::custom("member names are not in ascending order"));
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}
