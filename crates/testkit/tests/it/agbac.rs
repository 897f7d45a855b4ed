//! AGBAC 1.0, clause by clause (§15 asks for all of it): a system that knows agents as subjects and the people behind
//! them as actors. The clauses of its own decision are those of every decision here; what is its own is the view.

use chancery_jose::{Alg, ClientAssertion, SigningKey, sign};
use serde_json::{Value, json};

use crate::world::{Agent, App, BEARER_ASSERTION, Person, Reply, World, claims};

const OPENID: &[(&str, &str)] = &[("scope", "openid")];

/// A company with a system of this kind, that nobody is assigned to yet.
struct Company {
    w: World,
    alice: Person,
    legacy: App,
    agent: Agent,
}

impl Company {
    async fn with(rules: Value) -> Self {
        let mut w = World::start().await;
        let mut all = json!({"profile": "agbac-1.0"});
        all.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
        let legacy = w.app("legacy", all).await;
        let (alice, agent) = (w.person("alice").await, w.agent("sales").await);
        Self { w, alice, legacy, agent }
    }

    /// Both assigned, with all scopes unless some are named.
    async fn assigned(rules: Value, agent: Option<&str>, human: Option<&str>) -> Self {
        let mut c = Self::with(rules).await;
        c.w.assign(&c.agent.id, &c.legacy, agent).await;
        c.w.assign(&c.alice.id, &c.legacy, human).await;
        c
    }

    async fn asks(&self, more: &[(&str, &str)]) -> Reply {
        let subject = self.w.sign_in(&self.alice, &self.agent.client, OPENID).await.access;
        let fields = [&[("resource", self.legacy.resource.as_str())], more].concat();
        self.w.exchange(&self.agent.client, &subject, &fields).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_5_2_the_agent_is_the_subject_and_the_human_its_actor() {
    let c = Company::assigned(json!({}), None, None).await;
    let token = claims(&c.asks(&[]).await.access());
    assert_eq!((&token["sub"], &token["agbac_ver"]), (&json!("agent:sales"), &json!("1.0")));
    assert_eq!(token["act"], json!({"sub": format!("user:{}", c.alice.login)}));
    assert_eq!(token["delegation"], json!({"method": "explicit", "profile": "AGBAC-Min"}));
    assert_eq!((&token["aud"], token["scope"].is_string()), (&json!(c.legacy.resource), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_5_2_an_actor_that_is_named_is_not_allowed_anything_by_that() {
    let mut c = Company::assigned(json!({}), None, None).await;
    let token = c.asks(&[]).await.access();
    assert!(c.w.alive(&c.legacy.guard, &token).await);
    let path = format!("/api/v1/assignments?principal={}", c.alice.id);
    let assigned = c.w.read(&path).await["items"][0]["id"].as_str().unwrap().to_owned();
    c.w.delete(&format!("/api/v1/assignments/{assigned}")).await;
    assert!(claims(&token)["act"].is_object() && !c.w.alive(&c.legacy.guard, &token).await);
    assert_eq!(c.asks(&[]).await.outcome(), (400, "access_denied"), "the human lost it after it was granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_6_2_a_delegation_has_an_end_a_bound_and_a_way_back() {
    let mut c = Company::assigned(json!({"consent": "person"}), None, None).await;
    assert_eq!(c.asks(&[]).await.outcome(), (400, "consent_required"), "and nothing before it was given");
    let mut browser = c.w.kit.browser().unwrap();
    let asked = [("scope", "openid legacy.read"), ("resource", c.legacy.resource.as_str())];
    let given = c.w.sign_in_with(&mut browser, &c.alice, &c.agent.client, &asked).await;
    let token = claims(&given.access);
    let (begun, end) = (token["iat"].as_i64().unwrap(), token["exp"].as_i64().unwrap());
    assert!((30..=900).contains(&(end - begun)), "{token}");
    let wider = [("resource", c.legacy.resource.as_str()), ("scope", "legacy.write")];
    let refused = c.w.exchange(&c.agent.client, &given.access, &wider).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let held = c.w.read(&format!("/api/v1/grants?user={}", c.alice.id)).await["items"].clone();
    let grant = held.as_array().unwrap().iter().find(|grant| grant["application"].is_string()).unwrap();
    assert_eq!((&grant["scopes"], &token["grant_id"]), (&json!("legacy.read"), &grant["id"]), "on record");
    assert!(c.w.alive(&c.legacy.guard, &given.access).await);
    c.w.delete(&format!("/api/v1/grants/{}", grant["id"].as_str().unwrap())).await;
    assert!(!c.w.alive(&c.legacy.guard, &given.access).await, "withdrawn");
    assert_eq!(c.asks(&[]).await.outcome(), (400, "consent_required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_6_2_an_expired_delegation_is_none() {
    let c = Company::assigned(json!({"token_lifetime": 60}), None, None).await;
    let token = c.asks(&[]).await.access();
    c.w.advance(59);
    assert!(c.w.alive(&c.legacy.guard, &token).await);
    c.w.advance(1);
    assert!(!c.w.alive(&c.legacy.guard, &token).await);
    let onward = c.w.exchange(&c.agent.client, &token, &[("resource", &c.legacy.resource)]).await;
    assert_eq!(onward.outcome(), (400, "invalid_request"), "{}", onward.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_7_1_allowed_if_and_only_if_both_are_permitted_and_the_delegation_stands() {
    for (agent, human) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut c = Company::with(json!({})).await;
        if agent {
            c.w.assign(&c.agent.id, &c.legacy, None).await;
        }
        if human {
            c.w.assign(&c.alice.id, &c.legacy, None).await;
        }
        let wanted = if agent && human { (200, "") } else { (400, "access_denied") };
        assert_eq!(c.asks(&[]).await.outcome(), wanted, "agent {agent}, human {human}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_7_2_neither_gives_the_other_more_than_it_has() {
    let write = [("scope", "legacy.write")];
    for (agent, human) in [(Some("legacy.read"), None), (None, Some("legacy.read"))] {
        let c = Company::assigned(json!({}), agent, human).await;
        assert_eq!(c.asks(&[]).await.get("scope"), "legacy.read", "agent {agent:?}, human {human:?}");
        assert_eq!(
            c.asks(&write).await.outcome(),
            (400, "access_denied"),
            "agent {agent:?}, human {human:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_7_3_policy_says_who_hands_what_to_whom() {
    let mut c = Company::assigned(json!({}), None, None).await;
    let other = c.w.agent("other").await;
    c.w.assign(&other.id, &c.legacy, None).await;
    // What she handed to one agent is not handed to another.
    let subject = c.w.sign_in(&c.alice, &c.agent.client, OPENID).await.access;
    let taken = c.w.exchange(&other.client, &subject, &[("resource", &c.legacy.resource)]).await;
    assert_eq!(taken.outcome(), (400, "invalid_request"), "{}", taken.text);
    // What weighs more she hands over in so many words, and some things never.
    for (scope, reason) in [("legacy.pay", "approval_required"), ("legacy.wipe", "scope_never")] {
        let refused = c.asks(&[("scope", scope)]).await;
        assert_eq!((refused.status, &refused.body["reason"]), (400, &json!(reason)), "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_8_2_nothing_is_handed_over_without_a_word_unless_policy_says_so() {
    let grant = ("grant_type", "client_credentials");
    let c = Company::assigned(json!({}), None, None).await;
    let alone = c.w.token(&c.agent.client, &[grant, ("resource", &c.legacy.resource)]).await;
    assert_eq!((alone.outcome().1, &alone.body["reason"]), ("access_denied", &json!("human_missing")));
    let c = Company::assigned(json!({"dual_subject": "agent_only"}), None, None).await;
    let reply = c.w.token(&c.agent.client, &[grant, ("resource", &c.legacy.resource)]).await;
    let token = claims(&reply.access());
    let absent = ["act", "delegation", "act_as"].map(|name| token.get(name).cloned());
    assert_eq!(absent, [None, None, None], "it names nobody who did not ask: {token}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_10_1_the_two_are_told_apart_and_never_the_other_way_round() {
    let mut c = Company::assigned(json!({}), None, None).await;
    let crm = c.w.app("crm", json!({})).await;
    c.w.assign(&c.alice.id, &crm, None).await;
    c.w.assign(&c.agent.id, &crm, None).await;
    let here = c.asks(&[]).await.access();
    // Where it is the other way round, the token of this system is one for somebody else.
    assert!(c.w.alive(&c.legacy.guard, &here).await && !c.w.alive(&crm.guard, &here).await);
    // Handed on, each is in its place again: it is the same two, whatever the view.
    let there = c.w.exchange(&c.agent.client, &here, &[("resource", &crm.resource)]).await.access();
    let act = json!({"sub": c.agent.id, "iss": c.w.issuer(), "sub_profile": "ai_agent"});
    assert_eq!((&claims(&there)["sub"], &claims(&there)["act"]), (&json!(c.alice.id), &act));
    let back = c.w.exchange(&c.agent.client, &there, &[("resource", &c.legacy.resource)]).await.access();
    for name in ["sub", "act", "delegation", "agbac_ver"] {
        assert_eq!(claims(&back)[name], claims(&here)[name], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_10_2_nobody_forges_the_human_and_nobody_repeats_them() {
    let mut c = Company::assigned(json!({}), None, None).await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let body = json!({"name": "keyed", "agent": c.agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": ["client_credentials", crate::world::EXCHANGE]});
    let keyed = c.w.client(body).await;
    let subject = c.w.sign_in(&c.alice, &c.agent.client, OPENID).await.access;
    let (now, boss) = (c.w.now(), json!({"sub": "user:boss@corp.example"}));
    let sent = async |grant: &[(&str, &str)], jti: &str, act: Option<&Value>| {
        let mut all = json!({"iss": keyed.id, "sub": keyed.id, "aud": c.w.issuer(), "jti": jti, "iat": now, "exp": now + 60});
        if let Some(act) = act {
            all["act"] = act.clone();
        }
        let proof = sign::<ClientAssertion, _>(&key, &all).unwrap();
        let proof = [("client_assertion_type", BEARER_ASSERTION), ("client_assertion", proof.as_str())];
        c.w.form("/oauth2/token", &[&proof[..], grant, &[("resource", &c.legacy.resource)]].concat()).await
    };
    let alone = [("grant_type", "client_credentials")];
    let exchange = [
        ("grant_type", crate::world::EXCHANGE),
        ("subject_token", subject.as_str()),
        ("subject_token_type", crate::world::ACCESS_TOKEN),
    ];
    for (at, grant) in [&alone[..], &exchange].into_iter().enumerate() {
        let forged = sent(grant, &format!("f{at}"), Some(&boss)).await;
        assert_eq!(forged.outcome(), (400, "invalid_request"), "{}", forged.text);
    }
    let right = sent(&exchange, "r", None).await;
    assert_eq!(claims(&right.access())["act"], json!({"sub": format!("user:{}", c.alice.login)}));
    assert_eq!(sent(&exchange, "r", None).await.outcome(), (401, "invalid_client"), "repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn clause_11_each_decision_is_on_record_with_both_and_without_what_was_said() {
    let mut c = Company::assigned(json!({}), None, None).await;
    let allowed = claims(&c.asks(&[("scope", "legacy.read")]).await.access());
    let refused = c.asks(&[("scope", "legacy.wipe")]).await;
    let refused = refused.body["event"].as_str().unwrap().to_owned();
    let events = c.w.events("token_decided").await;
    let of = |found: &dyn Fn(&Value) -> bool| events.iter().find(|event| found(event)).unwrap().clone();
    let yes = of(&|event| event["data"]["jti"] == allowed["jti"]);
    let no = of(&|event| event["id"] == refused.as_str());
    for (event, verdict, scope) in [(&yes, "allow", "legacy.read"), (&no, "deny", "legacy.wipe")] {
        let evidence = &event["data"]["evidence"];
        assert!(event["at"].is_string(), "{event}");
        assert_eq!(
            (&evidence["agent"]["agent"], &evidence["user"]["user"]),
            (&json!(c.agent.id), &json!(c.alice.id))
        );
        assert_eq!(
            (&evidence["resource"], &evidence["task"]["scopes"]),
            (&json!(c.legacy.resource), &json!(scope))
        );
        assert_eq!(
            (&evidence["decision"]["verdict"], &event["data"]["grant_type"]),
            (&json!(verdict), &json!("token_exchange"))
        );
        assert!(event["request_id"].is_string(), "what belongs together is found together: {event}");
    }
    assert!(no["data"]["reasons"].to_string().contains("scope_never"), "{no}");
}
