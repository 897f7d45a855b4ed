//! Chains of agents over HTTP: an agent is called with a token for its own API, and exchanges that onward.

use serde_json::json;

use crate::world::{Agent, App, CALLBACK, EXCHANGE, World, claims};

/// An agent, the API by which others call it, and the client that is both its face and that API's.
async fn served(w: &mut World, name: &str) -> (Agent, App) {
    let agent = w.agent(name).await;
    let api = w.app(&format!("{name}-api"), json!({})).await;
    let client = w
        .client(json!({"name": format!("{name} called"), "agent": agent.id, "application": api.id,
            "auth": "client_secret_basic", "grants": ["client_credentials", "authorization_code", EXCHANGE],
            "redirect_uris": [CALLBACK]}))
        .await;
    (Agent { client, ..agent }, api)
}

/// The agents that a token names, the present one first.
fn chain(token: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut act = claims(token)["act"].clone();
    while let Some(sub) = act["sub"].as_str() {
        found.push(sub.to_owned());
        act = act["act"].clone();
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn five_agents_hand_a_task_on_and_a_sixth_is_refused() {
    let mut w = World::start().await;
    let alice = w.person("alice").await;
    let crm = w.app("crm", json!({})).await;
    let mut all = Vec::new();
    for at in 0..6 {
        all.push(served(&mut w, &format!("agent{at}")).await);
    }
    // Everybody may call everybody, and work in the CRM.
    let apps: Vec<App> = all.iter().map(|(_, api)| api.clone()).chain([crm.clone()]).collect();
    for app in &apps {
        w.assign(&alice.id, app, None).await;
        for (agent, _) in &all {
            w.assign(&agent.id, app, None).await;
        }
    }
    let mut token = w.sign_in(&alice, &all[0].0.client, &[("scope", "openid")]).await.access;
    for depth in 1..=5 {
        let (agent, _) = &all[depth - 1];
        let there = w.exchange(&agent.client, &token, &[("resource", &crm.resource)]).await;
        let wanted: Vec<String> = all[..depth].iter().rev().map(|(agent, _)| agent.id.clone()).collect();
        assert_eq!(chain(&there.access()), wanted, "act is whole");
        assert_eq!(claims(&there.access())["sub"], alice.id);
        assert!(w.alive(&crm.guard, &there.access()).await);
        let (_, next) = &all[depth];
        token = w.exchange(&agent.client, &token, &[("resource", &next.resource)]).await.access();
        assert_eq!(chain(&token), wanted);
    }
    let sixth = w.exchange(&all[5].0.client, &token, &[("resource", &crm.resource)]).await;
    assert_eq!((sixth.status, &sixth.body["reason"]), (400, &json!("chain_too_long")), "{}", sixth.text);
    // Whoever of them is stopped, what they handed on is dead.
    let (last, _) = &all[4];
    let fourth = &all[1].0;
    assert!(w.alive(&all[5].1.guard, &token).await);
    w.contain(&fourth.id).await;
    assert!(!w.alive(&all[5].1.guard, &token).await);
    let onward = w.exchange(&last.client, &token, &[("resource", &crm.resource)]).await;
    assert_eq!(onward.outcome(), (400, "invalid_request"), "{}", onward.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_agent_whose_api_was_called_takes_the_token_onward() {
    let mut w = World::start().await;
    let (alice, crm, sales) = w.trio().await;
    let (called, api) = served(&mut w, "called").await;
    let (other, _) = served(&mut w, "other").await;
    for who in [&alice.id, &sales.id, &called.id, &other.id] {
        w.assign(who, &api, None).await;
    }
    for who in [&called.id, &other.id] {
        w.assign(who, &crm, None).await;
    }
    let subject = w.sign_in(&alice, &sales.client, &[("scope", "openid")]).await.access;
    let token = w.exchange(&sales.client, &subject, &[("resource", &api.resource)]).await.access();
    let to = [("resource", crm.resource.as_str())];
    let plain = w.face(&called.id, "not its API").await;
    for stranger in [&other.client, &plain] {
        let reply = w.exchange(stranger, &token, &to).await;
        assert_eq!(reply.outcome(), (400, "invalid_request"), "{}", reply.text);
    }
    let reply = w.exchange(&called.client, &token, &to).await;
    assert_eq!(chain(&reply.access()), [called.id.clone(), sales.id.clone()]);
    // The way back would name an agent twice.
    let back = w.exchange(&called.client, &token, &[("resource", &api.resource)]).await.access();
    assert_eq!(chain(&back), [called.id.clone(), sales.id.clone()]);
}
