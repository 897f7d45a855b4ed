//! What the server says of itself (RFC 8414, OpenID Connect Discovery 1.0), and its keys.

use std::collections::BTreeSet;

use chancery_jose::{Alg, Expect, IdToken, Jwk, JwkSet, Keys, at_hash, verify};
use chancery_store::tables::signing_keys;
use chancery_store::{Db, log};
use chancery_vault::deployment;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{CALLBACK, Tokens, World, claims, header};

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
    assert_eq!(said["actor_profile_token_types_supported"], json!([crate::world::ACCESS_TOKEN]));
    assert_eq!(said["entity_profiles_supported"], json!({"actor": ["ai_agent"]}));
    assert!(!said.as_object().unwrap().values().any(|value| *value == json!([])), "empty lists are left out");
    let link = w.http.get(w.kit.url("/oauth2/authorize?client_id=x")).header("host", "evil.example");
    assert!(!w.send(link).await.text.contains("evil.example"));
}

/// RFC 9728 and OAuth Actor Profile for Delegation: what the document of the management API promises of delegated tokens.
#[tokio::test(flavor = "multi_thread")]
async fn the_management_api_says_whom_its_tokens_name_and_looks_at_both() {
    let mut w = World::start().await;
    let api = w.management();
    let document = w.send(w.http.get(w.kit.url("/.well-known/oauth-protected-resource/api/v1"))).await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/json"));
    let said = document.body;
    assert_eq!(
        (&said["resource"], &said["authorization_servers"]),
        (&json!(api.resource), &json!([w.issuer()]))
    );
    assert_eq!(said["bearer_methods_supported"], json!(["header"]));
    assert_eq!(
        (&said["actor_profile_required"], &said["dual_principal_authorization_supported"]),
        (&json!(true), &json!(true))
    );
    let (alice, agent) = (w.person("alice").await, w.agent("sales").await);
    let scopes = Some("requests.read");
    let of_agent = w.assign(&agent.id, &api, scopes).await;
    for whose in ["the person's", "the agent's"] {
        let of_person = w.assign(&alice.id, &api, scopes).await;
        let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
        let to = [("resource", api.resource.as_str()), ("scope", "requests.read")];
        let token = w.exchange(&agent.client, &subject, &to).await.access();
        let act = json!({"sub": agent.id, "iss": w.issuer(), "sub_profile": "ai_agent"});
        assert_eq!((&claims(&token)["sub"], &claims(&token)["act"]), (&json!(alice.id), &act));
        assert_eq!(w.get_with("/api/v1/requests", &token).await.status, 200);
        let taken = if whose == "the person's" { &of_person } else { &of_agent };
        w.delete(&format!("/api/v1/assignments/{taken}")).await;
        assert_eq!(w.get_with("/api/v1/requests", &token).await.status, 401, "{whose} part has ended");
    }
}

/// Standards §3: what is not the address to the byte is no address of the document.
#[tokio::test(flavor = "multi_thread")]
async fn no_other_spelling_of_the_address_leads_to_a_document() {
    let w = World::start().await;
    for path in [
        "/.well-known/openid-configuration/",
        "/.well-known/openid-configuration/t/acme",
        "/.well-known/oauth-authorization-server/https://evil.example",
        "/t/acme/.well-known/openid-configuration",
        "/.well-known/x/../openid-configuration",
        "/.well-known/../.well-known/openid-configuration",
        "/.well-known/./openid-configuration",
        "//.well-known/openid-configuration",
        "/.WELL-KNOWN/openid-configuration",
        "/.well-known/openid-configuration%2f",
        "/.well-known%2fopenid-configuration",
        "/%2e%2e/.well-known/openid-configuration",
        "/.well-known/trusted-issuers",
    ] {
        // As bytes: clients tidy such paths up before they ask.
        let mut stream = TcpStream::connect(w.kit.running.address).await.unwrap();
        let asked = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 404 ") && !said.contains("token_endpoint"), "{path}: {said}");
    }
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
    let kid = |token: &str| header(token)["kid"].as_str().unwrap().to_owned();
    let mut used = Vec::new();
    let vault = w.kit.running.platform.vault.clone();
    for _ in 0..3 {
        let ahead = kids(&w).await;
        w.advance(3_600);
        let token = w.token(&agent.client, &[("grant_type", "client_credentials")]).await.access();
        assert_eq!((&header(&token)["typ"], &header(&token)["alg"]), (&json!("at+jwt"), &json!("ES256")));
        assert!(ahead.contains(&kid(&token)) && !used.contains(&kid(&token)));
        vault.rotate(Alg::Es256).await.unwrap();
        let after = w.token(&agent.client, &[("grant_type", "client_credentials")]).await.access();
        assert!(ahead.contains(&kid(&after)), "it was published ahead");
        assert!(w.alive(&app.guard, &token).await, "old keys still verify");
        assert!(kids(&w).await.contains(&kid(&token)));
        used.push(kid(&token));
        // The key after the next one has only just been published.
        let refused = vault.rotate(Alg::Es256).await.unwrap_err();
        assert_eq!(refused.code, "next_key_too_young", "{refused:?}");
        let same = w.token(&agent.client, &[("grant_type", "client_credentials")]).await.access();
        assert_eq!(kid(&same), kid(&after));
    }
    // Long after the last token that it signed, a key is gone: also from the database, and the log says so.
    w.advance(900 + 3_600);
    vault.tick(Default::default()).await.unwrap();
    let left = kids(&w).await;
    assert!(used.iter().all(|kid| !left.contains(kid)), "{left:?}");
    let db = &w.kit.running.platform.db;
    let rows = db.read(signing_keys::all).await.unwrap();
    assert!(rows.iter().all(|row| !used.contains(&row.kid)));
    let deleted = of_keys(db, "signing_key_deleted").await;
    assert_eq!(BTreeSet::from_iter(deleted), BTreeSet::from_iter(used));
}

/// The keys that events of a kind name, in the order of the log.
pub async fn of_keys(db: &Db, name: &str) -> Vec<String> {
    let lines = db.read(|sql| log::entries(sql, deployment(), 1, usize::MAX)).await.unwrap();
    let kid = |line: log::Stored| {
        let entry: Value = serde_json::from_slice(&line.body).unwrap();
        (entry["kind"] == name).then(|| entry["data"]["kid"].as_str().unwrap().to_owned())
    };
    lines.into_iter().filter_map(kid).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_withdrawn_is_gone_at_once_and_the_next_one_signs_though_it_is_young() {
    let w = World::start().await;
    let (vault, db) = (w.kit.running.platform.vault.clone(), w.kit.running.platform.db.clone());
    let of = |state: &str| {
        let ring = vault.ring();
        let ours = ring.list().filter(|(_, alg, found)| *alg == Alg::Es256 && found.as_str() == state);
        ours.map(|(kid, ..)| kid.to_owned()).collect::<Vec<_>>()
    };
    let (first, second) = (of("active"), of("next"));
    vault.withdraw(&first[0]).await.unwrap();
    assert_eq!(of("active"), second, "the next one signs, however young: the alternative is not to sign");
    assert!(!kids(&w).await.contains(&first[0]));
    assert_eq!(of_keys(&db, "signing_key_deleted").await, first);
    // Due or not, the one published now has its hour.
    w.advance(40 * 86_400);
    vault.withdraw(&of("next")[0]).await.unwrap();
    vault.tick(Default::default()).await.unwrap();
    assert_eq!(of("active"), second, "it goes on until its successor is known");
    w.advance(3_600);
    vault.tick(Default::default()).await.unwrap();
    assert_ne!(of("active"), second);
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

/// OpenID Connect Core §3.1.3.6 and §15.1, Discovery §3: whoever can read RS256 alone is served, and `at_hash` follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_an_application_gets_id_tokens_in_the_algorithm_it_reads() {
    let mut w = World::start().await;
    let alice = w.person("alice").await;
    let said = w.send(w.http.get(w.kit.url(DISCOVERY))).await.body;
    let keys = |set: &Value| Keys::from_set(&serde_json::from_value::<JwkSet>(set.clone()).unwrap());
    for alg in Alg::ALL {
        let name = alg.to_string();
        assert!(said["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&json!(name)));
        let app = w.app(&name.to_lowercase(), json!({"alg": name})).await;
        w.assign(&alice.id, &app, None).await;
        let body = json!({"name": format!("page of {name}"), "application": app.id, "auth": "client_secret_basic",
            "grants": ["authorization_code", "refresh_token"], "redirect_uris": [CALLBACK]});
        let page = w.client(body).await;
        let tokens = w.sign_in(&alice, &page, &[("scope", "openid")]).await;
        let again = Tokens::of(&w.refresh(&page, &tokens.refresh, &[]).await);
        let set = w.send(w.http.get(w.kit.url("/oauth2/keys"))).await.body;
        for got in [&tokens, &again] {
            let id_token = got.body["id_token"].as_str().unwrap();
            assert_eq!(header(id_token)["alg"], name);
            let expect = Expect { issuer: Some(w.issuer()), audiences: &[&page.id], now: w.now(), leeway: 0 };
            let proven = verify::<IdToken, Value>(id_token, &keys(&set), &expect).unwrap();
            assert_eq!(proven.into_claims()["at_hash"], at_hash(alg, &got.access), "{name}");
        }
        // What the algorithm of one client is, is no business of the hint that it brings back.
        let path = w.request(
            &page,
            &[
                ("scope", "openid"),
                ("prompt", "none"),
                ("id_token_hint", tokens.body["id_token"].as_str().unwrap()),
            ],
        );
        let mut stranger = w.kit.browser().unwrap();
        assert_eq!(crate::world::parameters(&stranger.get(&path).await.unwrap())["error"], "login_required");
    }
}
