use chancery_jose::{
    AccessToken, Alg, Jwk, JwkSet, KeyError, Keys, PublicKey, SigningKey, sign, unb64, verify,
};
use serde_json::{Value, json};

use crate::common::{claims, expect, key};

#[test]
fn every_algorithm_signs_what_its_published_key_verifies() {
    for alg in Alg::ALL {
        let key = SigningKey::generate(alg).unwrap();
        let published = serde_json::to_string(key.public().jwk()).unwrap();
        let read: Jwk = serde_json::from_str(&published).unwrap();
        let keys: Keys = [PublicKey::from_jwk(&read).unwrap()].into_iter().collect();
        let token = sign::<AccessToken, _>(&key, &claims()).unwrap();
        let verified = verify::<AccessToken, Value>(&token, &keys, &expect()).unwrap();
        assert_eq!((verified.kid(), verified.alg()), (key.kid(), alg));
        assert_eq!(key.kid(), read.thumbprint());
    }
}

#[test]
fn es256_signatures_are_sixty_four_bytes() {
    assert_eq!(key().sign(b"message").unwrap().len(), 64);
}

#[test]
fn a_key_survives_its_pkcs8_form() {
    for alg in Alg::ALL {
        let key = SigningKey::generate(alg).unwrap();
        let again = SigningKey::from_pkcs8(alg, &key.to_pkcs8()).unwrap();
        assert_eq!(key.public().jwk(), again.public().jwk());
    }
}

#[test]
fn debug_of_a_signing_key_shows_no_secret() {
    let key = key();
    let shown = format!("{key:?}");
    assert!(shown.contains(key.kid()) && shown.len() < 120, "{shown}");
}

#[test]
fn refuses_a_jwk_with_private_members_and_says_so() {
    let mut jwk = serde_json::to_value(key().public().jwk()).unwrap();
    jwk["d"] = json!("c2VjcmV0LXNlY3JldA");
    let error = serde_json::from_value::<Jwk>(jwk.clone()).unwrap_err().to_string();
    assert!(error.contains("private member `d`") && !error.contains("c2VjcmV0"), "{error}");
    let error = serde_json::from_value::<JwkSet>(json!({"keys": [jwk]})).unwrap_err().to_string();
    assert!(error.contains("private member `d`"), "{error}");
    let symmetric = json!({"kty": "oct", "k": "c2VjcmV0"});
    assert!(serde_json::from_value::<Jwk>(symmetric).unwrap_err().to_string().contains("private member `k`"));
}

#[test]
fn a_set_passes_over_keys_of_other_kinds_and_uses() {
    let ours = serde_json::to_value(key().public().jwk()).unwrap();
    let mut for_encryption = serde_json::to_value(key().public().jwk()).unwrap();
    for_encryption["use"] = json!("enc");
    let set: JwkSet = serde_json::from_value(json!({"keys": [
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}, {"kty": "AKP", "pub": "AA"}, for_encryption, ours]}))
    .unwrap();
    assert_eq!(Keys::from_set(&set).len(), 1);
}

#[test]
fn an_rsa_key_without_alg_serves_both_paddings() {
    let key = SigningKey::generate(Alg::Ps256).unwrap();
    let mut jwk = key.public().jwk().clone();
    jwk.alg = None;
    let keys = Keys::from_set(&JwkSet { keys: vec![jwk] });
    let token = sign::<AccessToken, _>(&key, &claims()).unwrap();
    assert!(verify::<AccessToken, Value>(&token, &keys, &expect()).is_ok());
}

#[test]
fn refuses_weak_and_broken_keys() {
    let refused = |value: Value| {
        let jwk: Jwk = serde_json::from_value(value).unwrap();
        PublicKey::from_jwk(&jwk).unwrap_err()
    };
    let modulus = |bytes: usize| chancery_jose::b64(&vec![0xff; bytes]);
    assert_eq!(refused(json!({"kty": "RSA", "n": modulus(128), "e": "AQAB"})), KeyError::Weak);
    assert_eq!(refused(json!({"kty": "RSA", "n": modulus(256), "e": "AQ"})), KeyError::Weak);
    assert_eq!(refused(json!({"kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43)})), KeyError::Weak);
    let order_eight = unb64("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU").unwrap();
    assert_eq!(order_eight.len(), 32);
    let order_eight = chancery_jose::b64(&order_eight);
    assert_eq!(refused(json!({"kty": "OKP", "crv": "Ed25519", "x": order_eight})), KeyError::Weak);
    let off_curve = json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)});
    assert_eq!(refused(off_curve), KeyError::Invalid);
    let encryption = json!({"kty": "RSA", "n": modulus(256), "e": "AQAB", "alg": "RSA-OAEP"});
    assert_eq!(refused(encryption), KeyError::Unsupported);
    assert!(SigningKey::from_pkcs8(Alg::Es256, b"nonsense").is_err());
}
