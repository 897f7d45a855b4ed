//! What the server says of itself (RFC 8414, OpenID Connect Discovery 1.0), and its keys.

use std::collections::BTreeSet;

use chancery_jose::{Alg, Jwk};
use serde_json::{Value, json};

use crate::world::{World, header};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test(flavor = "multi_thread")]
async fn both_documents_are_one_and_neither_host_nor_query_changes_it() {
    let w = World::start().await;
    let get = |path: &str| w.http.get(w.kit.url(path));
    let first = w.send(get(DISCOVERY)).await;
    assert_eq!((first.status, first.header("content-type")), (200, "application/json"));
    let forged = [
        get(OAUTH),
        get(&format!("{DISCOVERY}?client_id=x")),
        get(DISCOVERY).header("host", "evil.example"),
        get(DISCOVERY).header("x-forwarded-host", "evil.example").header("x-forwarded-proto", "https"),
        get(DISCOVERY).header("forwarded", "host=evil.example;proto=https"),
        get(OAUTH).header("host", "evil.example"),
    ];
    for request in forged {
        assert_eq!(w.send(request).await.text, first.text);
    }
    let said = &first.body;
    assert_eq!(said["issuer"], w.issuer());
    for (name, value) in said
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
    {
        assert!(value.as_str().unwrap().starts_with(w.issuer()), "{name}");
        let path = value.as_str().unwrap().strip_prefix(w.issuer()).unwrap();
        assert_ne!(w.send(get(path)).await.status, 404, "{name}");
    }
    assert_eq!(said["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(said["response_types_supported"], json!(["code"]));
    assert_eq!(said["authorization_response_iss_parameter_supported"], true);
    assert!(!said.as_object().unwrap().values().any(|value| *value == json!([])), "empty lists are left out");
    let link = w.http.get(w.kit.url("/oauth2/authorize?client_id=x")).header("host", "evil.example");
    assert!(!w.send(link).await.text.contains("evil.example"));
}

async fn kids(w: &World) -> BTreeSet<String> {
    let set = w.send(w.http.get(w.kit.url("/oauth2/keys"))).await;
    for key in set.body["keys"].as_array().unwrap() {
        let jwk: Jwk = serde_json::from_value(key.clone()).unwrap();
        assert_eq!(jwk.kid.as_deref(), Some(jwk.thumbprint().as_str()), "the kid is the thumbprint");
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|name| key.get(name).is_none()), "{key}");
        assert_eq!(key["use"], "sig");
    }
    set.body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_published_before_they_sign_and_old_ones_while_their_tokens_live() {
    let mut w = World::start().await;
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    let mut tokens: Vec<String> = Vec::new();
    let kid = |token: &str| header(token)["kid"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        let ahead = kids(&w).await;
        let token = w.token(&agent.client, &[("grant_type", "client_credentials")]).await.access();
        assert_eq!((&header(&token)["typ"], &header(&token)["alg"]), (&json!("at+jwt"), &json!("ES256")));
        assert!(ahead.contains(&kid(&token)) && tokens.iter().all(|earlier| kid(earlier) != kid(&token)));
        tokens.push(token);
        w.kit.running.platform.vault.rotate(Alg::Es256).await.unwrap();
        let after = w.token(&agent.client, &[("grant_type", "client_credentials")]).await.access();
        assert!(ahead.contains(&kid(&after)), "it was published ahead");
        for token in &tokens {
            assert!(w.alive(&app.guard, token).await, "old keys still verify");
            assert!(kids(&w).await.contains(&kid(token)));
        }
    }
    // Long after the last token that it signed, a key is gone.
    w.advance(900 + 3_600);
    w.kit.running.platform.vault.tick(Default::default()).await.unwrap();
    assert!(tokens.iter().all(|token| !tokens.is_empty() && !kid(token).is_empty()));
    let left = kids(&w).await;
    assert!(tokens.iter().all(|token| !left.contains(&kid(token))), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_gets_its_tokens_in_the_algorithm_it_reads() {
    let mut w = World::start().await;
    let agent = w.agent("sales").await;
    for alg in ["ES256", "EdDSA", "PS256", "RS256"] {
        let app = w.app(&alg.to_lowercase(), json!({"dual_subject": "agent_only", "alg": alg})).await;
        w.assign(&agent.id, &app, None).await;
        let fields = [("grant_type", "client_credentials"), ("resource", app.resource.as_str())];
        let token = w.token(&agent.client, &fields).await.access();
        let head: Value = header(&token);
        assert_eq!(head["alg"], alg);
        assert!(kids(&w).await.contains(head["kid"].as_str().unwrap()));
        assert!(w.alive(&app.guard, &token).await);
    }
}
