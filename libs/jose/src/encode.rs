//! base64url without padding (RFC 7515 §2), SHA-256, and the hash that ties an ID token to its access token.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Alg, Reject};

/// base64url without padding.
#[must_use]
pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The reverse of [`b64`], strict: padding, white space, foreign letters and stray trailing bits are refused, so
/// that one value has exactly one spelling.
pub fn unb64(text: &str) -> Result<Vec<u8>, Reject> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Reject::Malformed)
}

/// Appends the base64url form of `bytes` in place.
pub(crate) fn push_b64(out: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    out
}

/// `at_hash` of OpenID Connect Core §3.1.3.6: the left half of the hash that belongs to the ID token's algorithm.
/// For EdDSA that is SHA-512, the hash inside Ed25519.
#[must_use]
pub fn at_hash(alg: Alg, access_token: &str) -> String {
    let hash = match alg {
        Alg::EdDsa => digest(&SHA512, access_token.as_bytes()),
        Alg::Es256 | Alg::Ps256 | Alg::Rs256 => digest(&SHA256, access_token.as_bytes()),
    };
    let bytes = hash.as_ref();
    b64(bytes.get(..bytes.len() / 2).unwrap_or(bytes))
}
