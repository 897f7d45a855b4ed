//! Requests at the authorization endpoint, in their two stages.

use chancery_oauth::{
    AuthorizeRequest, Callback, ErrorCode, OAuthError, Opening, Params, REPEATABLE, ResponseMode,
};

const BASE: &str = "client_id=cli_1&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&state=st\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn read(query: &str) -> Result<AuthorizeRequest, OAuthError> {
    AuthorizeRequest::read(&Params::parse_query(query, REPEATABLE).unwrap())
}

/// Adds to the good request, or replaces in it, and expects an error of the second stage.
fn check(change: &str, expected: &str) {
    let name = change.split('=').next().unwrap();
    let kept: Vec<&str> = BASE.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
    let query = format!("{}&{change}", kept.join("&"));
    assert_eq!(read(&query).map(|_| "fine").unwrap_or_else(|e| e.code.as_str()), expected, "{change}");
    assert!(
        Opening::read(&Params::parse_query(&query, REPEATABLE).unwrap()).is_ok(),
        "the first stage is fine"
    );
}

#[test]
fn a_good_request_is_read_whole() {
    let query = format!(
        "{BASE}&scope=openid+profile&nonce=n&prompt=login+consent&max_age=0&acr_values=a+b&login_hint=alice\
         &id_token_hint=e.y.J&ui_locales=de+en&display=popup&claims=%7B%22userinfo%22%3A%7B%7D%7D\
         &resource=https%3A%2F%2Fapi.example&response_mode=form_post&audience=https%3A%2F%2Fapi.example&unknown=x"
    );
    let request = read(&query).unwrap();
    assert_eq!(request.opening.client_id, "cli_1");
    assert_eq!(request.opening.redirect_uri.as_deref(), Some("https://app.example/cb"));
    assert_eq!(
        (request.opening.state.as_deref(), request.opening.response_mode),
        (Some("st"), ResponseMode::FormPost)
    );
    assert_eq!(request.scope.unwrap().to_string(), "openid profile");
    assert!(request.prompt.login && request.prompt.consent && !request.prompt.none);
    assert_eq!(request.max_age.unwrap().0, 0);
    assert_eq!((request.acr_values.len(), request.ui_locales.len()), (2, 2));
    assert_eq!(request.id_token_hint.unwrap().expose(), "e.y.J");
    assert!(request.claims.unwrap().contains_key("userinfo"));
    assert_eq!(request.resource, request.audience);
}

#[test]
fn the_first_stage_needs_a_client_and_judges_nothing_else() {
    let open = |query: &str| Opening::read(&Params::parse_query(query, REPEATABLE).unwrap());
    assert_eq!(open("redirect_uri=x").unwrap_err().code, ErrorCode::InvalidRequest);
    assert_eq!(
        open(&format!("client_id=c&redirect_uri={}", "a".repeat(3_000))).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    let opening = open("client_id=c&response_type=token&response_mode=nonsense&state=s").unwrap();
    assert_eq!((opening.redirect_uri, opening.response_mode), (None, ResponseMode::Query));
    assert_eq!(open(&format!("client_id=c&state={}", "s".repeat(3_000))).unwrap().state, None);
}

#[test]
fn errors_of_the_second_stage_are_those_of_the_texts() {
    check("response_type=", "invalid_request");
    for refused in ["token", "id_token", "code+token", "code+id_token", "none", "CODE"] {
        check(&format!("response_type={refused}"), "unsupported_response_type");
    }
    check("response_mode=fragment", "invalid_request");
    check("response_mode=jwt", "invalid_request");
    check("request=e.y.J", "request_not_supported");
    check("request_uri=urn:x", "request_uri_not_supported");
    check("registration=%7B%7D", "registration_not_supported");
    check("scope=a%22", "invalid_scope");
    check("resource=relative", "invalid_target");
    check("resource=urn:a&resource=urn:b", "invalid_target");
    check(&format!("state={}", "s".repeat(2_049)), "invalid_request");
    check(&format!("nonce={}", "n".repeat(513)), "invalid_request");
    for age in ["-1", "1.5", "x", "99999999999", "+1", "%201"] {
        check(&format!("max_age={age}"), "invalid_request");
    }
    for claims in ["x", "[]", "%7B", "1"] {
        check(&format!("claims={claims}"), "invalid_request");
    }
}

#[test]
fn pkce_cannot_be_stripped_or_weakened() {
    check("code_challenge=", "invalid_request");
    check("code_challenge_method=", "invalid_request");
    check("code_challenge_method=plain", "invalid_request");
    check("code_challenge_method=s256", "invalid_request");
    check("code_challenge=short", "invalid_request");
    check("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM%3D", "invalid_request");
}

#[test]
fn prompt_none_stands_alone() {
    check("prompt=none", "fine");
    check("prompt=login+consent+select_account", "fine");
    check("prompt=none+login", "invalid_request");
    check("prompt=login+none", "invalid_request");
    check("prompt=create", "invalid_request");
}

#[test]
fn callbacks_carry_state_and_issuer_whatever_they_say() {
    let opening = read(BASE).unwrap().opening;
    let code = Callback::code("https://id.example/", "https://app.example/cb?a=1", &opening, "chc_1");
    assert_eq!(code.url(), "https://app.example/cb?a=1&code=chc_1&state=st&iss=https%3A%2F%2Fid.example%2F");
    let error = OAuthError::new(ErrorCode::LoginRequired, "sign in first");
    let error = Callback::error("https://id.example/", "https://app.example/cb", &opening, &error);
    assert_eq!(
        error.url(),
        "https://app.example/cb?error=login_required&error_description=sign+in+first&state=st&iss=https%3A%2F%2Fid.example%2F"
    );
    assert_eq!(error.pairs.len(), 4);
}
