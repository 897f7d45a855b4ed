//! Part J 1 of the standards digest: feed each class of token to each verifier; only the diagonal passes.

use chancery_jose::{
    AccessToken, ClientAssertion, IdToken, Introspection, Keys, LoginHint, LogoutToken, Purpose, Reject,
    RequestObject, RevocationFeed, SigningKey, Vapid, sign, verify,
};
use serde_json::Value;

use crate::common::{claims, expect, key, keys, raw};

fn accepts<P: Purpose>(token: &str, keys: &Keys) -> bool {
    verify::<P, Value>(token, keys, &expect()).is_ok()
}

/// The classes that take it.
fn takers(token: &str, keys: &Keys) -> Vec<&'static str> {
    let all = [
        ("access", accepts::<AccessToken>(token, keys)),
        ("id", accepts::<IdToken>(token, keys)),
        ("assertion", accepts::<ClientAssertion>(token, keys)),
        ("request", accepts::<RequestObject>(token, keys)),
        ("hint", accepts::<LoginHint>(token, keys)),
        ("vapid", accepts::<Vapid>(token, keys)),
        ("feed", accepts::<RevocationFeed>(token, keys)),
        ("introspection", accepts::<Introspection>(token, keys)),
        ("logout", accepts::<LogoutToken>(token, keys)),
    ];
    all.into_iter().filter(|(_, taken)| *taken).map(|(class, _)| class).collect()
}

fn signed<P: Purpose>(key: &SigningKey) -> String {
    sign::<P, _>(key, &claims()).unwrap()
}

/// What takes the type that old software writes on everything. Type alone does not part these; the keys do: the first
/// two are signed by the issuer and by clients, requests and hints by clients too, each with claims that the others lack
/// (`sub` and `iss` alike, `nbf`, `sub_id`), and the last by us for push services alone.
const PLAIN: [&str; 5] = ["id", "assertion", "request", "hint", "vapid"];

#[test]
fn only_the_diagonal_passes() {
    let key = key();
    let keys = keys(&key);
    for (token, class) in [
        (signed::<AccessToken>(&key), "access"),
        (signed::<ClientAssertion>(&key), "assertion"),
        (signed::<RequestObject>(&key), "request"),
        (signed::<LoginHint>(&key), "hint"),
        (signed::<RevocationFeed>(&key), "feed"),
        (signed::<Introspection>(&key), "introspection"),
        (signed::<LogoutToken>(&key), "logout"),
    ] {
        assert_eq!(takers(&token, &keys), [class]);
    }
    assert_eq!(takers(&signed::<IdToken>(&key), &keys), PLAIN);
    assert_eq!(takers(&signed::<Vapid>(&key), &keys), PLAIN);
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
        "statuslist+jwt",
        "wit+jwt",
        "openid4vci-proof+jwt",
        "text/at+jwt",
        "at+jwt ",
        "",
    ] {
        let token = raw(&key, &format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#), &claims().to_string());
        assert!(takers(&token, &keys).is_empty(), "{typ}");
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
    assert_eq!(takers(&untyped, &keys(&key)), ["id", "assertion", "request", "hint"]);
}
