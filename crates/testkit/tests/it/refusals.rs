//! Denials are recorded like grants: who asked, with what, and why not; and what they proved themselves with is spent.

use chancery_jose::{Alg, ClientAssertion, SigningKey, sign};
use chancery_testkit::PASSWORD;
use serde_json::{Value, json};

use crate::world::{BEARER_ASSERTION, EXCHANGE, Reply, World, claims};

impl World {
    /// The event that a refusal names.
    async fn told(&mut self, reply: &Reply) -> Value {
        let event = reply.body["event"].as_str().unwrap_or_else(|| panic!("no event: {}", reply.text));
        self.read(&format!("/api/v1/events/{event}")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_exchange_is_evidence_with_its_agent_and_its_source() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let thief = w.agent("thief").await;
    w.assign(&thief.id, &crm, None).await;
    let desk = w.app("desk", json!({"dual_subject": "agent_only"})).await;
    w.assign(&thief.id, &desk, None).await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await;
    let id_token = tokens.body["id_token"].as_str().unwrap().to_owned();
    let grant = [("grant_type", "client_credentials"), ("resource", desk.resource.as_str())];
    let foreign = w.token(&thief.client, &grant).await.access();
    let to = ("resource", crm.resource.as_str());
    let typed = ("actor_token_type", crate::world::ACCESS_TOKEN);
    let jti = claims(&tokens.access)["jti"].clone();
    let cases = [
        ("stolen", &thief, tokens.access.as_str(), vec![to], Some(&jti)),
        ("garbage", &agent, "garbage", vec![to], None),
        ("an ID token", &agent, id_token.as_str(), vec![to], None),
        (
            "a foreign actor",
            &agent,
            tokens.access.as_str(),
            vec![to, ("actor_token", &foreign), typed],
            Some(&jti),
        ),
        (
            "an unknown type",
            &agent,
            tokens.access.as_str(),
            vec![to, ("requested_token_type", "urn:x")],
            None,
        ),
        (
            "two audiences",
            &agent,
            tokens.access.as_str(),
            vec![("audience", "a:b"), ("audience", "c:d")],
            Some(&jti),
        ),
    ];
    for (name, who, token, more, source) in cases {
        let reply = w.exchange(&who.client, token, &more).await;
        assert_eq!(reply.status, 400, "{name}");
        let event = w.told(&reply).await;
        let data = &event["data"];
        assert_eq!(event["kind"], "token_decided", "{name}: {event}");
        assert_eq!(data["evidence"]["decision"]["verdict"], "deny", "{name}");
        assert_eq!(data["evidence"]["agent"]["agent"], json!(who.id), "{name}");
        assert_eq!(data["grant_type"], "token_exchange", "{name}");
        assert_eq!(data.get("source_jti"), source, "{name}: {event}");
        assert!(!data["reasons"].as_array().unwrap().is_empty() && data["mend"].is_string(), "{name}");
        assert!(!event.to_string().contains(&tokens.access) && !event.to_string().contains(&id_token));
        if name == "stolen" {
            assert_eq!(data["evidence"]["user"]["user"], json!(alice.id), "whose token it was");
            assert_eq!(data["evidence"]["target"]["application"], json!(crm.id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_wrong_or_not_allowed_is_recorded_once_the_client_is_known() {
    let mut w = World::start().await;
    let (_, crm, agent) = w.trio().await;
    let only_code = w
        .client(json!({"name": "code only", "agent": agent.id, "auth": "client_secret_basic",
            "grants": ["authorization_code"], "redirect_uris": [crate::world::CALLBACK]}))
        .await;
    let to = ("resource", crm.resource.as_str());
    let cases = [
        (&agent.client, vec![], "invalid_request", "token_decided"),
        (&agent.client, vec![("grant_type", "password")], "unsupported_grant_type", "token_decided"),
        (&agent.client, vec![("grant_type", "authorization_code")], "invalid_request", "token_decided"),
        (&only_code, vec![("grant_type", "client_credentials"), to], "unauthorized_client", "token_decided"),
        (
            &crm.guard,
            vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            "unauthorized_client",
            "client_token_decided",
        ),
        (
            &crm.guard,
            vec![("grant_type", EXCHANGE), ("subject_token", "x")],
            "invalid_request",
            "client_token_decided",
        ),
    ];
    for (client, fields, error, kind) in cases {
        let reply = w.token(client, &fields).await;
        assert_eq!(reply.outcome(), (400, error), "{fields:?}: {}", reply.text);
        let event = w.told(&reply).await;
        assert_eq!(event["kind"], kind, "{fields:?}");
        let verdict = event["data"].get("allow").unwrap_or(&event["data"]["evidence"]["decision"]["verdict"]);
        assert!(*verdict == json!(false) || *verdict == json!("deny"), "{event}");
    }
    // A stranger leaves no line for what was never proven.
    let reply = w.form("/oauth2/token", &[("client_id", "nobody"), ("grant_type", "password")]).await;
    assert_eq!((reply.status, reply.body.get("event")), (401, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_assertion_is_spent_by_a_refusal_too() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let keyed = w
        .client(json!({"name": "keyed", "agent": agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
            "grants": ["client_credentials", EXCHANGE]}))
        .await;
    let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let (now, issuer) = (w.now(), w.issuer().to_owned());
    let assertion = |jti: &str| {
        let all =
            json!({"iss": keyed.id, "sub": keyed.id, "aud": issuer, "jti": jti, "iat": now, "exp": now + 60});
        sign::<ClientAssertion, _>(&key, &all).unwrap()
    };
    let good = [
        ("grant_type", EXCHANGE),
        ("subject_token", subject.as_str()),
        ("subject_token_type", crate::world::ACCESS_TOKEN),
        ("resource", crm.resource.as_str()),
    ];
    let bad = [
        vec![("grant_type", "password")],
        vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
        vec![("grant_type", EXCHANGE), ("subject_token", "garbage"), good[2]],
    ];
    for (at, fields) in bad.iter().enumerate() {
        let proof = assertion(&format!("jti-{at}"));
        let with = |fields: &[(&'static str, &str)]| {
            let proof = [("client_assertion_type", BEARER_ASSERTION), ("client_assertion", proof.as_str())];
            let all: Vec<(String, String)> =
                proof.iter().chain(fields).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            all
        };
        let (refused, again) = (with(fields), with(&good));
        let send = |all: Vec<(String, String)>| w.send(w.http.post(w.kit.url("/oauth2/token")).form(&all));
        assert_eq!(send(refused).await.status, 400, "{fields:?}");
        assert_eq!(send(again).await.outcome(), (401, "invalid_client"), "{fields:?}: used before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_codes_and_refreshes_of_an_agent_name_the_agent() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let code = w.code(&mut w.kit.browser().unwrap(), &alice, &agent.client, &asked).await;
    let tokens = crate::world::Tokens::of(&w.redeem(&agent.client, &code).await);
    let later = crate::world::Tokens::of(&w.refresh(&agent.client, &tokens.refresh, &[]).await);
    let refused = [
        w.redeem(&agent.client, "ac_unknown").await,
        w.refresh(&agent.client, "rt_unknown", &[]).await,
        w.refresh(&agent.client, &later.refresh, &[("scope", "email")]).await,
    ];
    for (reply, known) in refused.iter().zip([None, None, Some(&alice.id)]) {
        let event = w.told(reply).await;
        assert_eq!(event["kind"], "token_decided", "{event}");
        assert_eq!(event["data"]["evidence"]["agent"]["agent"], json!(agent.id));
        assert_eq!(
            event["data"]["evidence"]["user"].get("user"),
            known.map(|id| json!(id)).as_ref(),
            "{event}"
        );
    }
    w.advance(11);
    w.refresh(&agent.client, &tokens.refresh, &[]).await;
    w.redeem(&agent.client, &code).await;
    for kind in ["refresh_reuse_detected", "code_replayed"] {
        assert_eq!(w.events(kind).await[0]["data"]["agent"], json!(agent.id), "{kind}");
    }
    assert!(w.events("client_token_decided").await.is_empty(), "nothing of it was a tool's");
    let wrong =
        [("grant_type", "client_credentials"), ("client_id", &agent.client.id), ("client_secret", "x")];
    w.form("/oauth2/token", &wrong).await;
    assert_eq!(w.events("client_authentication_failed").await[0]["data"]["agent"], json!(agent.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_no_and_a_failed_change_of_password_are_recorded() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let page = browser.get(&w.request(&agent.client, &asked)).await.unwrap();
    browser.submit(&page, "/consent", &[("answer", "deny")]).await.unwrap();
    let no = w.events("consent_refused").await[0].clone();
    assert_eq!(no["data"]["user"], json!(alice.id));
    assert_eq!(no["data"]["agent"], json!(agent.id));
    assert_eq!(
        (&no["data"]["application"], &no["data"]["scopes"]),
        (&json!(crm.id), &json!("crm.read openid"))
    );
    let me = browser.get("/me").await.unwrap();
    let new = "another password entirely";
    let typed = [("current", "wrong"), ("password", new), ("password_again", new)];
    let answer = browser.submit(&me, "/me/password", &typed).await.unwrap();
    assert_ne!(answer.status, 303, "{}", answer.body);
    let failed = w.events("password_change_refused").await[0].clone();
    assert_eq!((&failed["data"]["user"], &failed["actor"]), (&json!(alice.id), &json!(alice.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_repeat_within_the_grace_leaves_the_newest_token_its_worth() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let first = w.sign_in(&alice, &agent.client, &asked).await;
    let second = crate::world::Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    let reply = w.refresh(&agent.client, &first.refresh, &[("scope", "nonsense")]).await;
    assert_eq!(reply.outcome(), (400, "invalid_scope"));
    assert!(w.alive(&agent.client, &second.refresh).await);
    assert_eq!(w.refresh(&agent.client, &second.refresh, &[]).await.status, 200);
}
