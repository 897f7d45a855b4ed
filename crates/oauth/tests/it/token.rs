//! Requests at the token endpoint, and its answers.

use chancery_kernel::{ScopeSet, Seconds, Secret};
use chancery_model::GrantType;
use chancery_oauth::{Exchange, Params, REPEATABLE, TokenAnswer, TokenKind, TokenRequest, TokenType};

const EXCHANGE: &str = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

fn read(body: &str) -> Result<TokenRequest, String> {
    let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
    TokenRequest::read(&params).map_err(|e| e.code.as_str().to_owned())
}

fn exchange(rest: &str) -> Exchange {
    match read(&format!("{EXCHANGE}&subject_token=s&subject_token_type={ACCESS}&{rest}")).unwrap() {
        TokenRequest::TokenExchange(exchange) => exchange,
        other => panic!("{other:?}"),
    }
}

fn check(body: &str, expected: &str) {
    assert_eq!(read(body).unwrap_err(), expected, "{body}");
}

#[test]
fn each_grant_reads_its_parameters() {
    for (body, grant) in [
        ("grant_type=authorization_code&code=c", GrantType::AuthorizationCode),
        ("grant_type=refresh_token&refresh_token=r", GrantType::RefreshToken),
        ("grant_type=client_credentials", GrantType::ClientCredentials),
        (&format!("{EXCHANGE}&subject_token=s&subject_token_type={ACCESS}"), GrantType::TokenExchange),
        ("grant_type=urn:openid:params:grant-type:ciba&auth_req_id=a", GrantType::Ciba),
    ] {
        assert_eq!(read(body).unwrap().grant(), grant);
    }
}

#[test]
fn a_code_comes_with_what_it_is_bound_to() {
    let body = "grant_type=authorization_code&code=c&code_verifier=v&redirect_uri=https%3A%2F%2Fa.example%2Fcb&resource=https%3A%2F%2Fapi.example";
    let Ok(TokenRequest::AuthorizationCode { code, redirect_uri, verifier, resource }) = read(body) else {
        panic!("not read")
    };
    assert_eq!((code.expose(), verifier.unwrap().expose()), ("c", "v"));
    assert_eq!(redirect_uri.as_deref(), Some("https://a.example/cb"));
    assert_eq!(resource.as_deref(), Some("https://api.example"));
}

#[test]
fn an_exchange_reads_targets_and_types() {
    let read = exchange(&format!(
        "audience=a&audience=b&scope=x+y&requested_token_type={ACCESS}&actor_token=t&actor_token_type=urn:ietf:params:oauth:token-type:jwt"
    ));
    assert_eq!(read.audience, ["a", "b"]);
    assert_eq!(read.scope.unwrap().to_string(), "x y");
    assert_eq!(read.requested_token_type, Some(TokenType::AccessToken));
    assert_eq!(read.actor.unwrap().1, TokenType::Jwt);
    assert!(exchange("").actor.is_none());
}

#[test]
fn an_empty_scope_is_no_scope() {
    assert!(exchange("scope=").scope.is_none());
    assert!(exchange("scope=%20%20").scope.is_none());
}

#[test]
fn errors_are_those_of_the_rfcs() {
    check("", "invalid_request");
    check("grant_type=", "invalid_request");
    for grant in ["password", "implicit", "Authorization_code", "authorization_code+"] {
        check(&format!("grant_type={grant}&username=u&password=p"), "unsupported_grant_type");
    }
    check("grant_type=authorization_code", "invalid_request");
    check("grant_type=refresh_token", "invalid_request");
    check(EXCHANGE, "invalid_request");
    check(&format!("{EXCHANGE}&subject_token=s"), "invalid_request");
    check(&format!("{EXCHANGE}&subject_token_type={ACCESS}"), "invalid_request");
    check(&format!("{EXCHANGE}&subject_token=s&subject_token_type=jwt"), "invalid_request");
    let whole = format!("{EXCHANGE}&subject_token=s&subject_token_type={ACCESS}");
    check(&format!("{whole}&actor_token=a"), "invalid_request");
    check(&format!("{whole}&actor_token_type={ACCESS}"), "invalid_request");
    check(&format!("{whole}&actor_token=a&actor_token_type=nonsense"), "invalid_request");
    check(&format!("{whole}&requested_token_type=urn:ietf:params:oauth:token-type:saml2"), "invalid_request");
    check(&format!("{whole}&scope=a%22b"), "invalid_scope");
    check("grant_type=client_credentials&scope=%0a", "invalid_scope");
    check("grant_type=client_credentials&audience=a&audience=b", "invalid_target");
}

#[test]
fn one_resource_per_token_in_its_full_form() {
    for (resource, fine) in [
        ("https://api.example/trips", true),
        ("https://api.example", true),
        ("urn:example:ledger", true),
        ("https://api.example/?q=1", true),
        ("https://api.example/%23fragment", false),
        ("api.example", false),
        ("/trips", false),
        ("https:", false),
        (":a", false),
        ("1http://a", false),
        ("https://api.example/a b", false),
        ("https://api.example/\\a", false),
    ] {
        let body = format!("grant_type=client_credentials&resource={resource}");
        assert_eq!(read(&body).is_ok(), fine, "{resource}");
    }
    check("grant_type=client_credentials&resource=urn:a&resource=urn:b", "invalid_target");
    check("grant_type=client_credentials&resource=urn:a&resource=urn:a", "invalid_target");
    check(&format!("grant_type=client_credentials&resource=urn:{}", "a".repeat(3_000)), "invalid_target");
}

#[test]
fn a_scope_flood_is_refused() {
    check(&format!("grant_type=client_credentials&scope={}", "a+".repeat(8_000)), "invalid_scope");
}

#[test]
fn answers_say_what_was_given() {
    let mut answer = TokenAnswer::bearer(Secret::new("eyJ"), Seconds(300), ScopeSet::parse("b a").unwrap());
    let json = |answer: &TokenAnswer| serde_json::to_string(answer).unwrap();
    assert_eq!(
        json(&answer),
        r#"{"access_token":"eyJ","token_type":"Bearer","expires_in":300,"scope":"a b"}"#
    );
    answer.token_type = TokenKind::NotApplicable;
    answer.refresh_token = Some(Secret::new("chr_1"));
    answer.id_token = Some(Secret::new("eyK"));
    answer.issued_token_type = Some(TokenType::AccessToken);
    assert_eq!(
        json(&answer),
        r#"{"access_token":"eyJ","token_type":"N_A","expires_in":300,"scope":"a b","refresh_token":"chr_1","id_token":"eyK","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#
    );
    assert!(!format!("{answer:?}").contains("ey"), "a debugged answer shows no token");
}

#[test]
fn token_types_are_the_names_of_rfc_8693() {
    for kind in TokenType::ALL {
        assert_eq!(TokenType::parse(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        assert!(kind.as_str().starts_with("urn:ietf:params:oauth:token-type:"));
    }
}
