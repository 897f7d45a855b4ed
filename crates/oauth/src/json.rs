//! JSON bodies at the alias of the token endpoint: one flat object of strings. Numbers and booleans are taken as
//! their text and `null` as absent; anything deeper is refused, as is a repeated name.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::params::{MAX_BODY, ParamError, Params};

pub(crate) fn parse<'a>(body: &'a [u8], repeatable: &[&str]) -> Result<Params<'a>, ParamError> {
    if body.len() > MAX_BODY {
        return Err(ParamError::TooLarge);
    }
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Object { repeatable, refused: &mut refused }.deserialize(&mut reader);
    match (read, refused) {
        (_, Some(error)) => Err(error),
        (Ok(params), None) if reader.end().is_ok() => Ok(params),
        _ => Err(ParamError::NotAnObject),
    }
}

struct Object<'r> {
    repeatable: &'r [&'r str],
    /// serde's error carries only text, so ours waits here.
    refused: &'r mut Option<ParamError>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Params<'de>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Params<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut params = Params::empty();
        while let Some(name) = map.next_key_seed(Text)? {
            let values = map.next_value_seed(Values)?;
            let name = name.unwrap_or_default();
            if params.has(&name) {
                // A second key of the same name is a repetition even of what an array may repeat.
                *self.refused = Some(ParamError::Repeated(name.chars().take(40).collect()));
                return Err(A::Error::custom("repeated"));
            }
            for value in values {
                if name.contains('\0') || value.contains('\0') {
                    *self.refused = Some(ParamError::Malformed(name.chars().take(40).collect()));
                    return Err(A::Error::custom("malformed"));
                }
                if let Err(error) = params.push(name.clone(), value, self.repeatable) {
                    *self.refused = Some(error);
                    return Err(A::Error::custom("refused"));
                }
            }
        }
        Ok(params)
    }
}

/// One text, borrowed where the JSON has no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        Values.deserialize(d).map(|values| values.into_iter().next())
    }
}

/// A scalar as its text, or an array of them.
struct Values;

impl<'de> DeserializeSeed<'de> for Values {
    type Value = Vec<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Borrowed(v)])
    }
    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(v.to_owned())])
    }
    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(vec![Cow::Borrowed(if v { "true" } else { "false" })])
    }
    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(v.to_string())])
    }
    fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(v.to_string())])
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = seq.next_element::<Cow<'de, str>>()? {
            all.push(value);
        }
        Ok(all)
    }
}
