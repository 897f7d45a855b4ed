//! The endpoints of the protocol as tables: what each answers to each method, and which error has which status.

use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::json;

use crate::world::{ACCESS_TOKEN, CALLBACK, EXCHANGE, Reply, VERIFIER, World};

const PATHS: [&str; 14] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/oauth2/keys",
    "/oauth2/authorize",
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/userinfo",
    "/oauth2/logout",
    "/revocations",
    "/sign-in",
    "/consent",
    "/api/v1/users",
    "/oauth2/nothing",
];

#[tokio::test(flavor = "multi_thread")]
async fn methods_caching_and_other_origins_are_as_agreed() {
    let w = World::start().await;
    let mut lines = Vec::new();
    for path in PATHS {
        let mut line = format!("{path:<40}");
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let status = w.send(w.http.request(method.clone(), w.kit.url(path))).await.status;
            line.push_str(&format!(" {method} {status}"));
        }
        let foreign = w.http.get(w.kit.url(path)).header(ORIGIN, "https://app.example");
        let reply = w.send(foreign).await;
        let preflight =
            w.http.request(Method::OPTIONS, w.kit.url(path)).header(ORIGIN, "https://app.example");
        let preflight = w.send(preflight.header("access-control-request-method", "POST")).await;
        let of = |reply: &Reply, name: &str| match reply.header(name) {
            "" => "-".to_owned(),
            value => value.to_owned(),
        };
        let (origin, cached) = (of(&reply, "access-control-allow-origin"), of(&reply, "cache-control"));
        let told = of(&preflight, "access-control-allow-methods");
        lines.push(format!(
            "{line} | cached {cached} | origin {origin} | preflight {} {told}",
            preflight.status
        ));
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), "", "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 8707 §2: each error of the token endpoint, a request that has it, its status.
#[tokio::test(flavor = "multi_thread")]
async fn every_error_of_the_token_endpoint_has_its_status_its_headers_and_no_more() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let bank = w.app("bank", json!({"consent": "person"})).await;
    w.assign(&alice.id, &bank, None).await;
    w.assign(&agent.id, &bank, None).await;
    let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let (grant, to) = (("grant_type", EXCHANGE), ("resource", crm.resource.as_str()));
    let exchange = [grant, ("subject_token", subject.as_str()), ("subject_token_type", ACCESS_TOKEN)];
    let with = |more: &[(&'static str, &'static str)]| {
        let own: Vec<(&str, String)> =
            exchange.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        own.into_iter()
            .chain(more.iter().map(|(name, value)| (*name, (*value).to_owned())))
            .collect::<Vec<_>>()
    };
    let plain = |fields: &[(&'static str, &'static str)]| {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let code = [
        ("grant_type", "authorization_code"),
        ("code", "chc_x"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let cases = [
        ("invalid_request", 400, &agent.client, plain(&[])),
        ("invalid_request", 400, &agent.client, plain(&[("grant_type", "refresh_token")])),
        ("invalid_grant", 400, &agent.client, plain(&code)),
        (
            "invalid_grant",
            400,
            &agent.client,
            plain(&[("grant_type", "refresh_token"), ("refresh_token", "chr_x")]),
        ),
        ("unauthorized_client", 400, &crm.guard, with(&[("resource", "https://crm.example/api")])),
        ("unsupported_grant_type", 400, &agent.client, plain(&[("grant_type", "password")])),
        (
            "invalid_scope",
            400,
            &agent.client,
            with(&[("resource", "https://crm.example/api"), ("scope", "crm.dance")]),
        ),
        (
            "invalid_scope",
            400,
            &agent.client,
            with(&[("resource", "https://crm.example/api"), ("scope", "\"")]),
        ),
        ("invalid_target", 400, &agent.client, with(&[("resource", "https://nowhere.example")])),
        ("invalid_target", 400, &agent.client, with(&[("resource", "https://crm.example/api#x")])),
        (
            "access_denied",
            400,
            &agent.client,
            with(&[("resource", "https://crm.example/api"), ("scope", "crm.wipe")]),
        ),
        (
            "access_denied",
            400,
            &agent.client,
            with(&[("resource", "https://crm.example/api"), ("scope", "crm.pay")]),
        ),
        ("consent_required", 400, &agent.client, with(&[("resource", "https://bank.example/api")])),
        ("", 200, &agent.client, with(&[("resource", "https://crm.example/api")])),
    ];
    for (error, status, client, fields) in &cases {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = w.token(client, &fields).await;
        assert_eq!(reply.outcome(), (*status, *error), "{fields:?} {}", reply.text);
        let headers =
            ["content-type", "cache-control", "pragma", "www-authenticate"].map(|name| reply.header(name));
        assert_eq!(headers, ["application/json", "no-store", "no-cache", ""], "{error}");
        // What an error says: its name, a sentence, and, of a decision, a word for programs and the event.
        let known = ["error", "error_description", "reason", "event"];
        let all = reply.body.as_object().unwrap();
        assert!(*status == 200 || all.keys().all(|name| known.contains(&name.as_str())), "{}", reply.text);
        let decided = ["access_denied", "consent_required"].contains(error);
        assert!(
            !decided || (all.contains_key("event") && all.contains_key("reason")),
            "{error}: {}",
            reply.text
        );
    }
    let wrong = crate::world::Client { secret: "wrong".into(), ..agent.client.clone() };
    let reply = w.token(&wrong, &[to, ("grant_type", "client_credentials")]).await;
    assert_eq!(
        (reply.outcome(), reply.header("www-authenticate")),
        ((401, "invalid_client"), "Basic realm=\"chancery\"")
    );
}
