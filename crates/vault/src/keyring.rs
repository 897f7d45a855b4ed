//! The signing keys in use: one active per algorithm, the next one published ahead, old ones published until the
//! tokens they signed have died (OpenID Connect Core §10.1.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_jose::{Alg, Jwk, JwkSet, Keys, PublicKey, SigningKey};
use chancery_kernel::Timestamp;

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Next,
    Active,
    Old,
}

impl KeyState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Old => "old",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Old].into_iter().find(|s| s.as_str() == text)
    }
}

/// One signing key and its dates.
pub(crate) struct Held {
    pub alg: Alg,
    pub state: KeyState,
    pub key: Arc<SigningKey>,
    pub created: Timestamp,
    pub activated: Option<Timestamp>,
    pub retired: Option<Timestamp>,
}

/// All keys of this deployment as they stand; replaced whole on rotation.
pub struct KeyRing {
    active: BTreeMap<&'static str, Arc<SigningKey>>,
    verify: Keys,
    jwks: String,
    pub(crate) held: Vec<Held>,
}

impl KeyRing {
    pub(crate) fn new(held: Vec<Held>) -> Self {
        let active = held
            .iter()
            .filter(|h| h.state == KeyState::Active)
            .map(|h| (name(h.alg), h.key.clone()))
            .collect();
        let verify =
            held.iter().map(|h| h.key.public().clone()).collect::<Vec<PublicKey>>().into_iter().collect();
        let keys: Vec<Jwk> = held.iter().map(|h| h.key.public().jwk().clone()).collect();
        let jwks = serde_json::to_string(&JwkSet { keys }).unwrap_or_default();
        Self { active, verify, jwks, held }
    }

    /// The key that signs with this algorithm.
    pub fn active(&self, alg: Alg) -> Option<&Arc<SigningKey>> {
        self.active.get(name(alg))
    }

    /// Every published key, to verify tokens of our own.
    pub fn keys(&self) -> &Keys {
        &self.verify
    }

    /// The JWK set document (RFC 7517 §5).
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// Key id, algorithm and state of each key: for administrators.
    pub fn list(&self) -> impl Iterator<Item = (&str, Alg, KeyState)> {
        self.held.iter().map(|h| (h.key.kid(), h.alg, h.state))
    }
}

pub(crate) const fn name(alg: Alg) -> &'static str {
    match alg {
        Alg::Es256 => "ES256",
        Alg::EdDsa => "EdDSA",
        Alg::Ps256 => "PS256",
        Alg::Rs256 => "RS256",
    }
}
