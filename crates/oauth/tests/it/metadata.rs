//! RFC 8414 and Discovery: nothing promised that is not served, and every address at which it is looked for.

use chancery_oauth::metadata::{Features, Metadata, endpoint, well_known_paths};
use serde_json::{Value, json};

fn document(issuer: &str) -> Value {
    let features = Features::default();
    serde_json::to_value(Metadata::for_issuer(issuer, &features)).unwrap()
}

#[test]
fn the_issuer_is_written_byte_for_byte() {
    for issuer in
        ["https://id.example", "https://id.example/", "https://id.example/t/acme", "http://localhost:8080"]
    {
        assert_eq!(document(issuer)["issuer"], issuer);
    }
}

#[test]
fn the_document_says_what_is_served() {
    let document = document("https://id.example/");
    for (member, expected) in [
        ("authorization_endpoint", json!("https://id.example/oauth2/authorize")),
        ("token_endpoint", json!("https://id.example/oauth2/token")),
        ("jwks_uri", json!("https://id.example/oauth2/keys")),
        ("userinfo_endpoint", json!("https://id.example/oauth2/userinfo")),
        ("introspection_endpoint", json!("https://id.example/oauth2/introspect")),
        ("revocation_endpoint", json!("https://id.example/oauth2/revoke")),
        ("end_session_endpoint", json!("https://id.example/oauth2/logout")),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query", "form_post"])),
        (
            "grant_types_supported",
            json!([
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "urn:openid:params:grant-type:ciba"
            ]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("id_token_signing_alg_values_supported", json!(["ES256", "EdDSA", "PS256", "RS256"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt", "client_secret_basic", "client_secret_post", "none"]),
        ),
        (
            "introspection_endpoint_auth_methods_supported",
            json!(["private_key_jwt", "client_secret_basic", "client_secret_post"]),
        ),
        ("introspection_signing_alg_values_supported", json!(["ES256", "EdDSA", "PS256", "RS256"])),
        ("subject_types_supported", json!(["public"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("request_uri_parameter_supported", json!(false)),
        ("backchannel_authentication_endpoint", json!("https://id.example/oauth2/bc-authorize")),
        ("backchannel_token_delivery_modes_supported", json!(["poll", "ping", "push"])),
        ("backchannel_user_code_parameter_supported", json!(false)),
        ("authorization_details_types_supported", json!(["agent_task"])),
        ("acr_values_supported", json!(["urn:chancery:loa:1", "urn:chancery:loa:2"])),
        ("actor_profile_token_types_supported", json!(["urn:ietf:params:oauth:token-type:access_token"])),
        ("entity_profiles_supported", json!({"actor": ["ai_agent"]})),
    ] {
        assert_eq!(document[member], expected, "{member}");
    }
}

#[test]
fn what_is_not_served_is_not_there_and_no_array_is_empty() {
    let document = document("https://id.example");
    for absent in [
        "registration_endpoint",
        "pushed_authorization_request_endpoint",
        "require_pushed_authorization_requests",
        "device_authorization_endpoint",
        "global_token_revocation_endpoint",
        "client_id_metadata_document_supported",
        "authorization_grant_profiles_supported",
        "identity_chaining_requested_token_types_supported",
        "dpop_signing_alg_values_supported",
        "tls_client_certificate_bound_access_tokens",
        "mtls_endpoint_aliases",
        "backchannel_logout_supported",
        "frontchannel_logout_supported",
        "check_session_iframe",
        "userinfo_signing_alg_values_supported",
        "id_token_encryption_alg_values_supported",
        "ui_locales_supported",
        "service_documentation",
        "signed_metadata",
    ] {
        assert!(document.get(absent).is_none(), "{absent}");
    }
    for (member, value) in document.as_object().unwrap() {
        assert!(value.as_array().is_none_or(|a| !a.is_empty()), "{member}");
    }
}

fn check(issuer: &str, expected: &[&str]) {
    assert_eq!(well_known_paths(issuer), expected, "{issuer}");
}

#[test]
fn both_documents_are_found_inserted_and_appended() {
    let bare = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    check("https://id.example", &bare);
    check("https://id.example/", &bare);
    check("http://localhost:8080/", &bare);
    let below = [
        "/.well-known/openid-configuration/t/acme",
        "/t/acme/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/t/acme",
        "/t/acme/.well-known/oauth-authorization-server",
    ];
    check("https://id.example/t/acme", &below);
    check("https://id.example/t/acme/", &below);
}

#[test]
fn endpoints_hang_below_the_issuer() {
    assert_eq!(
        endpoint("https://id.example/t/acme/", "/oauth2/token"),
        "https://id.example/t/acme/oauth2/token"
    );
}
