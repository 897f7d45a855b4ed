//! The signature sets of C2SP Wycheproof: what has to be accepted is, and nothing that must not be.

use chancery_jose::{Jwk, PublicKey, b64};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

fn key(jwk: Value) -> PublicKey {
    let jwk: Jwk = serde_json::from_value(jwk).unwrap();
    PublicKey::from_jwk(&jwk).unwrap()
}

/// A number without the zeros before it, as JWKs have it (RFC 7518 §6.3.1.1).
fn number(bytes: &[u8]) -> String {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    b64(&bytes[start..])
}

/// Says how many had to be accepted, and how many refused.
#[derive(Default)]
struct Judged {
    accepted: usize,
    refused: usize,
}

impl Judged {
    fn take(
        &mut self,
        key: &PublicKey,
        (message, signature): (&[u8], &[u8]),
        result: TestResult,
        case: &str,
    ) {
        let verified = key.verify(message, signature).is_ok();
        match result {
            TestResult::Valid => self.accepted += 1,
            TestResult::Invalid => self.refused += 1,
            // Whether the padding names its hash without parameters is left to the verifier.
            TestResult::Acceptable => return,
        }
        assert_eq!(verified, result == TestResult::Valid, "{case}");
    }

    fn had(&self, accepted: usize, refused: usize) {
        assert!(self.accepted > accepted && self.refused > refused, "{}, {}", self.accepted, self.refused);
    }
}

#[test]
fn es256_takes_and_refuses_what_it_must() {
    let mut judged = Judged::default();
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in set.test_groups {
        // Uncompressed: a byte that says so, and both coordinates.
        let (x, y) = group.key.key[1..].split_at(32);
        let (x, y) = (b64(x), b64(y));
        let key = key(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}));
        for test in group.tests {
            judged.take(&key, (&test.msg, &test.sig), test.result, &test.comment);
        }
    }
    judged.had(100, 50);
}

#[test]
fn eddsa_takes_and_refuses_what_it_must() {
    let mut judged = Judged::default();
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    for group in set.test_groups {
        let key = key(json!({"kty": "OKP", "crv": "Ed25519", "x": b64(&group.jwk.x)}));
        for test in group.tests {
            judged.take(&key, (&test.msg, &test.sig), test.result, &test.comment);
        }
    }
    judged.had(50, 50);
}

#[test]
fn rs256_takes_and_refuses_what_it_must() {
    let mut judged = Judged::default();
    let set = rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256).unwrap();
    for group in set.test_groups {
        let (n, e) = (number(&group.key.n), number(&group.key.e));
        let key = key(json!({"kty": "RSA", "alg": "RS256", "n": n, "e": e}));
        for test in group.tests {
            judged.take(&key, (&test.msg, &test.sig), test.result, &test.comment);
        }
    }
    judged.had(5, 100);
}

#[test]
fn ps256_takes_and_refuses_what_it_must() {
    let mut judged = Judged::default();
    let set = rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32).unwrap();
    for group in set.test_groups {
        let (n, e) = (number(&group.key.n), number(&group.key.e));
        let key = key(json!({"kty": "RSA", "alg": "PS256", "n": n, "e": e}));
        for test in group.tests {
            judged.take(&key, (&test.msg, &test.sig), test.result, &test.comment);
        }
    }
    judged.had(50, 40);
}
