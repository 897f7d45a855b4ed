//! A message of protobuf's JSON mapping is an object and nothing else. What serde derives would read a list of its fields
//! too, and another server would read the same bytes otherwise.

use std::fmt;
use std::marker::PhantomData;

use chancery_rebac::tuple::Context;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Number, Value};

pub trait Fields<'de>: Sized {
    fn fields<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads an object.
pub struct Message<M>(pub PhantomData<M>);

impl<'de, M: Fields<'de>> Visitor<'de> for Message<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<M, A::Error> {
        M::fields(map)
    }
}

/// Each of them derives `Deserialize` with `remote = "Self"`, which is what reads its fields.
macro_rules! messages {
    ($($name:ty),* $(,)?) => {$(
        impl<'de> $crate::wire::message::Fields<'de> for $name {
            fn fields<A: serde::de::MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
                <$name>::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_map($crate::wire::message::Message(std::marker::PhantomData))
            }
        }
    )*};
}
pub(crate) use messages;

/// Values by name, none of them named twice: who reads the first and who reads the last would answer otherwise.
pub fn context<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Context>, D::Error> {
    let named = Option::<Named>::deserialize(from)?;
    Ok(named.map(|Named(context)| context))
}

struct Named(Context);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Message(PhantomData))
    }
}

impl<'de> Fields<'de> for Named {
    fn fields<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut context = Context::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if context.contains_key(&name) {
                return Err(A::Error::custom(format!("duplicate map key \"{name}\"")));
            }
            context.insert(name, value);
        }
        Ok(Self(context))
    }
}

/// A number of 32 bits. It may be written as text, and with a fraction of nothing.
pub fn int32<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let number = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Number(number) => whole(&number),
        Value::String(text) => serde_json::from_str(&text).ok().as_ref().and_then(whole),
        _ => None,
    };
    number
        .map(Some)
        .ok_or_else(|| D::Error::custom("a field that is a whole number of 32 bits is something else"))
}

/// The number, if it is a whole one of 32 bits.
pub fn whole(number: &Number) -> Option<i64> {
    let fits = |whole: &i64| i32::try_from(*whole).is_ok();
    number.as_i64().filter(fits).or_else(|| {
        let number = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX))?;
        format!("{number:.0}").parse().ok()
    })
}
