//! Client credentials (RFC 6749 §4.4) and the form of requests at the token endpoint (§3.2).

use serde_json::json;

use crate::world::{Client, World, claims};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn background() -> (World, crate::world::App, crate::world::Agent) {
    let mut w = World::start().await;
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    (w, app, agent)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_works_for_itself_where_the_application_allows_it() {
    let (mut w, app, agent) = background().await;
    for (with, sent) in [("header", &[GRANT][..]), ("body", &agent.client.with(&[GRANT])[..])] {
        let mut request = w.http.post(w.kit.url("/oauth2/token")).form(sent);
        if with == "header" {
            request = request.basic_auth(&agent.client.id, Some(&agent.client.secret));
        }
        let reply = w.send(request).await;
        assert_eq!(reply.status, 200, "{with}: {}", reply.text);
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(reply.body["token_type"], "Bearer");
        let token = claims(&reply.access());
        // The only application it is assigned to, and every scope that nobody has to be asked for.
        assert_eq!(token["aud"], app.resource);
        assert_eq!(
            (&token["scope"], &reply.body["scope"]),
            (&json!("crm.read crm.write"), &json!("crm.read crm.write"))
        );
        assert_eq!((&token["sub"], &token["client_id"]), (&json!(agent.id), &json!(agent.client.id)));
        assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 300);
        assert!(token.get("act").is_none() && token.get("auth_time").is_none(), "{token}");
        let members: Vec<&String> = reply.body.as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 4, "no refresh token, and nothing else (RFC 6749 §4.4.3): {members:?}");
    }
    // RFC 9068 §2.2 and §5: who acts for nobody has a name that no person can have.
    let tool = w
        .client(json!({"name": "tool", "auth": "client_secret_basic", "grants": ["client_credentials"]}))
        .await;
    w.assign(&tool.id, &app, None).await;
    let token = claims(&w.token(&tool, &[GRANT, ("resource", &app.resource)]).await.access());
    assert_eq!((&token["sub"], &token["client_id"]), (&json!(tool.id), &json!(tool.id)));
    let person = w.person(&tool.id).await;
    assert!(person.id.starts_with("usr_") && tool.id.starts_with("cli_") && agent.id.starts_with("agt_"));
    let other = w.app("mail", json!({"dual_subject": "agent_only"})).await;
    w.assign(&agent.id, &other, Some("mail.read")).await;
    let cases = [
        (vec![("resource", app.resource.as_str())], Ok("crm.read crm.write")),
        (vec![("audience", app.resource.as_str())], Ok("crm.read crm.write")),
        (vec![("resource", "https://crm.example/api/")], Ok("crm.read crm.write")),
        (vec![("resource", other.resource.as_str())], Ok("mail.read")),
        (vec![("resource", app.resource.as_str()), ("scope", "crm.read")], Ok("crm.read")),
        (vec![], Err("invalid_target")),
        (vec![("resource", "https://crm.example")], Err("invalid_target")),
        (vec![("resource", "https://crm.example/api.evil")], Err("invalid_target")),
        (vec![("resource", "https://CRM.example/api")], Ok("crm.read crm.write")),
        (vec![("resource", "https://crm.example/API")], Err("invalid_target")),
        (vec![("resource", "https://crm.example/api#x")], Err("invalid_target")),
        (vec![("resource", "crm")], Err("invalid_target")),
        (
            vec![("resource", app.resource.as_str()), ("resource", other.resource.as_str())],
            Err("invalid_target"),
        ),
        (vec![("resource", app.resource.as_str()), ("scope", "crm.pay")], Err("access_denied")),
        (vec![("resource", app.resource.as_str()), ("scope", "crm.wipe")], Err("access_denied")),
        (vec![("resource", app.resource.as_str()), ("scope", "crm.read nonsense")], Err("invalid_scope")),
        (vec![("resource", other.resource.as_str()), ("scope", "mail.write")], Err("access_denied")),
        // RFC 9068 §3: what belongs to another resource is no scope of this one.
        (vec![("resource", app.resource.as_str()), ("scope", "mail.read")], Err("invalid_scope")),
        (vec![("resource", app.resource.as_str()), ("scope", "crm.read mail.read")], Err("invalid_scope")),
    ];
    for (fields, wanted) in cases {
        let reply = w.token(&agent.client, &[&[GRANT][..], &fields].concat()).await;
        let scope = reply.body["scope"].as_str();
        match wanted {
            Ok(scopes) => assert_eq!((reply.status, scope), (200, Some(scopes)), "{fields:?} {}", reply.text),
            Err(error) => assert_eq!(reply.outcome(), (400, error), "{fields:?} {}", reply.text),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_wants_a_person_refuses_an_agent_alone() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let reply = w.token(&agent.client, &[GRANT]).await;
    assert_eq!(reply.outcome(), (400, "access_denied"), "{}", reply.text);
    let event = &w.events("token_decided").await[0];
    assert_eq!(reply.body["event"], event["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_prove_itself_gets_a_challenge_and_who_asks_wrongly_does_not() {
    let (mut w, _, agent) = background().await;
    let Client { id, secret } = agent.client.clone();
    let public = w
        .client(json!({"name": "page", "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": ["https://page.example/cb"]}))
        .await;
    let keyed = w
        .client(json!({"name": "keyed", "agent": agent.id, "auth": "private_key_jwt",
        "grants": ["client_credentials"]}))
        .await;
    let (id, secret) = (id.as_str(), secret.as_str());
    let wrong = format!("{}x", secret.trim_end_matches(|c: char| c.is_alphanumeric()));
    let grant = "client_credentials";
    let cases = [
        (vec![("client_id", id), ("client_secret", "wrong"), GRANT], (401, "invalid_client")),
        (vec![("client_id", id), ("client_secret", &wrong), GRANT], (401, "invalid_client")),
        (vec![("client_id", id), GRANT], (401, "invalid_client")),
        (
            vec![("client_id", "cli_00000000000000000000000001"), ("client_secret", secret), GRANT],
            (401, "invalid_client"),
        ),
        (vec![("client_id", "sales"), ("client_secret", secret), GRANT], (401, "invalid_client")),
        (vec![("client_id", &keyed.id), ("client_secret", secret), GRANT], (401, "invalid_client")),
        (vec![GRANT], (401, "invalid_client")),
        (vec![("client_id", &public.id), GRANT], (400, "unauthorized_client")),
        (vec![("client_secret", secret), GRANT], (400, "invalid_request")),
        (vec![("client_id", id), ("client_secret", secret)], (400, "invalid_request")),
        (
            vec![("client_id", id), ("client_secret", secret), ("grant_type", "password")],
            (400, "unsupported_grant_type"),
        ),
        (
            vec![("client_id", id), ("client_secret", secret), ("grant_type", "implicit")],
            (400, "unsupported_grant_type"),
        ),
        (vec![("client_id", id), ("client_secret", secret), GRANT, GRANT], (400, "invalid_request")),
        (
            vec![("client_id", id), ("client_id", id), ("client_secret", secret), GRANT],
            (400, "invalid_request"),
        ),
        (
            vec![
                ("client_id", id),
                ("client_secret", secret),
                GRANT,
                ("scope", "crm.read"),
                ("scope", "crm.write"),
            ],
            (400, "invalid_request"),
        ),
        (
            vec![
                ("client_id", id),
                ("client_secret", secret),
                ("client_assertion", "e30.e30.e30"),
                GRANT,
                ("client_assertion_type", crate::world::BEARER_ASSERTION),
            ],
            (400, "invalid_request"),
        ),
        (
            vec![("client_id", id), ("client_secret", secret), GRANT, ("scope", "crm.read \"")],
            (400, "invalid_scope"),
        ),
        (vec![("client_id", id), ("client_secret", secret), GRANT, ("unknown", "ignored")], (200, "")),
    ];
    for (fields, wanted) in &cases {
        let reply = w.form("/oauth2/token", fields).await;
        assert_eq!(reply.outcome(), *wanted, "{fields:?} {}", reply.text);
        assert_eq!(reply.header("cache-control"), "no-store");
        let challenged = reply.header("www-authenticate").starts_with("Basic realm=");
        assert_eq!(challenged, reply.status == 401, "{fields:?}");
        assert!(!reply.text.contains(secret), "{}", reply.text);
    }
    let two = w.http.post(w.kit.url("/oauth2/token")).basic_auth(id, Some(secret));
    let reply =
        w.send(two.form(&[("client_id", id), ("client_secret", secret), ("grant_type", grant)])).await;
    assert_eq!(reply.outcome(), (400, "invalid_request"));
    assert!(
        w.events("client_authentication_failed").await.len() >= 4,
        "each failure of a known client is in its log"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_posted_form_without_secrets_in_the_address_is_read() {
    let (w, _, agent) = background().await;
    let url = w.kit.url("/oauth2/token");
    let Client { id, secret } = &agent.client;
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let post = |address: String, kind: &str, body: Vec<u8>| {
        w.http.post(address).header("content-type", kind).body(body)
    };
    let coded = "application/x-www-form-urlencoded";
    let json =
        json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret}).to_string();
    let twice = json.replace('{', "{\"grant_type\":\"x\",");
    let plain = || form.clone().into_bytes();
    let not_text = [plain(), b"&scope=\xff\xfe".to_vec()].concat();
    let cases = [
        ("as it should be", post(url.clone(), coded, plain()), 200),
        (
            "with a charset",
            post(url.clone(), "application/x-www-form-urlencoded; charset=UTF-8", plain()),
            200,
        ),
        ("json", post(url.clone(), "application/json", json.into_bytes()), 200),
        ("json with a repeated member", post(url.clone(), "application/json", twice.into_bytes()), 400),
        ("json that is an array", post(url.clone(), "application/json", b"[]".to_vec()), 400),
        ("text", post(url.clone(), "text/plain", plain()), 400),
        ("no type", w.http.post(&url).body(plain()), 400),
        (
            "secret in the query",
            post(
                format!("{url}?client_id={id}&client_secret={secret}"),
                coded,
                b"grant_type=client_credentials".to_vec(),
            ),
            400,
        ),
        ("half in the query", post(format!("{url}?grant_type=client_credentials"), coded, plain()), 400),
        ("bytes that are no text", post(url.clone(), coded, not_text), 400),
        (
            "percent-encoded bytes that are no text",
            post(url.clone(), coded, [plain(), b"&scope=%ff".to_vec()].concat()),
            400,
        ),
        ("a bad escape", post(url.clone(), coded, [plain(), b"&scope=%zz".to_vec()].concat()), 400),
        ("a nul", post(url.clone(), coded, [plain(), b"&scope=a%00b".to_vec()].concat()), 400),
        ("empty", post(url.clone(), coded, Vec::new()), 401),
        ("a flood of parameters", post(url.clone(), coded, [plain(), b"&a=1".repeat(100)].concat()), 400),
        (
            "a flood of scopes",
            post(url.clone(), coded, [plain(), b"&scope=".to_vec(), b"a+".repeat(5_000)].concat()),
            400,
        ),
        (
            "too large",
            post(url.clone(), coded, [plain(), b"&scope=".to_vec(), vec![b'a'; 100_000]].concat()),
            400,
        ),
        ("GET", w.http.get(format!("{url}?{form}")), 405),
        ("PUT", w.http.put(&url).header("content-type", coded).body(plain()), 405),
    ];
    for (name, request, wanted) in cases {
        let reply = w.send(request).await;
        assert_eq!(reply.status, wanted, "{name}: {}", reply.text);
        assert!(!reply.text.contains(secret.as_str()), "{name}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_client_and_a_removed_secret_prove_nothing() {
    let (mut w, app, agent) = background().await;
    let path = format!("/api/v1/clients/{}", agent.client.id);
    let token = w.token(&agent.client, &[GRANT]).await.access();
    assert!(w.alive(&app.guard, &token).await);
    let added = w.make(&format!("{path}/secrets"), json!({"expires": "2026-06-01T12:10:00Z"})).await;
    let second =
        Client { secret: added["client_secret"].as_str().unwrap().to_owned(), ..agent.client.clone() };
    assert_eq!(w.token(&second, &[GRANT]).await.status, 200);
    w.advance(600);
    assert_eq!(w.token(&second, &[GRANT]).await.outcome(), (401, "invalid_client"), "it has expired");
    assert_eq!(w.token(&agent.client, &[GRANT]).await.status, 200);
    let token = w.token(&agent.client, &[GRANT]).await.access();
    w.make(&format!("{path}/disable"), json!({"reason": "a test"})).await;
    let unknown = Client { id: "cli_00000000000000000000000001".into(), ..agent.client.clone() };
    let (refused, stranger) = (w.token(&agent.client, &[GRANT]).await, w.token(&unknown, &[GRANT]).await);
    assert_eq!(refused.outcome(), (401, "invalid_client"));
    assert_eq!(refused.text, stranger.text, "disabled and unknown look the same");
    assert!(!w.alive(&app.guard, &token).await);
}
