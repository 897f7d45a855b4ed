use std::sync::Arc;

use chancery_client::{Client, ClientAuth, ClientError, HttpOptions};
use chancery_jose::{Alg, ClientAssertion, Expect, Keys, SigningKey, verify};
use serde_json::{Value, json};

use crate::issuer;

#[tokio::test]
async fn client_credentials_name_resource_and_scope() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    let tokens = client.client_credentials("https://crm.example", "crm.read").await.unwrap();
    assert_eq!((tokens.access_token.expose(), tokens.expires_in), ("at-1", Some(300)));
    let form = issuer.asked().form;
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!((form["resource"].as_str(), form["scope"].as_str()), ("https://crm.example", "crm.read"));
    assert_eq!(form["client_id"], "cli_1");
    client.client_credentials(None, None).await.unwrap();
    assert!(!issuer.asked().form.contains_key("resource"));
}

#[tokio::test]
async fn each_way_of_authentication_stands_where_it_belongs() {
    let issuer = issuer::start().await;
    let (client_id, secret) = ("cli 1".to_owned(), "a+b%".into());
    let basic = issuer.client(ClientAuth::SecretBasic { client_id, secret }).await;
    basic.client_credentials(None, None).await.unwrap();
    // "cli+1:a%2Bb%25"
    assert_eq!(issuer.asked().authorization.as_deref(), Some("Basic Y2xpKzE6YSUyQmIlMjU="));
    assert!(!issuer.asked().form.contains_key("client_secret"));

    let (client_id, secret) = ("cli_1".to_owned(), "a+b%".into());
    let post = issuer.client(ClientAuth::SecretPost { client_id, secret }).await;
    post.client_credentials(None, None).await.unwrap();
    assert_eq!((issuer.asked().form["client_secret"].as_str(), issuer.asked().authorization), ("a+b%", None));

    let key = Arc::new(SigningKey::generate(Alg::EdDsa).unwrap());
    let auth = ClientAuth::PrivateKeyJwt { client_id: "cli_1".into(), key: Arc::clone(&key) };
    let client = issuer.client(auth).await;
    client.client_credentials(None, None).await.unwrap();
    let assertion = issuer.asked().form["client_assertion"].clone();
    let keys: Keys = [key.public().clone()].into_iter().collect();
    let expect = Expect { issuer: Some("cli_1"), audiences: &[&issuer.url], now: issuer::now(), leeway: 5 };
    let claims = verify::<ClientAssertion, Value>(&assertion, &keys, &expect).unwrap();
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("cli_1"), &json!(issuer.url)));
    client.client_credentials(None, None).await.unwrap();
    assert_ne!(issuer.asked().form["client_assertion"], assertion, "an assertion is used once");
}

#[tokio::test]
async fn exchange_follows_rfc_8693() {
    const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    client.exchange("person", "https://crm.example", "crm.read").await.unwrap();
    let form = issuer.asked().form;
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:token-exchange");
    assert_eq!(
        (form["subject_token"].as_str(), form["subject_token_type"].as_str()),
        ("person", ACCESS_TOKEN)
    );
    assert!(!form.contains_key("actor_token_type"));
    client.exchange_as("person", "agent", None, None).await.unwrap();
    let form = issuer.asked().form;
    assert_eq!((form["actor_token"].as_str(), form["actor_token_type"].as_str()), ("agent", ACCESS_TOKEN));
}

#[tokio::test]
async fn a_refusal_names_code_reason_and_mend() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    issuer.answers(
        400,
        json!({"error": "invalid_target", "error_description": "no such application",
        "error_uri": "https://id.example/docs", "approval_id": "apr_1"}),
    );
    let refused = client.exchange("person", "https://nowhere.example", None).await.unwrap_err();
    assert_eq!(refused.code(), Some("invalid_target"));
    let text = refused.to_string();
    assert!(text.contains("no such application") && text.contains("connected to"), "{text}");
    let ClientError::Refused { status, uri, details, .. } = refused else { panic!("{refused}") };
    assert_eq!((status, uri.as_deref()), (400, Some("https://id.example/docs")));
    assert_eq!(details["approval_id"], "apr_1");
    issuer.answers(502, json!("no object"));
    let odd = client.client_credentials(None, None).await.unwrap_err();
    assert!(matches!(odd, ClientError::Unexpected { status: 502, .. }));
}

#[tokio::test]
async fn the_other_endpoints_are_asked_in_their_way() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    client.refresh("rt-1", None, None).await.unwrap();
    assert_eq!(issuer.asked().form["refresh_token"], "rt-1");
    issuer.answers(200, json!({"active": true, "sub": "usr_1"}));
    let found = client.introspect("at-1").await.unwrap();
    assert!(found.active && found.claims["sub"] == "usr_1");
    client.revoke("at-1").await.unwrap();
    assert_eq!(issuer.asked().form["token"], "at-1");
    assert_eq!(client.userinfo("at-1").await.unwrap()["saw"], "Bearer at-1");
}

#[tokio::test]
async fn discovery_wants_the_very_issuer_over_tls() {
    let issuer = issuer::start().await;
    let discover = |issuer: String| async move {
        let auth = ClientAuth::None { client_id: "cli_1".into() };
        Client::discover(&issuer, auth, HttpOptions::default()).await.unwrap_err()
    };
    assert!(matches!(discover(format!("{}/", issuer.url)).await, ClientError::OtherIssuer { .. }));
    assert!(matches!(discover("http://id.example".into()).await, ClientError::Insecure));
    assert!(matches!(discover("ftp://127.0.0.1".into()).await, ClientError::Insecure));
}

#[tokio::test]
async fn nothing_secret_shows_itself() {
    let issuer = issuer::start().await;
    let (client_id, secret) = ("cli_1".to_owned(), "hush-hush".into());
    let client = issuer.client(ClientAuth::SecretBasic { client_id, secret }).await;
    let tokens = client.client_credentials(None, None).await.unwrap();
    let shown = format!("{client:?} {tokens:?}");
    assert!(!shown.contains("hush-hush") && !shown.contains("at-1"), "{shown}");
}
