//! Refresh tokens: RFC 6749 §6, RFC 9700 §4.14.2.

use chancery_testkit::PASSWORD;
use serde_json::json;

use crate::world::{Agent, App, Person, Tokens, World, claims};

const CRM: (&str, &str) = ("resource", "https://crm.example/api");
const DAY: i64 = 86_400;

async fn signed_in(scope: &str) -> (World, Person, App, Agent, Tokens) {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", scope), CRM]).await;
    (w, alice, crm, agent, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_use_rotates_and_a_copy_that_comes_back_ends_the_family() {
    let (mut w, _, crm, agent, first) = signed_in("openid crm.read").await;
    w.advance(60);
    let second = Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    assert_ne!(first.refresh, second.refresh);
    let (before, after) =
        (claims(first.body["id_token"].as_str().unwrap()), claims(second.body["id_token"].as_str().unwrap()));
    for same in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(after["iat"].as_i64() > before["iat"].as_i64() && after.get("nonce").is_none());
    // RFC 9068 §2.2.1: how and when they proved themselves does not change with time.
    for same in ["run_id", "sub", "aud", "client_id", "act", "scope", "auth_time", "acr", "amr"] {
        let (before, after) = (&claims(&first.access)[same], &claims(&second.access)[same]);
        assert!(!before.is_null() && before == after, "{same}: {before} {after}");
    }
    let third = Tokens::of(&w.refresh(&agent.client, &second.refresh, &[]).await);
    // The thief comes with the first one, the successor of which was used.
    assert_eq!(w.refresh(&agent.client, &first.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.refresh(&agent.client, &third.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    for token in [&first.access, &second.access, &third.access, &third.refresh] {
        assert!(!w.alive(&crm.guard, token).await && !w.alive(&agent.client, token).await);
    }
    assert_eq!(w.events("refresh_reuse_detected").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_forgiven_for_ten_seconds_and_only_while_its_successor_is_unused() {
    let (w, _, _, agent, first) = signed_in("crm.read").await;
    let lost = Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    w.advance(10);
    let again = Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    // The lost one is superseded: whoever has it took it from the wire.
    assert!(!w.alive(&agent.client, &lost.refresh).await && w.alive(&agent.client, &again.refresh).await);
    w.advance(1);
    assert_eq!(w.refresh(&agent.client, &first.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.refresh(&agent.client, &again.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_successor_was_used_nothing_is_forgiven() {
    let (w, _, _, agent, first) = signed_in("crm.read").await;
    let second = Tokens::of(&w.refresh(&agent.client, &first.refresh, &[]).await);
    let third = Tokens::of(&w.refresh(&agent.client, &second.refresh, &[]).await);
    w.advance(1);
    let reply = w.refresh(&agent.client, &second.refresh, &[]).await;
    assert_eq!(reply.status, 200, "the third was never used: its answer may have been lost");
    assert!(!w.alive(&agent.client, &third.refresh).await);
    let fourth = Tokens::of(&reply);
    w.refresh(&agent.client, &fourth.refresh, &[]).await.access();
    w.advance(11);
    assert_eq!(w.refresh(&agent.client, &first.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_once_each_answer_but_the_last_is_superseded() {
    let (w, _, _, agent, first) = signed_in("crm.read").await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
        let request = w.http.post(w.kit.url("/oauth2/token")).form(&agent.client.with(&fields));
        all.spawn(async move { crate::world::Reply::read(request.send().await.unwrap()).await });
    }
    let mut live = 0;
    for reply in all.join_all().await {
        if reply.status == 200 && w.alive(&agent.client, &Tokens::of(&reply).refresh).await {
            live += 1;
        }
    }
    assert_eq!(live, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_may_narrow_and_never_widen_and_a_refusal_costs_nothing() {
    let (mut w, _, crm, agent, first) = signed_in("openid crm.read crm.write").await;
    let other = w.face(&agent.id, "another face").await;
    let refused = [
        (vec![("scope", "crm.read crm.pay")], "invalid_scope"),
        (vec![("scope", "email")], "invalid_scope"),
        (vec![("scope", "a\"b")], "invalid_scope"),
        (vec![("resource", "https://mail.example/api")], "invalid_target"),
        (vec![("resource", w.issuer())], "invalid_target"),
    ];
    for (fields, wanted) in refused {
        let reply = w.refresh(&agent.client, &first.refresh, &fields).await;
        assert_eq!(reply.outcome(), (400, wanted), "{fields:?} {}", reply.text);
    }
    assert_eq!(w.refresh(&other, &first.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.refresh(&agent.client, "rt_nonsense", &[]).await.outcome(), (400, "invalid_grant"));
    // What stands in the way for a while takes the token from nobody, however long it lasts.
    w.make(&format!("/api/v1/applications/{}/disable", crm.id), json!({})).await;
    assert_eq!(w.refresh(&agent.client, &first.refresh, &[]).await.outcome(), (400, "invalid_target"));
    w.advance(60);
    w.make(&format!("/api/v1/applications/{}/enable", crm.id), json!({})).await;
    let narrow = w.refresh(&agent.client, &first.refresh, &[("scope", "crm.read"), CRM]).await;
    assert_eq!(narrow.get("scope"), "crm.read");
    assert!(narrow.body.get("id_token").is_none(), "openid was not asked for");
    let wide = w.refresh(&agent.client, &Tokens::of(&narrow).refresh, &[]).await;
    assert_eq!(wide.get("scope"), "crm.read crm.write openid", "what was authorized stays authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_sign_in_the_consent_and_the_person() {
    for end in ["sign-out", "consent", "profile", "person", "client", "agent", "password"] {
        let mut w = World::start().await;
        let (alice, crm, agent) = w.trio().await;
        let mut browser = w.kit.browser().unwrap();
        let tokens =
            w.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid crm.read"), CRM]).await;
        assert!(w.alive(&agent.client, &tokens.refresh).await && w.alive(&crm.guard, &tokens.access).await);
        match end {
            "sign-out" => {
                let page = browser.get("/log-out").await.unwrap();
                browser.submit(&page, "/log-out", &[]).await.unwrap();
            }
            "consent" | "profile" => {
                let all = w.read("/api/v1/grants").await["items"].as_array().unwrap().clone();
                let found = all.iter().find(|g| g["application"].is_string() == (end == "consent")).unwrap();
                w.delete(&format!("/api/v1/grants/{}", found["id"].as_str().unwrap())).await;
            }
            "person" => {
                drop(w.make(&format!("/api/v1/users/{}/disable", alice.id), json!({"reason": "x"})).await)
            }
            "client" => drop(
                w.make(&format!("/api/v1/clients/{}/disable", agent.client.id), json!({"reason": "x"})).await,
            ),
            "agent" => w.stage(&agent.id, "suspended").await,
            _ => {
                let body = json!({"password": "another password entirely"});
                let path = format!("/api/v1/users/{}/password", alice.id);
                w.api()
                    .await
                    .send(reqwest::Method::PUT, &path, Some(body), None)
                    .await
                    .unwrap()
                    .ok()
                    .unwrap();
            }
        }
        assert!(!w.alive(&crm.guard, &tokens.access).await, "{end}: the access token");
        let reply = w.refresh(&agent.client, &tokens.refresh, &[]).await;
        assert!([400, 401].contains(&reply.status), "{end}: {}", reply.text);
        if !["client", "agent"].contains(&end) {
            assert!(!w.alive(&agent.client, &tokens.refresh).await, "{end}: the refresh token");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_access_outlives_the_sign_in_but_not_the_consent() {
    let mut w = World::start().await;
    let (alice, _, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    let asked = [("scope", "openid offline_access crm.read"), CRM];
    let tokens = w.sign_in_with(&mut browser, &alice, &agent.client, &asked).await;
    let page = browser.get("/log-out").await.unwrap();
    browser.submit(&page, "/log-out", &[]).await.unwrap();
    let after = Tokens::of(&w.refresh(&agent.client, &tokens.refresh, &[]).await);
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let me = browser.get("/me").await.unwrap();
    let path = me
        .body
        .split("action=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|p| p.ends_with("/withdraw"));
    assert_eq!(browser.submit(&me, path.unwrap(), &[]).await.unwrap().status, 303);
    assert_eq!(w.refresh(&agent.client, &after.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_by_inactivity_and_at_last_in_any_case() {
    let (w, _, _, agent, first) = signed_in("offline_access crm.read").await;
    w.advance(7 * DAY);
    assert_eq!(w.refresh(&agent.client, &first.refresh, &[]).await.outcome(), (400, "invalid_grant"), "idle");
    let (w, _, _, agent, mut tokens) = signed_in("offline_access crm.read").await;
    for _ in 0..14 {
        w.advance(6 * DAY);
        tokens = Tokens::of(&w.refresh(&agent.client, &tokens.refresh, &[]).await);
    }
    w.advance(6 * DAY);
    assert_eq!(
        w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(),
        (400, "invalid_grant"),
        "absolute"
    );
}
