//! One pass over a header or payload that finds the members this crate decides by and any name that stands twice.
//! JSON leaves duplicate names undefined; two readers that pick differently are a hole (RFC 7515 §4, RFC 7519 §4).

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::Reject;

/// The registered claims (RFC 7519 §4.1) that are checked here.
#[derive(Default)]
pub(crate) struct Claims {
    pub iss: Option<String>,
    pub aud: Option<Audience>,
    pub exp: Option<Seconds>,
    pub nbf: Option<Seconds>,
    pub iat: Option<Seconds>,
    pub jti: bool,
    duplicate: bool,
}

#[derive(Default)]
pub(crate) struct Header {
    pub alg: Option<String>,
    pub kid: Option<String>,
    pub typ: Option<String>,
    pub crit: bool,
    duplicate: bool,
}

pub(crate) fn claims(json: &[u8]) -> Result<Claims, Reject> {
    let claims: Claims = serde_json::from_slice(json).map_err(|_| Reject::Malformed)?;
    if claims.duplicate { Err(Reject::DuplicateMember) } else { Ok(claims) }
}

pub(crate) fn header(json: &[u8]) -> Result<Header, Reject> {
    let header: Header = serde_json::from_slice(json).map_err(|_| Reject::Malformed)?;
    if header.duplicate { Err(Reject::DuplicateMember) } else { Ok(header) }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let (mut claims, mut names) = (Claims::default(), Vec::with_capacity(20));
                while let Some(Name(name)) = map.next_key()? {
                    match name.as_ref() {
                        "iss" => claims.iss = Some(map.next_value()?),
                        "aud" => claims.aud = Some(map.next_value()?),
                        "exp" => claims.exp = Some(map.next_value()?),
                        "nbf" => claims.nbf = Some(map.next_value()?),
                        "iat" => claims.iat = Some(map.next_value()?),
                        "jti" => claims.jti = !map.next_value::<Cow<'_, str>>()?.is_empty(),
                        _ => claims.duplicate |= map.next_value::<Repeats>()?.0,
                    }
                    names.push(name);
                }
                claims.duplicate |= repeats(names);
                Ok(claims)
            }
        }
        from.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let (mut header, mut names) = (Header::default(), Vec::with_capacity(4));
                while let Some(Name(name)) = map.next_key()? {
                    match name.as_ref() {
                        "alg" => header.alg = Some(map.next_value()?),
                        "kid" => header.kid = Some(map.next_value()?),
                        "typ" => header.typ = Some(map.next_value()?),
                        "crit" => {
                            map.next_value::<IgnoredAny>()?;
                            header.crit = true;
                        }
                        _ => header.duplicate |= map.next_value::<Repeats>()?.0,
                    }
                    names.push(name);
                }
                header.duplicate |= repeats(names);
                Ok(header)
            }
        }
        from.deserialize_map(Members)
    }
}

/// Sorted rather than compared pairwise: a stranger chooses how many members there are.
fn repeats(mut names: Vec<Cow<'_, str>>) -> bool {
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// A member name, borrowed from the text unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Any value; true if an object inside repeats a name.
struct Repeats(bool);

impl<'de> Deserialize<'de> for Repeats {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Repeats;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Repeats, E> {
                Ok(Repeats(false))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Repeats, A::Error> {
                let mut found = false;
                while let Some(Repeats(inside)) = items.next_element()? {
                    found |= inside;
                }
                Ok(Repeats(found))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Repeats, A::Error> {
                let (mut found, mut names) = (false, Vec::new());
                while let Some(Name(name)) = map.next_key()? {
                    found |= map.next_value::<Repeats>()?.0;
                    names.push(name);
                }
                Ok(Repeats(found || repeats(names)))
            }
        }
        from.deserialize_any(Any)
    }
}

/// `aud`: one string or an array of them (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A NumericDate (RFC 7519 §2), rounded down to whole seconds.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// Beyond this a JSON number is no longer exact (RFC 8259 §6).
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number = f64::deserialize(from)?.floor();
        if number.abs() > EXACT {
            return Err(de::Error::custom("no such date"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
        Ok(Self(number as i64))
    }
}
