//! Statuses against the texts (standards, part I), and bodies and headers as RFC 6749 §5.2 and RFC 6750 §3 want them.

use chancery_oauth::error::{basic_challenge, bearer_challenge, sanitized};
use chancery_oauth::{ErrorCode, OAuthError};

/// Written down from the RFCs, not from the code.
const STATUSES: &[(&str, u16)] = &[
    ("invalid_request", 400),
    ("invalid_client", 401),
    ("invalid_grant", 400),
    ("unauthorized_client", 400),
    ("unsupported_grant_type", 400),
    ("invalid_scope", 400),
    ("access_denied", 400),
    ("unsupported_response_type", 400),
    ("server_error", 500),
    ("temporarily_unavailable", 503),
    ("too_many_requests", 429),
    ("invalid_token", 401),
    ("insufficient_scope", 403),
    ("insufficient_user_authentication", 401),
    ("unsupported_token_type", 400),
    ("invalid_target", 400),
    ("invalid_authorization_details", 400),
    ("interaction_required", 400),
    ("login_required", 400),
    ("account_selection_required", 400),
    ("consent_required", 400),
    ("invalid_request_uri", 400),
    ("invalid_request_object", 400),
    ("request_not_supported", 400),
    ("request_uri_not_supported", 400),
    ("registration_not_supported", 400),
    ("unmet_authentication_requirements", 400),
    ("authorization_pending", 400),
    ("slow_down", 400),
    ("expired_token", 400),
    ("transaction_failed", 400),
    ("unknown_user_id", 400),
    ("expired_login_hint_token", 400),
    ("missing_user_code", 400),
    ("invalid_user_code", 400),
    ("invalid_binding_message", 400),
];

#[test]
fn every_code_has_the_status_of_its_rfc() {
    let ours: Vec<(&str, u16)> = ErrorCode::ALL.iter().map(|c| (c.as_str(), c.status())).collect();
    assert_eq!(ours, STATUSES);
}

#[test]
fn a_refusal_may_name_its_event_in_the_body_and_never_in_a_redirect() {
    let error = OAuthError::new(ErrorCode::AccessDenied, "no").with_event("evt_1".to_owned());
    assert_eq!(error.to_json(), r#"{"error":"access_denied","error_description":"no","event":"evt_1"}"#);
    assert_eq!(error.pairs().len(), 2);
}

#[test]
fn the_body_has_what_is_there_and_nothing_else() {
    let error = OAuthError::new(ErrorCode::InvalidGrant, "the code was used before");
    assert_eq!(
        error.to_json(),
        r#"{"error":"invalid_grant","error_description":"the code was used before"}"#
    );
    let error = OAuthError::new(ErrorCode::AccessDenied, "")
        .with_uri("https://id.example/help")
        .with_reason("approval_required");
    assert_eq!(
        error.to_json(),
        r#"{"error":"access_denied","error_uri":"https://id.example/help","reason":"approval_required"}"#
    );
}

fn check(raw: &str, expected: &str) {
    assert_eq!(sanitized(raw.to_owned().into()), expected);
}

#[test]
fn descriptions_keep_to_the_characters_of_rfc_6749() {
    check("plain text, 100%!", "plain text, 100%!");
    check("say \"no\"", "say 'no'");
    check("a\\b", "a/b");
    check("line\r\nSet-Cookie: x", "line  Set-Cookie: x");
    check("Zoë \u{202e}", "Zo? ?");
    assert_eq!(sanitized("x".repeat(5_000).into()).len(), 512);
    let allowed = |b: u8| (0x20..=0x7e).contains(&b) && b != 0x22 && b != 0x5c;
    for c in (0..=0x2ff).filter_map(char::from_u32) {
        assert!(sanitized(c.to_string().into()).bytes().all(allowed), "{c:?}");
    }
}

#[test]
fn challenges_cannot_be_broken_out_of() {
    assert_eq!(basic_challenge("id.example"), "Basic realm=\"id.example\"");
    assert_eq!(bearer_challenge("id.example"), "Bearer realm=\"id.example\"");
    let error = OAuthError::new(ErrorCode::InvalidToken, "expired\", scope=\"admin");
    assert_eq!(
        error.bearer_challenge("a\"b"),
        "Bearer realm=\"a'b\", error=\"invalid_token\", error_description=\"expired', scope='admin\""
    );
}
