//! Reading a value from text that is not kept. `Cow` would make a string of it first, and a start reads a million of them.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

/// Reads text and makes a value of it, or says why it cannot.
pub fn from_text<'de, D, T, E>(from: D, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    from.deserialize_str(Reader(parse))
}

struct Reader<F>(F);

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Reader<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E2: Error>(self, text: &str) -> Result<T, E2> {
        (self.0)(text).map_err(E2::custom)
    }
}
