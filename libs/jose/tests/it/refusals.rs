use aws_lc_rs::hmac;
use chancery_jose::{
    AccessToken, Alg, ClientAssertion, Expect, Keys, Reject, SigningKey, b64, decode_unverified, sign, verify,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{AUDIENCE, ISSUER, NOW, claims, claims_with, expect, key, keys, raw};

fn reject(token: &str, keys: &Keys) -> Reject {
    verify::<AccessToken, Value>(token, keys, &expect()).unwrap_err()
}

/// The refusal of a token with these claims changed.
fn with(changes: Value) -> Option<Reject> {
    let key = key();
    let token = sign::<AccessToken, _>(&key, &claims_with(changes)).unwrap();
    verify::<AccessToken, Value>(&token, &keys(&key), &expect()).err()
}

#[test]
fn rejects_alg_none() {
    let payload = b64(claims().to_string().as_bytes());
    for alg in ["none", "None", "NONE"] {
        let header = b64(format!(r#"{{"alg":"{alg}","typ":"at+jwt"}}"#).as_bytes());
        assert_eq!(reject(&format!("{header}.{payload}."), &keys(&key())), Reject::AlgRefused);
    }
}

#[test]
fn rejects_hmac_with_the_public_key_as_secret() {
    let key = key();
    let public = serde_json::to_vec(key.public().jwk()).unwrap();
    let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{}"}}"#, key.kid());
    let signed = format!("{}.{}", b64(header.as_bytes()), b64(claims().to_string().as_bytes()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), signed.as_bytes());
    assert_eq!(reject(&format!("{signed}.{}", b64(tag.as_ref())), &keys(&key)), Reject::AlgRefused);
}

#[test]
fn rejects_algorithm_that_is_not_the_keys_own() {
    let key = SigningKey::generate(Alg::Rs256).unwrap();
    let header = format!(r#"{{"alg":"PS256","typ":"at+jwt","kid":"{}"}}"#, key.kid());
    assert_eq!(reject(&raw(&key, &header, &claims().to_string()), &keys(&key)), Reject::AlgRefused);
}

#[test]
fn rejects_token_with_unknown_crit() {
    let key = key();
    for crit in [r#"["b64"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","crit":{crit},"b64":true}}"#);
        assert_eq!(reject(&raw(&key, &header, &claims().to_string()), &keys(&key)), Reject::UnknownCrit);
    }
}

#[test]
fn ignores_a_key_the_token_brings_along() {
    let (ours, theirs) = (key(), key());
    let jwk = serde_json::to_string(theirs.public().jwk()).unwrap();
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","jwk":{jwk},"jku":"https://evil.example"}}"#);
    assert_eq!(reject(&raw(&theirs, &header, &claims().to_string()), &keys(&ours)), Reject::BadSignature);
}

#[test]
fn rejects_a_signature_of_another_shape() {
    let key = key();
    let keys = keys(&key);
    let good = sign::<AccessToken, _>(&key, &claims()).unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let raw = chancery_jose::unb64(signature).unwrap();
    let (r, s) = raw.split_at(32);
    let zero = [0_u8; 32];
    for (what, wrong) in [
        ("r alone", r.to_vec()),
        ("s and r", [s, r].concat()),
        ("r is zero", [&zero[..], s].concat()),
        ("s is zero", [r, &zero].concat()),
        ("all zero", [zero, zero].concat()),
        ("all ones", vec![0xff; 64]),
        ("one byte more", [r, s, &[0]].concat()),
        ("one byte before", [&[0_u8][..], r, s].concat()),
        ("nothing", Vec::new()),
    ] {
        let token = format!("{signed}.{}", b64(&wrong));
        assert_eq!(reject(&token, &keys), Reject::BadSignature, "{what}");
    }
}

#[test]
fn reads_past_every_way_in_which_a_header_names_a_key() {
    let (ours, theirs) = (key(), key());
    let jwk = serde_json::to_value(theirs.public().jwk()).unwrap();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("kid", json!("../../../dev/null")),
        ("kid", json!("' or '1'='1")),
        ("kid", json!("")),
    ] {
        let mut header = json!({"alg": "ES256", "typ": "at+jwt"});
        header[name] = value;
        let by = |key: &SigningKey| raw(key, &header.to_string(), &claims().to_string());
        assert!(
            matches!(reject(&by(&theirs), &keys(&ours)), Reject::BadSignature | Reject::UnknownKey),
            "{header}"
        );
        let own = verify::<AccessToken, Value>(&by(&ours), &keys(&ours), &expect());
        assert_eq!(own.is_ok(), name != "kid", "{header}");
    }
}

#[test]
fn rejects_foreign_key_and_wrong_kid() {
    let (ours, theirs) = (key(), key());
    let foreign = sign::<AccessToken, _>(&theirs, &claims()).unwrap();
    assert_eq!(reject(&foreign, &keys(&ours)), Reject::UnknownKey);
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, ours.kid());
    assert_eq!(reject(&raw(&theirs, &header, &claims().to_string()), &keys(&ours)), Reject::BadSignature);
    assert_eq!(reject(&foreign, &Keys::default()), Reject::UnknownKey);
}

#[test]
fn without_kid_every_key_of_the_algorithm_is_tried() {
    let (one, two) = (key(), key());
    let both: Keys = [one.public().clone(), two.public().clone()].into_iter().collect();
    let token = raw(&two, r#"{"alg":"ES256","typ":"at+jwt"}"#, &claims().to_string());
    let verified = verify::<AccessToken, Value>(&token, &both, &expect()).unwrap();
    assert_eq!(verified.kid(), two.kid());
}

#[test]
fn rejects_names_that_stand_twice() {
    let key = key();
    let claims = claims().to_string();
    let twice = claims.replacen('{', r#"{"sub":"usr_2","#, 1);
    let header = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    assert_eq!(reject(&raw(&key, header, &twice), &keys(&key)), Reject::DuplicateMember);
    let escaped = claims.replacen('{', r#"{"\u0073ub":"usr_2","#, 1);
    assert_eq!(reject(&raw(&key, header, &escaped), &keys(&key)), Reject::DuplicateMember);
    let inside = claims.replacen('{', r#"{"act":{"sub":"a","sub":"b"},"#, 1);
    assert_eq!(reject(&raw(&key, header, &inside), &keys(&key)), Reject::DuplicateMember);
    let header = r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt"}"#;
    assert_eq!(reject(&raw(&key, header, &claims), &keys(&key)), Reject::DuplicateMember);
}

#[test]
fn rejects_malformed_and_overlong_tokens() {
    let key = key();
    let keys = keys(&key);
    let good = sign::<AccessToken, _>(&key, &claims()).unwrap();
    for bad in
        ["", "a", "a.b", "..", "a.b.c.d", &format!("{good}="), &format!("{good}.x"), &format!(" {good}")]
    {
        assert_eq!(reject(bad, &keys), Reject::Malformed, "{bad}");
    }
    assert_eq!(reject(&"a".repeat(16 * 1024 + 1), &keys), Reject::TooLong);
    let header = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    assert_eq!(reject(&raw(&key, header, "[1]"), &keys), Reject::Malformed);
    assert_eq!(reject(&raw(&key, header, r#"{"exp":"soon"}"#), &keys), Reject::Malformed);
    assert_eq!(reject(&raw(&key, header, r#"{"exp":1e300}"#), &keys), Reject::Malformed);
    assert_eq!(reject(&raw(&key, "[]", "{}"), &keys), Reject::Malformed);
}

#[test]
fn checks_issuer_and_audience_byte_for_byte() {
    assert_eq!(with(json!({})), None);
    assert_eq!(with(json!({"iss": format!("{ISSUER}/")})), Some(Reject::WrongIssuer));
    assert_eq!(with(json!({"iss": null})), Some(Reject::MissingClaim("iss")));
    for aud in
        ["https://crm.example/", "https://CRM.example", "https://crm.example.evil.example", "crm.example"]
    {
        assert_eq!(with(json!({ "aud": aud })), Some(Reject::WrongAudience), "{aud}");
    }
    assert_eq!(with(json!({"aud": ["https://other.example", AUDIENCE]})), None);
    assert_eq!(with(json!({"aud": []})), Some(Reject::WrongAudience));
    assert_eq!(with(json!({"aud": null})), Some(Reject::MissingClaim("aud")));
}

#[test]
fn checks_times_with_leeway() {
    assert_eq!(with(json!({"exp": NOW - 5})), Some(Reject::Expired));
    assert_eq!(with(json!({"exp": NOW - 4})), None);
    assert_eq!(with(json!({"exp": NOW as f64 - 4.5})), Some(Reject::Expired));
    assert_eq!(with(json!({"exp": null})), Some(Reject::MissingClaim("exp")));
    assert_eq!(with(json!({"nbf": NOW + 6})), Some(Reject::NotYetValid));
    assert_eq!(with(json!({"nbf": NOW + 5})), None);
    assert_eq!(with(json!({"iat": NOW + 6})), Some(Reject::IssuedInFuture));
    assert_eq!(with(json!({"jti": null})), Some(Reject::MissingClaim("jti")));
    assert_eq!(with(json!({"jti": ""})), Some(Reject::MissingClaim("jti")));
}

#[test]
fn a_client_assertion_has_one_audience_and_five_minutes() {
    let key = key();
    let verdict = |changes: Value| {
        let token = sign::<ClientAssertion, _>(&key, &claims_with(changes)).unwrap();
        let expect = Expect { audiences: &["https://id.example", AUDIENCE], ..expect() };
        verify::<ClientAssertion, Value>(&token, &keys(&key), &expect).err()
    };
    assert_eq!(verdict(json!({})), None);
    assert_eq!(verdict(json!({"aud": [AUDIENCE]})), None);
    assert_eq!(verdict(json!({"aud": [AUDIENCE, "https://id.example"]})), Some(Reject::WrongAudience));
    assert_eq!(verdict(json!({"exp": NOW + 305})), None);
    assert_eq!(verdict(json!({"exp": NOW + 3_606})), Some(Reject::LifetimeTooLong));
    assert_eq!(verdict(json!({"jti": null})), Some(Reject::MissingClaim("jti")));
}

#[test]
fn reading_without_proof_still_refuses_bad_form() {
    let key = key();
    let token = sign::<ClientAssertion, _>(&key, &claims()).unwrap();
    let (header, claims) = decode_unverified::<Value>(&token).unwrap();
    assert_eq!((header.kid.as_deref(), claims["iss"].as_str()), (Some(key.kid()), Some(ISSUER)));
    assert_eq!(decode_unverified::<Value>("a.b.c").unwrap_err(), Reject::Malformed);
}

#[test]
fn refuses_to_sign_what_is_no_object_or_too_long() {
    let key = key();
    assert!(sign::<AccessToken, _>(&key, &"text").is_err());
    assert!(sign::<AccessToken, _>(&key, &json!({"x": "y".repeat(16 * 1024)})).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_one_byte_change_is_refused(position in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        use std::sync::LazyLock;
        static SIGNED: LazyLock<(String, Keys)> = LazyLock::new(|| {
            let key = key();
            (sign::<AccessToken, _>(&key, &claims()).unwrap(), keys(&key))
        });
        let (token, keys) = &*SIGNED;
        let at = position.index(token.len());
        prop_assume!(token.as_bytes()[at] != byte);
        let mut changed = token.clone().into_bytes();
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(verify::<AccessToken, Value>(&changed, keys, &expect()).is_err());
    }

    #[test]
    fn no_text_makes_the_parser_fall_over(text in "[A-Za-z0-9._=-]{0,80}|\\PC{0,60}") {
        prop_assert!(verify::<AccessToken, Value>(&text, &Keys::default(), &expect()).is_err());
    }
}
