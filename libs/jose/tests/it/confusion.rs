//! Part J 1 of the standards digest: feed each class of token to each verifier; only the diagonal passes.

use chancery_jose::{
    AccessToken, ClientAssertion, IdToken, Keys, LogoutToken, Purpose, Reject, RevocationFeed, SigningKey,
    sign, verify,
};
use serde_json::Value;

use crate::common::{claims, expect, key, keys, raw};

fn accepts<P: Purpose>(token: &str, keys: &Keys) -> bool {
    verify::<P, Value>(token, keys, &expect()).is_ok()
}

fn row(token: &str, keys: &Keys) -> [bool; 5] {
    [
        accepts::<AccessToken>(token, keys),
        accepts::<IdToken>(token, keys),
        accepts::<ClientAssertion>(token, keys),
        accepts::<RevocationFeed>(token, keys),
        accepts::<LogoutToken>(token, keys),
    ]
}

fn signed<P: Purpose>(key: &SigningKey) -> String {
    sign::<P, _>(key, &claims()).unwrap()
}

#[test]
fn only_the_diagonal_passes() {
    let key = key();
    let keys = keys(&key);
    assert_eq!(row(&signed::<AccessToken>(&key), &keys), [true, false, false, false, false]);
    // `JWT` is what old clients write on assertions, so type alone does not part these two; the keys do, for no
    // client signs with the issuer's key.
    assert_eq!(row(&signed::<IdToken>(&key), &keys), [false, true, true, false, false]);
    assert_eq!(row(&signed::<ClientAssertion>(&key), &keys), [false, false, true, false, false]);
    assert_eq!(row(&signed::<RevocationFeed>(&key), &keys), [false, false, false, true, false]);
    assert_eq!(row(&signed::<LogoutToken>(&key), &keys), [false, false, false, false, true]);
}

#[test]
fn foreign_classes_pass_nowhere() {
    let key = key();
    let keys = keys(&key);
    for typ in [
        "dpop+jwt",
        "oauth-id-jag+jwt",
        "secevent+jwt",
        "txntoken+jwt",
        "oauth-authz-req+jwt",
        "statuslist+jwt",
        "token-introspection+jwt",
        "text/at+jwt",
        "at+jwt ",
        "",
    ] {
        let token = raw(&key, &format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#), &claims().to_string());
        assert_eq!(row(&token, &keys), [false; 5], "{typ}");
        assert_eq!(verify::<AccessToken, Value>(&token, &keys, &expect()).unwrap_err(), Reject::WrongType);
    }
}

#[test]
fn typ_is_a_media_type() {
    let key = key();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let token = raw(&key, &format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#), &claims().to_string());
        assert!(accepts::<AccessToken>(&token, &keys(&key)), "{typ}");
    }
    let untyped = raw(&key, r#"{"alg":"ES256"}"#, &claims().to_string());
    assert_eq!(row(&untyped, &keys(&key)), [false, true, true, false, false]);
}
