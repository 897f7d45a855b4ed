//! Request parameters: `application/x-www-form-urlencoded` bodies and query strings (RFC 6749 §3.1, §3.2 and
//! Appendix B). Repeated parameters are refused, empty ones count as absent, unknown ones are simply not asked for.
//! Credentials come out as [`Secret`] and in no other way.

use std::borrow::Cow;

use chancery_kernel::Secret;

use crate::error::OAuthError;

/// Parameters that may stand more than once (RFC 8707 §2, RFC 8693 §2.1).
pub const REPEATABLE: &[&str] = &["resource", "audience"];

/// Parameters that are credentials or hold one.
pub const SECRETS: &[&str] = &[
    "client_secret",
    "client_assertion",
    "subject_token",
    "actor_token",
    "code",
    "refresh_token",
    "code_verifier",
    "password",
    "token",
    "assertion",
    "id_token_hint",
    "auth_req_id",
    "login_hint_token",
    "client_notification_token",
    "user_code",
];

/// Bounds on work, far above any use.
pub const MAX_BODY: usize = 64 * 1024;
pub const MAX_VALUE: usize = 16 * 1024;
pub const MAX_COUNT: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamError {
    TooLarge,
    TooMany,
    ValueTooLong(String),
    Repeated(String),
    /// Broken percent-encoding, text that is not UTF-8, or a NUL.
    Malformed(String),
    /// Not a JSON object of strings.
    NotAnObject,
}

impl std::fmt::Display for ParamError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the request is larger than {MAX_BODY} bytes"),
            Self::TooMany => write!(f, "more than {MAX_COUNT} parameters"),
            Self::ValueTooLong(name) => write!(f, "parameter {name} is longer than {MAX_VALUE} bytes"),
            Self::Repeated(name) => write!(f, "parameter {name} stands more than once: send it once"),
            Self::Malformed(name) => {
                write!(f, "parameter {name} is not percent-encoded UTF-8 (RFC 6749 appendix B)")
            }
            Self::NotAnObject => f.write_str("the body is not a JSON object of strings"),
        }
    }
}

impl std::error::Error for ParamError {}

impl From<ParamError> for OAuthError {
    fn from(error: ParamError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

enum Value<'a> {
    Open(Cow<'a, str>),
    /// A credential as it stands in the request: not copied before somebody takes it.
    Borrowed(&'a str),
    /// A credential that had to be decoded.
    Hidden(Secret),
}

/// The parameters of one request. Borrows from it where nothing had to be decoded.
pub struct Params<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Params<'a> {
    /// Reads a form body; `repeatable` names the parameters that may stand more than once.
    pub fn parse_form(body: &'a [u8], repeatable: &[&str]) -> Result<Self, ParamError> {
        if body.len() > MAX_BODY {
            return Err(ParamError::TooLarge);
        }
        // Percent-encoding is ASCII; raw UTF-8 beside it is tolerated, as browsers' forms do.
        let text = std::str::from_utf8(body).map_err(|_| ParamError::Malformed("(body)".to_owned()))?;
        Self::parse_query(text, repeatable)
    }

    /// Reads the query of a request target, without its question mark.
    pub fn parse_query(query: &'a str, repeatable: &[&str]) -> Result<Self, ParamError> {
        if query.len() > MAX_BODY {
            return Err(ParamError::TooLarge);
        }
        let mut params = Self(Vec::with_capacity(12));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| ParamError::Malformed(shown(name)))?;
            let value = decode(value).ok_or_else(|| ParamError::Malformed(shown(&name)))?;
            params.push(name, value, repeatable)?;
        }
        Ok(params)
    }

    /// Reads a JSON object of strings, as some agent frameworks send to the token endpoint.
    pub fn parse_json(body: &'a [u8], repeatable: &[&str]) -> Result<Self, ParamError> {
        crate::json::parse(body, repeatable)
    }

    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(
        &mut self,
        name: Cow<'a, str>,
        value: Cow<'a, str>,
        repeatable: &[&str],
    ) -> Result<(), ParamError> {
        if self.0.len() == MAX_COUNT {
            return Err(ParamError::TooMany);
        }
        if value.len() > MAX_VALUE {
            return Err(ParamError::ValueTooLong(shown(&name)));
        }
        if self.has(&name) && !repeatable.contains(&&*name) {
            return Err(ParamError::Repeated(shown(&name)));
        }
        let value = match value {
            open if !SECRETS.contains(&&*name) => Value::Open(open),
            Cow::Borrowed(text) => Value::Borrowed(text),
            Cow::Owned(text) => Value::Hidden(Secret::new(text)),
        };
        self.0.push((name, value));
        Ok(())
    }

    /// Whether the parameter stands there at all, empty or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The value; absent when empty (RFC 6749 §3.1). Never the value of a credential.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a parameter that may repeat.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |(n, value)| match value {
            Value::Open(text) if n == name && !text.is_empty() => Some(&**text),
            _ => None,
        })
    }

    /// The value of a credential (see [`SECRETS`]).
    pub fn secret(&self, name: &str) -> Option<Secret> {
        let (_, value) = self.0.iter().find(|(n, _)| n == name)?;
        match value {
            Value::Borrowed(text) if !text.is_empty() => Some(Secret::new(*text)),
            Value::Hidden(secret) if !secret.expose().is_empty() => Some(secret.clone()),
            _ => None,
        }
    }

    /// The value, or `invalid_request` that names what is missing.
    pub fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| missing(name))
    }

    pub fn require_secret(&self, name: &str) -> Result<Secret, OAuthError> {
        self.secret(name).ok_or_else(|| missing(name))
    }
}

/// Names only: values may be secret whatever they are called.
impl std::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

fn missing(name: &str) -> OAuthError {
    OAuthError::invalid_request(format!("parameter {name} is missing"))
}

/// A name as it may stand in an error: callers choose names, so they are cut.
fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Takes the field of a form out that may be longer than a parameter is: its text, and the form without it. None where it
/// does not stand there exactly once, or cannot be read.
pub fn long_field(body: &[u8], name: &str) -> Option<(String, Vec<u8>)> {
    let text = std::str::from_utf8(body).ok()?;
    let is_it = |pair: &&str| pair.split_once('=').is_some_and(|(found, _)| found == name);
    let (mut found, rest): (Vec<&str>, Vec<&str>) = text.split('&').partition(is_it);
    let (_, value) = found.pop().filter(|_| found.is_empty())?.split_once('=')?;
    Some((decode(value)?.into_owned(), rest.join("&").into_bytes()))
}

/// Decodes one name or value: `+` is a space, `%` takes two hexadecimal digits, the result is UTF-8 without NUL.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    let mut rest = text.as_bytes();
    if is_plain(rest) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = rest.iter().position(|b| is_special(*b)) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        let (byte, after) = match from {
            [b'+', after @ ..] => (b' ', after),
            [b'%', high, low, after @ ..] => (hex(*high)? << 4 | hex(*low)?, after),
            _ => return None,
        };
        if byte == 0 {
            return None;
        }
        out.push(byte);
        rest = after;
    }
    out.extend_from_slice(rest);
    String::from_utf8(out).ok().map(Cow::Owned)
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'%' | b'+' | 0)
}

/// Looks at whole blocks without leaving early, which compilers turn into vector instructions: tokens are long, and
/// most have nothing to decode.
fn is_plain(bytes: &[u8]) -> bool {
    !bytes.chunks(64).any(|block| block.iter().fold(false, |found, byte| found | is_special(*byte)))
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
