//! The endpoints of the protocol, tried by clients that prove nothing: refused alike, and the refusal is in a log.

use chancery_context::Cx;
use chancery_kernel::PageRequest;
use chancery_watch::events::{Filter, timeline};
use serde_json::json;

use super::served;
use crate::world::{BEARER_ASSERTION, CALLBACK, Client, Reply, World, unsigned};

impl World {
    /// Whether the deployment's own log has a failed authentication of this request.
    async fn noted_by_the_deployment(&self, reply: &Reply) -> bool {
        let cx = Cx::system(&self.kit.running.platform, chancery_vault::deployment());
        let filter = Filter { kinds: vec!["client_authentication_failed".into()], ..Filter::default() };
        let found = timeline(&cx, &filter, &PageRequest::new(None, Some(5))).await.unwrap();
        let request = reply.header("x-request-id");
        found.items.iter().any(|seen| seen.entry.envelope.request.is_some_and(|id| id.to_string() == request))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_not_believed_hears_one_answer_and_a_log_hears_of_it() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let reader = w.scoped("events.read").await;
    let disabled = w.face(&agent.id, "disabled").await;
    w.make(&format!("/api/v1/clients/{}/disable", disabled.id), json!({"reason": "a test"})).await;
    let unknown = Client { id: "cli_00000000000000000000000001".into(), secret: agent.client.secret.clone() };
    let none = unsigned(&json!({"iss": unknown.id, "sub": unknown.id, "jti": "1", "exp": 4_000_000_000_i64}));
    let asserted = [("client_assertion_type", BEARER_ASSERTION), ("client_assertion", none.as_str())];
    for (path, fields) in served::OF_CLIENTS {
        let mut told = Vec::new();
        let wrong = Client { secret: format!("{}x", agent.client.secret), ..agent.client.clone() };
        for (who, client, known) in
            [("wrong secret", &wrong, true), ("unknown", &unknown, false), ("disabled", &disabled, true)]
        {
            let reply = w.as_client(path, client, fields).await;
            assert_eq!(reply.outcome(), (401, "invalid_client"), "{path} {who}");
            assert_eq!(reply.header("www-authenticate"), "Basic realm=\"chancery\"", "{path} {who}");
            let (kinds, actors) = w.logged(&reader, &reply).await;
            let logged = kinds == ["client_authentication_failed"] && actors.iter().eq(["anonymous"]);
            assert_eq!((logged, w.noted_by_the_deployment(&reply).await), (known, !known), "{path} {who}");
            told.push(reply.text);
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{path} {told:#?}");
        let forged = w.form(path, &[fields, &asserted[..]].concat()).await;
        assert_eq!(forged.outcome(), (401, "invalid_client"), "{path}");
        assert!(w.noted_by_the_deployment(&forged).await, "{path}");
        let nobody = w.form(path, fields).await;
        assert_eq!(nobody.outcome(), (401, "invalid_client"), "{path} without any client");
        for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
            let request =
                w.http.request(method.parse().unwrap(), w.kit.url(path)).form(&agent.client.with(fields));
            assert_eq!(w.send(request).await.status, 405, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_is_not_registered_for_it_does_not_get() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let page = w.client(json!({"name": "page", "auth": "none", "grants": ["authorization_code"], "redirect_uris": [CALLBACK]})).await;
    let tool = w
        .client(json!({"name": "tool", "auth": "client_secret_basic", "grants": ["client_credentials"]}))
        .await;
    let tokens =
        w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), ("resource", &crm.resource)]).await;
    let subject =
        [("subject_token", tokens.access.as_str()), ("subject_token_type", crate::world::ACCESS_TOKEN)];
    let code = [("code", "chc_x"), ("code_verifier", crate::world::VERIFIER), ("redirect_uri", CALLBACK)];
    let refresh = [("refresh_token", tokens.refresh.as_str())];
    let grants: [(&str, &[(&str, &str)]); 4] = [
        ("authorization_code", &code),
        ("refresh_token", &refresh),
        ("client_credentials", &[]),
        (crate::world::EXCHANGE, &subject),
    ];
    for (client, may) in [(&page, "authorization_code"), (&tool, "client_credentials")] {
        for (grant, fields) in grants.iter().filter(|(grant, _)| *grant != may) {
            let fields = [&[("grant_type", *grant)][..], fields].concat();
            let reply = w.token(client, &fields).await;
            assert_eq!(reply.outcome(), (400, "unauthorized_client"), "{grant}: {}", reply.text);
        }
    }
    for unknown in
        ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials "]
    {
        let reply = w.token(&agent.client, &[("grant_type", unknown)]).await;
        assert_eq!(reply.outcome(), (400, "unsupported_grant_type"), "{unknown}");
    }
    assert_eq!(w.token(&agent.client, &[]).await.outcome(), (400, "invalid_request"));
}
