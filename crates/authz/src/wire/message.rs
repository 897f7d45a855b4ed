//! A message of protobuf's JSON mapping is an object and nothing else. What serde derives would read a list of its fields
//! too, and another server would read the same bytes otherwise.

use std::fmt;
use std::marker::PhantomData;

use chancery_rebac::tuple::Context;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
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
        while let Some(name) = map.next_key::<String>()? {
            if context.contains_key(&name) {
                return Err(A::Error::custom(format!("duplicate map key \"{name}\"")));
            }
            context.insert(name, map.next_value::<Value>()?);
        }
        Ok(Self(context))
    }
}

/// A number or a text, of which something is made; `null` is as good as absent. What does not do is refused here, while it is
/// read: a refusal that comes later is told at the place to which the reader has gone on.
pub struct Scalar<T> {
    pub expected: &'static str,
    pub read: fn(&Value) -> Option<T>,
}

impl<T: Default> Scalar<T> {
    fn told<E: Error>(&self, value: &Value, found: Unexpected<'_>) -> Result<T, E> {
        (self.read)(value).ok_or_else(|| E::invalid_value(found, self))
    }
}

impl<T: Default> Visitor<'_> for Scalar<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        self.told(&text.into(), Unexpected::Str(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.told(&number.into(), Unexpected::Unsigned(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.told(&number.into(), Unexpected::Signed(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.told(&number.into(), Unexpected::Float(number))
    }
}

/// A number of 32 bits. It may be written as text, and with a fraction of nothing.
pub fn int32<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let read = |value: &Value| {
        let number = match value {
            Value::Number(number) => whole(number),
            Value::String(text) => serde_json::from_str(text).ok().as_ref().and_then(whole),
            _ => None,
        };
        number.map(Some)
    };
    from.deserialize_any(Scalar { expected: "a whole number of 32 bits", read })
}

/// The number, if it is a whole one of 32 bits.
pub fn whole(number: &Number) -> Option<i64> {
    let fits = |whole: &i64| i32::try_from(*whole).is_ok();
    number.as_i64().filter(fits).or_else(|| {
        let number = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX))?;
        format!("{number:.0}").parse().ok()
    })
}
