//! Parameters: RFC 6749 §3.1, §3.2 and Appendix B.

use chancery_oauth::params::{MAX_BODY, MAX_COUNT, MAX_VALUE, SECRETS};
use chancery_oauth::{OAuthError, ParamError, Params, REPEATABLE};

fn form(body: &str) -> Result<Params<'_>, ParamError> {
    Params::parse_form(body.as_bytes(), REPEATABLE)
}

fn json(body: &str) -> Result<Params<'_>, ParamError> {
    Params::parse_json(body.as_bytes(), REPEATABLE)
}

/// Reads a form and expects this value of `k`.
fn check(body: &str, expected: Option<&str>) {
    assert_eq!(form(body).unwrap().get("k"), expected, "{body}");
}

#[test]
fn reads_what_appendix_b_writes() {
    check("k=v", Some("v"));
    check("a=1&k=v&b=2", Some("v"));
    check("k=a+b", Some("a b"));
    check("k=a%2Bb%20c", Some("a+b c"));
    check("k=+%25%26%2B%C2%A3%E2%82%AC", Some(" %&+£€"));
    check("%6B=v", Some("v"));
    check("k=a=b", Some("a=b"));
    check("k=€", Some("€"));
    check("&&k=v&", Some("v"));
    check("x=1", None);
    check("", None);
}

#[test]
fn a_parameter_without_a_value_counts_as_absent() {
    check("k=", None);
    check("k", None);
    assert!(form("client_secret=").unwrap().secret("client_secret").is_none());
}

fn refused(body: &str, expected: ParamError) {
    assert_eq!(form(body).unwrap_err(), expected, "{body}");
}

#[test]
fn refuses_broken_encodings() {
    for body in ["k=%", "k=%2", "k=%zz", "k=%+1", "k=%ff", "k=%C0%AF", "k=%ED%A0%80", "k=%00", "k=\0"] {
        refused(body, ParamError::Malformed("k".into()));
    }
    assert!(Params::parse_form(b"k=\xff", REPEATABLE).is_err());
}

#[test]
fn refuses_repetition_except_where_an_rfc_allows_it() {
    refused("client_id=a&client_id=a", ParamError::Repeated("client_id".into()));
    refused("code=a&%63ode=b", ParamError::Repeated("code".into()));
    refused("k=&k=v", ParamError::Repeated("k".into()));
    let params = form("resource=a&resource=b&audience=c&audience=d").unwrap();
    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(params.all("audience").collect::<Vec<_>>(), ["c", "d"]);
    assert!(Params::parse_query("resource=a&resource=b", &[]).is_err());
}

#[test]
fn refuses_floods() {
    refused(&format!("k={}", "a".repeat(MAX_BODY)), ParamError::TooLarge);
    refused(&format!("k={}", "a".repeat(MAX_VALUE + 1)), ParamError::ValueTooLong("k".into()));
    assert!(form(&format!("k={}", "a".repeat(MAX_VALUE))).is_ok());
    let many = |n: usize| (0..n).map(|i| format!("k{i}=v&")).collect::<String>();
    assert!(form(&many(MAX_COUNT)).is_ok());
    refused(&many(MAX_COUNT + 1), ParamError::TooMany);
    refused(&"resource=a&".repeat(MAX_COUNT + 1), ParamError::TooMany);
}

#[test]
fn credentials_come_out_as_secrets_only() {
    for name in SECRETS {
        let body = format!("{name}=hunter%2B2");
        let params = form(&body).unwrap();
        assert_eq!(params.get(name), None);
        assert_eq!(params.secret(name).unwrap().expose(), "hunter+2");
        assert!(!format!("{params:?}").contains("hunter"), "{params:?}");
    }
    assert!(form("k=v").unwrap().secret("k").is_none());
}

#[test]
fn what_is_missing_is_named() {
    let error = form("a=b").unwrap().require("grant_type").unwrap_err();
    assert_eq!(error.to_string(), "invalid_request: parameter grant_type is missing");
}

#[test]
fn a_hostile_name_is_cut_and_cleaned_in_the_error() {
    let name = format!("\"\\\u{202e}{}", "x".repeat(500));
    let error = OAuthError::from(form(&format!("{name}=1&{name}=2")).unwrap_err());
    assert!(error.description().len() < 120 && error.description().is_ascii());
    assert!(!error.description().contains(['"', '\\']));
}

#[test]
fn json_bodies_read_the_same() {
    let params =
        json(r#"{"grant_type":"x","n":300,"b":true,"none":null,"code":"s\u0065c","resource":["a","b"]}"#)
            .unwrap();
    assert_eq!(
        (params.get("grant_type"), params.get("n"), params.get("b")),
        (Some("x"), Some("300"), Some("true"))
    );
    assert_eq!(params.get("none"), None);
    assert_eq!(params.secret("code").unwrap().expose(), "sec");
    assert_eq!(params.all("resource").count(), 2);
}

#[test]
fn json_bodies_are_refused_when_they_are_not_flat_objects() {
    for body in [
        "",
        "[]",
        "\"a\"",
        "{",
        "{\"a\":{}}",
        "{\"a\":[[]]}",
        "{\"a\":[1]}",
        "{}x",
        "{\"a\":1.5}",
        "{\"a\":\"b\",}",
    ] {
        assert_eq!(json(body).unwrap_err(), ParamError::NotAnObject, "{body}");
    }
    assert_eq!(json(r#"{"a":"1","\u0061":"2"}"#).unwrap_err(), ParamError::Repeated("a".into()));
    assert_eq!(json(r#"{"a":["1","2"]}"#).unwrap_err(), ParamError::Repeated("a".into()));
    assert_eq!(
        json(r#"{"resource":"1","resource":"2"}"#).unwrap_err(),
        ParamError::Repeated("resource".into())
    );
    assert_eq!(json(r#"{"a":"\u0000"}"#).unwrap_err(), ParamError::Malformed("a".into()));
    assert!(json(&"[".repeat(60_000)).is_err());
}
