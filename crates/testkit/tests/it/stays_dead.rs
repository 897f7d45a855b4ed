//! What was issued before an end stays dead after it: a stopped run, a released agent, a client that is enabled again.

use chancery_testkit::PASSWORD;
use serde_json::json;

use crate::world::{Agent, App, Person, Tokens, World, claims};

const OFFLINE: &[(&str, &str)] =
    &[("scope", "openid offline_access crm.read"), ("resource", "https://crm.example/api")];

async fn signed_in() -> (World, Person, App, Agent, Tokens) {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let tokens = w.sign_in(&alice, &agent.client, OFFLINE).await;
    (w, alice, crm, agent, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_is_not_taken_up_by_a_refresh() {
    let (mut w, alice, _, agent, tokens) = signed_in().await;
    let other = w.sign_in(&alice, &agent.client, OFFLINE).await;
    let run = claims(&tokens.access)["run_id"].as_str().unwrap().to_owned();
    w.make(&format!("/api/v1/runs/{run}/stop"), json!({"reason": "a test"})).await;
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert!(!w.alive(&agent.client, &tokens.refresh).await);
    assert_eq!(w.refresh(&agent.client, &other.refresh, &[]).await.status, 200, "other tasks go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_refresh_token_stays_dead_when_its_agent_or_client_comes_back() {
    for end in ["contained", "suspended", "client disabled"] {
        let (mut w, alice, crm, agent, old) = signed_in().await;
        let client = format!("/api/v1/clients/{}", agent.client.id);
        let why = json!({"reason": "a test"});
        match end {
            "contained" => {
                w.contain(&agent.id).await;
                w.make(&format!("/api/v1/agents/{}/release", agent.id), why).await;
            }
            "suspended" => {
                w.stage(&agent.id, "suspended").await;
                w.stage(&agent.id, "active").await;
            }
            _ => {
                w.make(&format!("{client}/disable"), why).await;
                w.make(&format!("{client}/enable"), json!({})).await;
            }
        }
        let reply = w.refresh(&agent.client, &old.refresh, &[]).await;
        assert_eq!(reply.outcome(), (400, "invalid_grant"), "{end}: {}", reply.text);
        assert!(!w.alive(&agent.client, &old.refresh).await, "{end}");
        let fresh = w.sign_in(&alice, &agent.client, OFFLINE).await;
        assert!(w.alive(&crm.guard, &fresh.access).await, "{end}");
        assert_eq!(w.refresh(&agent.client, &fresh.refresh, &[]).await.status, 200, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_from_before_a_containment_is_worth_nothing_after_the_release() {
    for end in ["contained", "suspended", "client disabled"] {
        let mut w = World::start().await;
        let (alice, _, agent) = w.trio().await;
        let code = w.code(&mut w.kit.browser().unwrap(), &alice, &agent.client, OFFLINE).await;
        let client = format!("/api/v1/clients/{}", agent.client.id);
        let why = json!({"reason": "a test"});
        match end {
            "contained" => {
                w.contain(&agent.id).await;
                w.make(&format!("/api/v1/agents/{}/release", agent.id), why).await;
            }
            "suspended" => {
                w.stage(&agent.id, "suspended").await;
                w.stage(&agent.id, "active").await;
            }
            _ => {
                w.make(&format!("{client}/disable"), why).await;
                w.make(&format!("{client}/enable"), json!({})).await;
            }
        }
        let reply = w.redeem(&agent.client, &code).await;
        assert_eq!(reply.outcome(), (400, "invalid_grant"), "{end}: {}", reply.text);
        let again = w.code(&mut w.kit.browser().unwrap(), &alice, &agent.client, OFFLINE).await;
        assert_eq!(w.redeem(&agent.client, &again).await.status, 200, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_consent_is_not_brought_back_by_a_new_one() {
    let (mut w, alice, _, agent, old) = signed_in().await;
    let all = w.read("/api/v1/grants").await["items"].as_array().unwrap().clone();
    for grant in &all {
        w.delete(&format!("/api/v1/grants/{}", grant["id"].as_str().unwrap())).await;
    }
    let fresh = w.sign_in(&alice, &agent.client, OFFLINE).await;
    assert_eq!(w.refresh(&agent.client, &old.refresh, &[]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(w.refresh(&agent.client, &fresh.refresh, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_offline_access_a_refresh_ends_with_the_session_to_the_second() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let mut tokens = w.sign_in_with(&mut browser, &alice, &agent.client, &asked).await;
    let absolute = w.kit.running.platform.settings.session_absolute.0;
    w.advance(absolute - 1);
    tokens = Tokens::of(&w.refresh(&agent.client, &tokens.refresh, &[]).await);
    w.advance(1);
    assert!(!w.alive(&agent.client, &tokens.refresh).await);
    assert_eq!(w.refresh(&agent.client, &tokens.refresh, &[]).await.outcome(), (400, "invalid_grant"));
}
