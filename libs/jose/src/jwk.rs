//! JSON Web Keys (RFC 7517), public members only, and their thumbprints (RFC 7638, RFC 8037 §2).

use serde::{Deserialize, Deserializer, Serialize, de, de::IgnoredAny};

use crate::{KeyError, b64, sha256};

/// A public key as JSON. Reading one that carries private members fails and says so: a private key that was sent
/// to us is already burnt, and quietly dropping the member would hide that.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Jwk {
    #[serde(flatten)]
    pub(crate) kind: Kind,
    /// Key id; free text of whoever published the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The algorithm the key is meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `sig` or `enc`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_ops: Option<Vec<String>>,
}

/// The members that make up the key, still in base64url.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kty")]
pub(crate) enum Kind {
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

impl Jwk {
    pub(crate) fn ec(x: &[u8], y: &[u8]) -> Self {
        Self::bare(Kind::Ec { crv: "P-256".into(), x: b64(x), y: b64(y) })
    }

    pub(crate) fn okp(x: &[u8]) -> Self {
        Self::bare(Kind::Okp { crv: "Ed25519".into(), x: b64(x) })
    }

    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Self {
        Self::bare(Kind::Rsa { n: b64(n), e: b64(e) })
    }

    fn bare(kind: Kind) -> Self {
        Self { kind, kid: None, alg: None, usage: None, key_ops: None }
    }

    /// RFC 7638 §3: SHA-256 over the required members in lexicographic order, without white space.
    /// The members are checked base64url, so nothing in them needs escaping.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let canonical = match &self.kind {
            Kind::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Kind::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
            Kind::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        b64(&sha256(canonical.as_bytes()))
    }
}

#[derive(Deserialize)]
struct Raw {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

enum Unread {
    Private(&'static str),
    Unusable(KeyError),
}

impl Raw {
    fn private_member(&self) -> Option<&'static str> {
        let Self { d, p, q, dp, dq, qi, oth, k, .. } = self;
        [("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", qi), ("oth", oth), ("k", k)]
            .into_iter()
            .find_map(|(name, member)| member.as_ref().map(|_| name))
    }

    fn into_jwk(self) -> Result<Jwk, Unread> {
        if let Some(name) = self.private_member() {
            return Err(Unread::Private(name));
        }
        let kind = match (self.kty.as_str(), self.crv, self.x, self.y, self.n, self.e) {
            ("EC", Some(crv), Some(x), Some(y), ..) if crv == "P-256" => Kind::Ec { crv, x, y },
            ("OKP", Some(crv), Some(x), ..) if crv == "Ed25519" => Kind::Okp { crv, x },
            ("RSA", _, _, _, Some(n), Some(e)) => Kind::Rsa { n, e },
            _ => return Err(Unread::Unusable(KeyError::Unsupported)),
        };
        Ok(Jwk { kind, kid: self.kid, alg: self.alg, usage: self.usage, key_ops: self.key_ops })
    }
}

fn private<E: de::Error>(name: &str) -> E {
    E::custom(format!(
        "the key carries the private member `{name}`: send only the public key, and replace this one, it is no secret any more"
    ))
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Raw::deserialize(from)?.into_jwk().map_err(|unread| match unread {
            Unread::Private(name) => private(name),
            Unread::Unusable(error) => de::Error::custom(error),
        })
    }
}

/// A set of public keys (RFC 7517 §5), as `jwks_uri` serves it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct JwkSet {
    /// The keys this crate understands.
    pub keys: Vec<Jwk>,
}

/// One member of somebody's set: keys of other kinds are passed over (RFC 7517 §5), private ones are not.
enum Entry {
    Key(Jwk),
    Other,
    Private(&'static str),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Ok(match serde_json::from_value::<Raw>(value).map(Raw::into_jwk) {
            Ok(Ok(jwk)) => Self::Key(jwk),
            Ok(Err(Unread::Private(name))) => Self::Private(name),
            Ok(Err(Unread::Unusable(_))) | Err(_) => Self::Other,
        })
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Entry>,
        }
        let mut keys = Vec::new();
        for entry in Set::deserialize(from)?.keys {
            match entry {
                Entry::Key(jwk) => keys.push(jwk),
                Entry::Other => {}
                Entry::Private(name) => return Err(private(name)),
            }
        }
        Ok(Self { keys })
    }
}
