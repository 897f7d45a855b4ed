//! Token exchange (RFC 8693): the rule of two subjects, and what a token of two says.

use chancery_jose::{AccessToken, Alg, sign};
use serde_json::{Value, json};

use crate::world::{ACCESS_TOKEN, App, Client, Person, Tokens, World, claims};

const SIGN_IN: &[(&str, &str)] = &[("scope", "openid")];
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const REFRESH: &str = "urn:ietf:params:oauth:token-type:refresh_token";

/// A person's sign-in token at an agent's client.
async fn subject(w: &World, who: &Person, client: &Client) -> String {
    w.sign_in(who, client, SIGN_IN).await.access
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_and_person_both_have_to_be_allowed() {
    let mut w = World::start().await;
    let (finance, hr) = (w.app("finance", json!({})).await, w.app("hr", json!({})).await);
    let (fin_agent, hr_agent) = (w.agent("finance-agent").await, w.agent("hr-agent").await);
    w.assign(&fin_agent.id, &finance, None).await;
    w.assign(&hr_agent.id, &hr, None).await;
    let (alice, henry, carol) = (w.person("alice").await, w.person("henry").await, w.person("carol").await);
    let group =
        w.make("/api/v1/groups", json!({"name": "finance people"})).await["id"].as_str().unwrap().to_owned();
    let api = w.api().await;
    let member = format!("/api/v1/groups/{group}/members/{}", alice.id);
    api.send(reqwest::Method::PUT, &member, None, None).await.unwrap().ok().unwrap();
    w.assign(&group, &finance, None).await;
    w.assign(&henry.id, &hr, None).await;
    for person in [&alice, &henry, &carol] {
        for agent in [&fin_agent, &hr_agent] {
            let token = subject(&w, person, &agent.client).await;
            for app in [&finance, &hr] {
                let agent_may = (agent.name == "finance-agent") == (app.id == finance.id);
                let person_may = (person.id == alice.id && app.id == finance.id)
                    || (person.id == henry.id && app.id == hr.id);
                let reply = w.exchange(&agent.client, &token, &[("resource", &app.resource)]).await;
                let wanted = if agent_may && person_may { (200, "") } else { (400, "access_denied") };
                assert_eq!(reply.outcome(), wanted, "{} {} {}", person.login, agent.name, app.resource);
            }
        }
    }
    // Out of the group: at once, for tokens there are and tokens to come.
    let token = subject(&w, &alice, &fin_agent.client).await;
    let got = w.exchange(&fin_agent.client, &token, &[("resource", &finance.resource)]).await.access();
    assert!(w.alive(&finance.guard, &got).await);
    let api = w.api().await;
    api.send(reqwest::Method::DELETE, &member, None, None).await.unwrap().ok().unwrap();
    assert!(!w.alive(&finance.guard, &got).await);
    let reply = w.exchange(&fin_agent.client, &token, &[("resource", &finance.resource)]).await;
    assert_eq!(reply.outcome(), (400, "access_denied"), "{}", reply.text);
}

/// The claims, without what differs from run to run.
fn shape(mut token: Value) -> Value {
    for name in ["iat", "exp", "jti", "pos", "run_id", "keys", "grant_id", "auth_time", "amr", "acr"] {
        token.as_object_mut().unwrap().remove(name).unwrap_or_else(|| panic!("{name}"));
    }
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn one_decision_is_told_in_the_words_of_three_profiles() {
    let mut w = World::start().await;
    let agent = w.agent("sales").await;
    let alice = w.person("alice").await;
    let mut apps = Vec::new();
    for (name, profile) in [("crm", "rfc8693"), ("legacy", "agbac-1.0"), ("force", "act_as")] {
        let app = w.app(name, json!({"profile": profile})).await;
        w.assign(&alice.id, &app, None).await;
        w.assign(&agent.id, &app, None).await;
        apps.push(app);
    }
    let token = subject(&w, &alice, &agent.client).await;
    let org = claims(&token)["org_id"].clone();
    let (iss, client) = (w.issuer().to_owned(), agent.client.id.clone());
    let common = |app: &App, name: &str| {
        json!({"iss": iss, "aud": app.resource, "client_id": client,
        "scope": format!("{name}.read"), "org_id": org})
    };
    let merged = |mut all: Value, own: Value| {
        all.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        all
    };
    let wanted = [
        merged(
            common(&apps[0], "crm"),
            json!({"sub": alice.id,
            "act": {"sub": agent.id, "iss": iss, "sub_profile": "ai_agent"}}),
        ),
        merged(
            common(&apps[1], "legacy"),
            json!({"sub": "agent:sales", "act": {"sub": "user:alice@corp.example"},
            "delegation": {"method": "explicit", "profile": "AGBAC-Min"}, "agbac_ver": "1.0"}),
        ),
        merged(common(&apps[2], "force"), json!({"sub": agent.id, "act_as": "alice@corp.example"})),
    ];
    for ((app, name), wanted) in apps.iter().zip(["crm", "legacy", "force"]).zip(wanted) {
        let scope = format!("{name}.read");
        let reply =
            w.exchange(&agent.client, &token, &[("resource", &app.resource), ("scope", &scope)]).await;
        // RFC 8693 §2.2.1, and no refresh token (RFC 7521 §4.1).
        let mut members: Vec<&str> = reply.body.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
        let told = ["issued_token_type", "token_type", "scope"].map(|name| reply.get(name));
        assert_eq!(told, [ACCESS_TOKEN, "Bearer", scope.as_str()]);
        let (life, got) = (&reply.body["expires_in"], claims(&reply.access()));
        assert_eq!(life.as_i64().unwrap(), got["exp"].as_i64().unwrap() - got["iat"].as_i64().unwrap());
        assert_eq!(shape(claims(&reply.access())), wanted);
        let keys = claims(&reply.access())["keys"].clone();
        for key in [&agent.id, &alice.id, &app.id, &agent.client.id] {
            assert!(keys.as_array().unwrap().contains(&json!(key)), "{key} in {keys}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_token_is_an_access_token_of_this_server_for_this_caller() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let thief = w.agent("thief").await;
    w.assign(&thief.id, &crm, None).await;
    let second_face = w.face(&agent.id, "second face").await;
    let page = w
        .client(json!({"name": "page", "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": [crate::world::CALLBACK]}))
        .await;
    let tokens =
        w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), ("resource", &crm.resource)]).await;
    let elsewhere =
        w.sign_in(&alice, &page, &[("scope", "openid crm.read"), ("resource", &crm.resource)]).await;
    let id_token = tokens.body["id_token"].as_str().unwrap().to_owned();
    let (head, rest) = tokens.access.split_once('.').unwrap();
    let tampered = format!("{head}.{}", rest.replacen(rest.chars().nth(20).unwrap(), "_", 1));
    let to = ("resource", crm.resource.as_str());
    let cases = [
        ("as it should be", &agent.client, tokens.access.clone(), vec![to], (200, "")),
        ("another face of the same agent", &second_face, tokens.access.clone(), vec![to], (200, "")),
        (
            "type jwt",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")],
            (200, ""),
        ),
        (
            "asks for a jwt",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("requested_token_type", "urn:ietf:params:oauth:token-type:jwt")],
            (200, ""),
        ),
        ("stolen", &thief.client, tokens.access.clone(), vec![to], (400, "invalid_request")),
        (
            "issued to another client",
            &agent.client,
            elsewhere.access.clone(),
            vec![to],
            (400, "invalid_request"),
        ),
        ("a resource server", &crm.guard, tokens.access.clone(), vec![to], (400, "unauthorized_client")),
        ("an ID token", &agent.client, id_token.clone(), vec![to], (400, "invalid_request")),
        (
            "an ID token by its name",
            &agent.client,
            id_token,
            vec![to, ("subject_token_type", ID_TOKEN)],
            (400, "invalid_request"),
        ),
        ("a refresh token", &agent.client, tokens.refresh.clone(), vec![to], (400, "invalid_request")),
        (
            "a refresh token by its name",
            &agent.client,
            tokens.refresh.clone(),
            vec![to, ("subject_token_type", REFRESH)],
            (400, "invalid_request"),
        ),
        (
            "an unknown type",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("subject_token_type", "urn:x")],
            (400, "invalid_request"),
        ),
        (
            "no type",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("subject_token_type", "")],
            (400, "invalid_request"),
        ),
        ("tampered", &agent.client, tampered, vec![to], (400, "invalid_request")),
        ("garbage", &agent.client, "garbage".into(), vec![to], (400, "invalid_request")),
        ("none", &agent.client, String::new(), vec![to], (400, "invalid_request")),
        (
            "asks for a refresh token",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("requested_token_type", REFRESH)],
            (400, "invalid_request"),
        ),
        (
            "asks for an ID token",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("requested_token_type", ID_TOKEN)],
            (400, "invalid_request"),
        ),
        (
            "two audiences",
            &agent.client,
            tokens.access.clone(),
            vec![("audience", "a:b"), ("audience", "c:d")],
            (400, "invalid_target"),
        ),
        (
            "an unknown target",
            &agent.client,
            tokens.access.clone(),
            vec![("resource", "https://nowhere.example")],
            (400, "invalid_target"),
        ),
        (
            "an unknown scope",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("scope", "crm.dance")],
            (400, "invalid_scope"),
        ),
        (
            "a scope of another system",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("scope", "crm.read users.read")],
            (400, "invalid_scope"),
        ),
        (
            "a scope beyond its own",
            &agent.client,
            tokens.access.clone(),
            vec![to, ("scope", "crm.read crm.write")],
            (400, "invalid_scope"),
        ),
    ];
    for (name, client, token, more, wanted) in cases {
        let reply = w.exchange(client, &token, &more).await;
        assert_eq!(reply.outcome(), wanted, "{name}: {}", reply.text);
        assert!(token.is_empty() || token == "garbage" || !reply.text.contains(&token), "{name}");
    }
}

/// RFC 8693 §4.4.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_says_who_may_act_with_it_is_exchanged_by_nobody_else() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let token = w.sign_in(&alice, &agent.client, SIGN_IN).await.access;
    let ring = w.kit.running.platform.vault.ring();
    let key = ring.active(Alg::Es256).unwrap();
    let cases = [
        (json!({"sub": agent.id}), (200, "")),
        (json!({"sub": agent.id, "iss": w.issuer()}), (200, "")),
        (json!({"sub": agent.client.id}), (200, "")),
        (json!({"sub": agent.id, "iss": "https://evil.example"}), (400, "invalid_request")),
        (json!({"sub": "agt_00000000000000000000000001"}), (400, "invalid_request")),
        (json!({"sub": alice.id}), (400, "invalid_request")),
        (json!({"sub": ""}), (400, "invalid_request")),
        (json!({}), (400, "invalid_request")),
        (json!(agent.id), (400, "invalid_request")),
    ];
    for (at, (may_act, wanted)) in cases.into_iter().enumerate() {
        let mut all = claims(&token);
        (all["may_act"], all["jti"]) = (may_act.clone(), json!(format!("jti-{at}")));
        let named = sign::<AccessToken, _>(key, &all).unwrap();
        let reply = w.exchange(&agent.client, &named, &[("resource", &crm.resource)]).await;
        assert_eq!(reply.outcome(), wanted, "{may_act}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_the_same_system_however_it_is_spelled_the_scope_never_grows_nor_does_the_life() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let narrow =
        w.sign_in(&alice, &agent.client, &[("scope", "crm.read"), ("resource", &crm.resource)]).await.access;
    // The person has agreed to more since, for another token.
    let wide = w
        .sign_in(&alice, &agent.client, &[("scope", "crm.read crm.write"), ("resource", &crm.resource)])
        .await
        .access;
    let slash = format!("{}/", crm.resource);
    let spellings = [
        vec![("resource", crm.resource.as_str())],
        vec![("resource", slash.as_str())],
        vec![("audience", crm.resource.as_str())],
        vec![("audience", slash.as_str())],
        vec![],
    ];
    for target in &spellings {
        let reply = w.exchange(&agent.client, &narrow, target).await;
        assert_eq!(reply.get("scope"), "crm.read", "{target:?}");
        let more = [&target[..], &[("scope", "crm.write")]].concat();
        assert_eq!(
            w.exchange(&agent.client, &narrow, &more).await.outcome(),
            (400, "invalid_scope"),
            "{target:?}"
        );
        assert_eq!(w.exchange(&agent.client, &wide, &more).await.get("scope"), "crm.write", "{target:?}");
    }
    let end = claims(&narrow)["exp"].as_i64().unwrap();
    for wait in [0, 100, 199] {
        w.advance(wait);
        let reply = w.exchange(&agent.client, &narrow, &spellings[0]).await;
        assert_eq!(claims(&reply.access())["exp"], end);
        assert_eq!(reply.body["expires_in"], end - w.now());
    }
    w.advance(1);
    assert_eq!(
        w.exchange(&agent.client, &narrow, &spellings[0]).await.outcome(),
        (400, "invalid_request"),
        "expired"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_token_is_the_callers_own_and_comes_with_its_type() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let other = w.agent("other").await;
    let desk = w.app("desk", json!({"dual_subject": "agent_only"})).await;
    w.assign(&agent.id, &desk, None).await;
    w.assign(&other.id, &desk, None).await;
    let grant = [("grant_type", "client_credentials"), ("resource", desk.resource.as_str())];
    let (mine, theirs) =
        (w.token(&agent.client, &grant).await.access(), w.token(&other.client, &grant).await.access());
    let subject = subject(&w, &alice, &agent.client).await;
    let typed = ("actor_token_type", ACCESS_TOKEN);
    let cases = [
        (vec![("actor_token", mine.as_str()), typed], (200, "")),
        (vec![("actor_token", theirs.as_str()), typed], (400, "invalid_request")),
        (vec![("actor_token", "garbage"), typed], (400, "invalid_request")),
        (vec![("actor_token", mine.as_str())], (400, "invalid_request")),
        (vec![typed], (400, "invalid_request")),
        (vec![("actor_token", mine.as_str()), ("actor_token_type", ID_TOKEN)], (400, "invalid_request")),
    ];
    for (more, wanted) in cases {
        let fields = [&more[..], &[("resource", crm.resource.as_str())]].concat();
        let reply = w.exchange(&agent.client, &subject, &fields).await;
        assert_eq!(reply.outcome(), wanted, "{more:?}: {}", reply.text);
        if reply.status == 200 {
            assert_eq!(claims(&reply.access())["act"]["sub"], agent.id);
        }
    }
    w.as_client("/oauth2/revoke", &agent.client, &[("token", &mine)]).await;
    let fields = [("actor_token", mine.as_str()), typed, ("resource", crm.resource.as_str())];
    assert_eq!(
        w.exchange(&agent.client, &subject, &fields).await.outcome(),
        (400, "invalid_request"),
        "revoked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_asking_says_so_in_a_word_for_programs() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let bank = w.app("bank", json!({"consent": "person"})).await;
    w.assign(&alice.id, &bank, None).await;
    w.assign(&agent.id, &bank, None).await;
    let token = subject(&w, &alice, &agent.client).await;
    let bank_scope = |scope: &'static str| [("resource", "https://bank.example/api"), ("scope", scope)];
    let crm_scope = |scope: &'static str| [("resource", "https://crm.example/api"), ("scope", scope)];
    let cases = [
        (crm_scope("crm.pay"), "access_denied", "approval_required"),
        (crm_scope("crm.read crm.pay"), "access_denied", "approval_required"),
        (bank_scope("bank.read"), "consent_required", "consent_required"),
    ];
    for (fields, error, reason) in cases {
        let reply = w.exchange(&agent.client, &token, &fields).await;
        let told = (reply.status, &reply.body["error"], &reply.body["reason"]);
        assert_eq!(told, (400, &json!(error), &json!(reason)), "{}", reply.text);
        let event = w.read(&format!("/api/v1/events/{}", reply.body["event"].as_str().unwrap())).await;
        assert_eq!(event["data"]["evidence"]["decision"]["verdict"], "pending", "{event}");
    }
    assert_eq!(
        w.exchange(&agent.client, &token, &crm_scope("crm.wipe")).await.outcome(),
        (400, "access_denied")
    );
    // Once the person has agreed, it goes through.
    w.sign_in(&alice, &agent.client, &[("scope", "bank.read"), ("resource", &bank.resource)]).await;
    assert_eq!(w.exchange(&agent.client, &token, &bank_scope("bank.read")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_a_party_ends_its_tokens_and_the_exchange() {
    let ends = [
        "agent contained",
        "agent suspended",
        "agent unassigned",
        "agent retired",
        "person disabled",
        "person deleted",
        "person unassigned",
        "client disabled",
        "client deleted",
        "application disabled",
        "run stopped",
        "token revoked",
        "connection narrowed",
    ];
    let mut w = World::start().await;
    for (at, end) in ends.into_iter().enumerate() {
        let alice = w.person(&format!("alice{at}")).await;
        let crm = w.app(&format!("crm{at}"), json!({})).await;
        let agent = w.agent(&format!("sales{at}")).await;
        let (by_person, by_agent) =
            (w.assign(&alice.id, &crm, None).await, w.assign(&agent.id, &crm, None).await);
        let subject = subject(&w, &alice, &agent.client).await;
        let to = [("resource", crm.resource.as_str())];
        let token = w.exchange(&agent.client, &subject, &to).await.access();
        assert!(w.alive(&crm.guard, &token).await, "{end}");
        let why = json!({"reason": "a test"});
        match end {
            "agent contained" => w.contain(&agent.id).await,
            "agent suspended" => w.stage(&agent.id, "suspended").await,
            "agent unassigned" => w.delete(&format!("/api/v1/assignments/{by_agent}")).await,
            "agent retired" => w.stage(&agent.id, "retired").await,
            "person disabled" => drop(w.make(&format!("/api/v1/users/{}/disable", alice.id), why).await),
            "person deleted" => w.delete(&format!("/api/v1/users/{}", alice.id)).await,
            "person unassigned" => w.delete(&format!("/api/v1/assignments/{by_person}")).await,
            "client disabled" => {
                drop(w.make(&format!("/api/v1/clients/{}/disable", agent.client.id), why).await)
            }
            "client deleted" => w.delete(&format!("/api/v1/clients/{}", agent.client.id)).await,
            "application disabled" => {
                drop(w.make(&format!("/api/v1/applications/{}/disable", crm.id), json!({})).await)
            }
            "run stopped" => {
                let run = claims(&token)["run_id"].as_str().unwrap().to_owned();
                w.make(&format!("/api/v1/runs/{run}/stop"), why).await;
            }
            "token revoked" => drop(w.as_client("/oauth2/revoke", &agent.client, &[("token", &token)]).await),
            _ => {
                let body = json!({"agent": agent.id, "application": crm.id, "never": format!("crm{at}.read crm{at}.write")});
                w.make("/api/v1/connections", body).await;
            }
        }
        assert!(!w.alive(&crm.guard, &token).await, "{end}");
        let reply = w.exchange(&agent.client, &subject, &to).await;
        // What ended the one token alone leaves the sign-in it was made of.
        assert_eq!(reply.status == 200, end == "token revoked", "{end}: {}", reply.text);
        assert!(
            reply.status < 500 && (reply.status != 401 || end.starts_with("client")),
            "{end}: {}",
            reply.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_agent_works_again_and_its_old_tokens_do_not() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let to = [("resource", crm.resource.as_str())];
    let old = subject(&w, &alice, &agent.client).await;
    w.contain(&agent.id).await;
    let page = w
        .walk(
            &mut w.kit.browser().unwrap(),
            &alice,
            &w.request(&agent.client, &[("scope", "crm.read"), to[0]]),
        )
        .await;
    assert!(page.location.as_deref().is_some_and(|to| to.contains("error=access_denied")), "{page:?}");
    w.make(&format!("/api/v1/agents/{}/release", agent.id), json!({"reason": "a test"})).await;
    assert_eq!(w.exchange(&agent.client, &old, &to).await.outcome(), (400, "invalid_request"));
    let fresh: Tokens = w.sign_in(&alice, &agent.client, SIGN_IN).await;
    assert_eq!(w.exchange(&agent.client, &fresh.access, &to).await.status, 200);
}
