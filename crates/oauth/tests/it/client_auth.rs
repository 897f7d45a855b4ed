//! How clients present themselves: RFC 6749 §2.3, RFC 7521 §4.2, and the tricks.

use chancery_oauth::{Params, Presented, REPEATABLE};

const JWT: &str = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Method and client, or the error.
fn read(
    authorization: Option<&str>,
    query: &str,
    body: &str,
) -> Result<(&'static str, Option<String>), &'static str> {
    let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
    Presented::read(authorization, query, &params)
        .map(|p| (p.method().as_str(), p.client_id().map(str::to_owned)))
        .map_err(|e| e.code.as_str())
}

fn check(
    authorization: Option<&str>,
    body: &str,
    expected: Result<(&'static str, Option<&str>), &'static str>,
) {
    let expected = expected.map(|(method, id)| (method, id.map(str::to_owned)));
    assert_eq!(read(authorization, "", body), expected, "{authorization:?} {body}");
}

// "cli_1:s3cret", "cli_1:", "s3cret", ":s3cret", and bytes that are not UTF-8
const BASIC: &str = "Basic Y2xpXzE6czNjcmV0";
const EMPTY_SECRET: &str = "Basic Y2xpXzE6";
const NO_COLON: &str = "Basic czNjcmV0";
const NO_ID: &str = "Basic OnMzY3JldA==";
const NOT_TEXT: &str = "Basic /////w==";

#[test]
fn each_method_is_recognized() {
    check(Some(BASIC), "", Ok(("client_secret_basic", Some("cli_1"))));
    check(Some(&BASIC.replace("Basic", "bAsIc")), "", Ok(("client_secret_basic", Some("cli_1"))));
    check(None, "client_id=cli_1&client_secret=s", Ok(("client_secret_post", Some("cli_1"))));
    check(None, &format!("client_assertion=e.y.J&{JWT}"), Ok(("private_key_jwt", None)));
    check(
        None,
        &format!("client_assertion=e.y.J&{JWT}&client_id=cli_1"),
        Ok(("private_key_jwt", Some("cli_1"))),
    );
    check(None, "client_id=cli_1", Ok(("none", Some("cli_1"))));
    check(Some(BASIC), "client_id=cli_1", Ok(("client_secret_basic", Some("cli_1"))));
}

#[test]
fn an_empty_secret_proves_nothing() {
    check(Some(EMPTY_SECRET), "", Ok(("none", Some("cli_1"))));
    check(None, "client_id=cli_1&client_secret=", Ok(("none", Some("cli_1"))));
}

#[test]
fn more_than_one_method_is_refused() {
    check(Some(BASIC), "client_id=cli_1&client_secret=s", Err("invalid_request"));
    check(Some(BASIC), &format!("client_assertion=e.y.J&{JWT}"), Err("invalid_request"));
    check(
        None,
        &format!("client_id=cli_1&client_secret=s&client_assertion=e.y.J&{JWT}"),
        Err("invalid_request"),
    );
    check(Some(BASIC), "client_id=cli_2", Err("invalid_request"));
}

#[test]
fn halves_are_refused() {
    check(None, "", Err("invalid_client"));
    check(None, "client_secret=s", Err("invalid_request"));
    check(None, "client_assertion=e.y.J", Err("invalid_request"));
    check(None, JWT, Err("invalid_request"));
    check(
        None,
        "client_assertion=e.y.J&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        Err("invalid_client"),
    );
    for header in [NO_COLON, NO_ID, NOT_TEXT, "Basic", "Basic ", "Basic ???", "Bearer eyJ", "", "Digest x"] {
        check(Some(header), "", Err("invalid_client"));
    }
}

/// Secret as read from a header whose decoded form is `id:secret`.
fn secret(header: &str) -> String {
    let params = Params::parse_form(b"", REPEATABLE).unwrap();
    match Presented::read(Some(header), "", &params).unwrap() {
        Presented::Basic { secret, .. } => secret.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn encoded_and_plain_secrets_are_understood() {
    assert_eq!(secret("Basic Y2xpXzE6YSUyRmI="), "a/b", "a%2Fb");
    assert_eq!(secret("Basic Y2xpXzE6YS9i"), "a/b");
    assert_eq!(secret("Basic Y2xpXzE6MTAwJQ=="), "100%", "no encoding, taken as it stands");
    assert_eq!(secret("Basic Y2xpXzE6YTpi"), "a:b", "only the first colon parts");
}

#[test]
fn parameters_in_the_address_are_refused() {
    let body = "grant_type=client_credentials&client_id=cli_1&client_secret=s";
    for query in [
        "client_secret=s",
        "client_assertion=x",
        "client_id=cli_1",
        "grant_type=x",
        "code=c",
        "client_%73ecret=s",
    ] {
        assert_eq!(read(None, query, body), Err("invalid_request"), "{query}");
    }
    assert!(read(None, "utm_source=x", body).is_ok());
    assert_eq!(read(None, "a=1&a=2", body), Err("invalid_request"));
}

#[test]
fn nothing_secret_is_printed() {
    let params = Params::parse_form(b"client_id=cli_1&client_secret=hunter2", REPEATABLE).unwrap();
    let presented = Presented::read(None, "", &params).unwrap();
    assert!(!format!("{presented:?} {params:?}").contains("hunter2"));
}
