//! The set of keys a token may have been signed with.

use crate::{Alg, JwkSet, PublicKey, Reject};

/// A verification set. A token's `kid` only *chooses* among these keys; what it may do is the key's own affair.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<PublicKey>);

impl Keys {
    /// Every usable key of a set; others are passed over. An RSA key that does not name its algorithm is taken for
    /// both paddings.
    #[must_use]
    pub fn from_set(set: &JwkSet) -> Self {
        let mut keys = Vec::with_capacity(set.keys.len());
        for jwk in &set.keys {
            let Ok(key) = PublicKey::from_jwk(jwk) else { continue };
            if jwk.alg.is_none() && key.alg() == Alg::Rs256 {
                keys.extend(PublicKey::with_alg(jwk, Alg::Ps256));
            }
            keys.push(key);
        }
        Self(keys)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key goes by this name; a resource server refetches when not.
    #[must_use]
    pub fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid() == kid)
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter()
    }

    /// The key that signed `msg`. The header's `alg` is never trusted: it must equal the algorithm of the key
    /// (RFC 8725 §3.1). Without a `kid` every key of that algorithm is tried.
    pub(crate) fn signer(
        &self,
        alg: Alg,
        kid: Option<&str>,
        msg: &[u8],
        sig: &[u8],
    ) -> Result<&PublicKey, Reject> {
        let named = || self.0.iter().filter(|key| kid.is_none_or(|kid| key.kid() == kid));
        let mut tried = false;
        for key in named().filter(|key| key.alg() == alg) {
            tried = true;
            if key.verify(msg, sig).is_ok() {
                return Ok(key);
            }
        }
        Err(match (tried, kid) {
            (true, _) => Reject::BadSignature,
            (false, Some(_)) if named().next().is_some() => Reject::AlgRefused,
            (false, _) => Reject::UnknownKey,
        })
    }
}

impl FromIterator<PublicKey> for Keys {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}
