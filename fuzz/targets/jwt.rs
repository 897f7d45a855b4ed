//! The JWT parser: whatever comes in, no panic, and nothing is ever believed that no key signed.

#![no_main]

use std::sync::LazyLock;

use chancery_jose::{
    AccessToken, Alg, ClientAssertion, Expect, IdToken, Jwk, Keys, PublicKey, RevocationFeed, SigningKey, decode_unverified,
    verify,
};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let fresh = |alg| SigningKey::generate(alg).ok().map(|key| key.public().clone());
    [Alg::Es256, Alg::EdDsa].into_iter().filter_map(fresh).collect()
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expect = Expect { issuer: None, audiences: &[], now: 1_790_000_000, leeway: 5 };
    let _ = decode_unverified::<serde_json::Value>(text);
    assert!(verify::<AccessToken, serde_json::Value>(text, &KEYS, &expect).is_err());
    assert!(verify::<IdToken, serde_json::Value>(text, &KEYS, &expect).is_err());
    assert!(verify::<ClientAssertion, serde_json::Value>(text, &KEYS, &expect).is_err());
    assert!(verify::<RevocationFeed, serde_json::Value>(text, &KEYS, &expect).is_err());
    if let Ok(jwk) = serde_json::from_slice::<Jwk>(data) {
        let _ = PublicKey::from_jwk(&jwk);
    }
});
