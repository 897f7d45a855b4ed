//! Proof key for code exchange (RFC 7636), method `S256` only: `plain` proves nothing to somebody who reads the
//! front channel (OAuth 2.1 §7.5.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chancery_kernel::Secret;
use serde::{Deserialize, Serialize};

/// A `code_challenge`: 43 characters of base64url, which are a SHA-256 hash (§4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// Takes exactly one spelling of 32 bytes: no padding, no stray bits.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = URL_SAFE_NO_PAD.decode(text).ok()?;
        (hash.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The challenge that belongs to a verifier: the client's half.
    pub fn of(verifier: &Secret) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the verifier is well formed (§4.1) and hashes to this challenge; in constant time (§4.6).
    pub fn verify(&self, verifier: &Secret) -> bool {
        well_formed(verifier.expose()) && Secret::new(Self::of(verifier).0).ct_eq(self.0.as_bytes())
    }
}

/// 43 to 128 unreserved characters (§4.1).
fn well_formed(verifier: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved)
}
