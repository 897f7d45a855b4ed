//! What descends from a token: never wider than any of its sources, and dead with each of them.

use serde_json::{Value, json};

use crate::world::{Agent, App, Person, World, claims};

const OPENID: &[(&str, &str)] = &[("scope", "openid")];

/// A person and an agent that may both work in two systems.
async fn two_systems() -> (World, Person, App, App, Agent) {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let hr = w.app("hr", json!({})).await;
    w.assign(&alice.id, &hr, None).await;
    w.assign(&agent.id, &hr, None).await;
    (w, alice, crm, hr, agent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_token_does_not_get_its_scope_back_by_way_of_another_system() {
    let (w, alice, crm, hr, agent) = two_systems().await;
    let narrow =
        w.sign_in(&alice, &agent.client, &[("scope", "crm.read"), ("resource", &crm.resource)]).await.access;
    let write = [("resource", crm.resource.as_str()), ("scope", "crm.write")];
    assert_eq!(w.exchange(&agent.client, &narrow, &write).await.outcome(), (400, "invalid_scope"));
    let to_hr = [("resource", hr.resource.as_str()), ("scope", "hr.read")];
    let there = w.exchange(&agent.client, &narrow, &to_hr).await.access();
    assert_eq!(w.exchange(&agent.client, &there, &write).await.outcome(), (400, "invalid_scope"), "one hop");
    let back = w.exchange(&agent.client, &there, &[("resource", &crm.resource)]).await;
    assert_eq!(back.get("scope"), "crm.read", "what the source had, and no more");
    // Nor by staying away longer, and the other system's own narrowing holds as well.
    let again = w.exchange(&agent.client, &back.access(), &[("resource", &hr.resource)]).await;
    assert_eq!(again.get("scope"), "hr.read");
    assert_eq!(w.exchange(&agent.client, &again.access(), &write).await.outcome(), (400, "invalid_scope"));
    let wide = [("resource", hr.resource.as_str()), ("scope", "hr.write")];
    assert_eq!(w.exchange(&agent.client, &back.access(), &wide).await.outcome(), (400, "invalid_scope"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_source_ends_what_was_made_of_it() {
    for end in ["source revoked", "source client disabled", "person off the source", "agent off the source"] {
        let mut w = World::start().await;
        let (alice, crm, agent) = w.trio().await;
        let hr = w.app("hr", json!({})).await;
        let by_person = w.assign(&alice.id, &hr, None).await;
        let by_agent = w.assign(&agent.id, &hr, None).await;
        let first = w.face(&agent.id, "first face").await;
        let source = w.sign_in(&alice, &first, OPENID).await.access;
        let at_hr = w.exchange(&first, &source, &[("resource", &hr.resource)]).await.access();
        let made = w.exchange(&agent.client, &at_hr, &[("resource", &crm.resource)]).await.access();
        assert!(w.alive(&crm.guard, &made).await, "{end}");
        match end {
            "source revoked" => drop(w.as_client("/oauth2/revoke", &first, &[("token", &source)]).await),
            "source client disabled" => {
                let path = format!("/api/v1/clients/{}/disable", first.id);
                w.make(&path, json!({"reason": "a test"})).await;
            }
            "person off the source" => w.delete(&format!("/api/v1/assignments/{by_person}")).await,
            _ => w.delete(&format!("/api/v1/assignments/{by_agent}")).await,
        }
        assert!(!w.alive(&crm.guard, &made).await, "{end}");
        let onward = w.exchange(&agent.client, &made, &[("resource", &crm.resource)]).await;
        assert_eq!(onward.outcome(), (400, "invalid_request"), "{end}: {}", onward.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_the_derived_token_leaves_its_source() {
    let (w, alice, crm, hr, agent) = two_systems().await;
    let source = w.sign_in(&alice, &agent.client, OPENID).await.access;
    let made = w.exchange(&agent.client, &source, &[("resource", &crm.resource)]).await.access();
    w.as_client("/oauth2/revoke", &agent.client, &[("token", &made)]).await;
    assert!(!w.alive(&crm.guard, &made).await && w.alive(&agent.client, &source).await);
    assert_eq!(w.exchange(&agent.client, &source, &[("resource", &hr.resource)]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_handed_on_eight_times_and_stays_a_token() {
    let (w, alice, crm, hr, agent) = two_systems().await;
    let mut token = w.sign_in(&alice, &agent.client, OPENID).await.access;
    for hop in 0..8 {
        let app = if hop % 2 == 0 { &crm } else { &hr };
        token = w.exchange(&agent.client, &token, &[("resource", &app.resource)]).await.access();
        assert!(w.alive(&app.guard, &token).await);
    }
    let keys = claims(&token)["keys"].clone();
    let ancestors = |keys: &Value| {
        keys.as_array().unwrap().iter().filter(|k| k.as_str().unwrap().starts_with("tok:")).count()
    };
    assert_eq!(ancestors(&keys), 8, "{keys}");
    let more = w.exchange(&agent.client, &token, &[("resource", &crm.resource)]).await;
    assert_eq!(more.outcome(), (400, "invalid_request"), "{}", more.text);
    assert!(more.body["event"].is_string(), "and the refusal is in the log: {}", more.text);
}
