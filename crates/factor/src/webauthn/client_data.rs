//! What the browser collected and signed over: client data (§5.8.1).

use aws_lc_rs::digest::{SHA256, digest};
use chancery_kernel::Secret;
use serde::Deserialize;

use super::{Expect, Refusal};
use crate::base64url;

#[derive(Deserialize)]
struct Collected {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// Checks it (§7.1 steps 5 to 12, §7.2 steps 8 to 14), and answers its hash, which is signed.
pub fn check(bytes: &[u8], ceremony: &str, expect: &Expect<'_>) -> Result<[u8; 32], Refusal> {
    let said: Collected = serde_json::from_slice(bytes).map_err(|_| Refusal::Malformed)?;
    if said.r#type != ceremony {
        return Err(Refusal::WrongCeremony);
    }
    let challenge = base64url::encode(expect.challenge);
    if !Secret::new(said.challenge).ct_eq(challenge.as_bytes()) {
        return Err(Refusal::WrongChallenge);
    }
    if said.origin != expect.origin {
        return Err(Refusal::WrongOrigin);
    }
    if said.cross_origin || said.top_origin.is_some() {
        return Err(Refusal::Framed);
    }
    sha256(bytes)
}

pub fn sha256(bytes: &[u8]) -> Result<[u8; 32], Refusal> {
    digest(&SHA256, bytes).as_ref().try_into().map_err(|_| Refusal::Malformed)
}
