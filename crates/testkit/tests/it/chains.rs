//! Chains of agents (RFC 8693 §4.1): one hands its work to the next, and everybody stays named.

use chancery_kernel::{Fault, Id};
use chancery_model::{Client as Record, Noun};
use chancery_store::Who;
use serde_json::{Value, json};

use crate::world::{Agent, App, Person, World, claims};

/// Agents, each of which is reached as an application of its own: what is meant for that application is meant for it.
struct Relay {
    w: World,
    alice: Person,
    /// Where the work is done.
    crm: App,
    links: Vec<(Agent, App)>,
}

async fn relay(length: usize) -> Relay {
    let mut w = World::start().await;
    let alice = w.person("alice").await;
    let crm = w.app("crm", json!({})).await;
    w.assign(&alice.id, &crm, None).await;
    let mut links = Vec::new();
    for at in 0..length {
        let agent = w.agent(&format!("agent{at}")).await;
        let front = w.app(&format!("front{at}"), json!({})).await;
        serve(&w, &agent, &front).await;
        w.assign(&alice.id, &front, None).await;
        w.assign(&agent.id, &crm, None).await;
        links.push((agent, front));
    }
    for (agent, _) in &links.clone() {
        for (_, front) in &links.clone() {
            w.assign(&agent.id, front, None).await;
        }
    }
    Relay { w, alice, crm, links }
}

/// Makes an agent's client the face of its application too. There is no door for this yet: it is written directly.
async fn serve(w: &World, agent: &Agent, front: &App) {
    let platform = &w.kit.running.platform;
    let (id, app) = (agent.client.id.parse().unwrap(), front.id.parse().unwrap());
    let org = platform.db.hot().clients.find_anywhere(id).unwrap().org;
    let write = platform.db.write(org, Who::SYSTEM, move |tx| {
        let client = tx.get::<Record>(id)?;
        let changed = Record { application: Some(app), ..Record::clone(&client) };
        let changed = tx.update(changed)?;
        let event = chancery_audit::Event::ClientUpdated { client: changed.id(), changed: Vec::new() };
        Ok::<_, Fault>(tx.record(event).with(()))
    });
    write.await.unwrap();
}

impl Relay {
    /// The person signs in at the first agent; each hands on to the next; the last token is for the last front.
    async fn hand_on(&self, order: &[usize]) -> Vec<String> {
        let (first, _) = &self.links[order[0]];
        let mut token = self.w.sign_in(&self.alice, &first.client, &[("scope", "openid")]).await.access;
        let mut tokens = Vec::new();
        for pair in order.windows(2) {
            let (from, (_, to)) = (&self.links[pair[0]].0, &self.links[pair[1]]);
            let reply = self.w.exchange(&from.client, &token, &[("resource", &to.resource)]).await;
            token = reply.access();
            tokens.push(token.clone());
        }
        tokens
    }

    async fn finish(&self, last: usize, token: &str) -> crate::world::Reply {
        self.w.exchange(&self.links[last].0.client, token, &[("resource", &self.crm.resource)]).await
    }
}

/// The actors of a token, the present one first.
fn actors(token: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = claims(token)["act"].clone();
    while let Some(sub) = at["sub"].as_str() {
        out.push(sub.to_owned());
        at = at["act"].clone();
    }
    assert_eq!(at, Value::Null);
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_named_in_order_and_dies_with_each_of_its_links() {
    for end in ["first contained", "middle suspended", "first unassigned", "first's client disabled", "person disabled", "first's token revoked"] {
        let mut r = relay(3).await;
        let before = r.hand_on(&[0, 1, 2]).await;
        let token = r.finish(2, &before[1]).await.access();
        let ids: Vec<String> = [2, 1, 0].iter().map(|at| r.links[*at].0.id.clone()).collect();
        assert_eq!(actors(&token), ids);
        let body = claims(&token);
        assert_eq!((&body["sub"], &body["client_id"]), (&json!(r.alice.id), &json!(r.links[2].0.client.id)));
        let keys = body["keys"].as_array().unwrap();
        assert!(ids.iter().all(|id| keys.contains(&json!(id))));
        assert!(r.w.alive(&r.crm.guard, &token).await);
        let (first, middle) = (r.links[0].0.clone(), r.links[1].0.clone());
        match end {
            "first contained" => r.w.contain(&first.id).await,
            "middle suspended" => r.w.stage(&middle.id, "suspended").await,
            "first unassigned" => {
                let all = r.w.read(&format!("/api/v1/assignments?application={}&limit=100", r.crm.id)).await;
                let own = all["items"].as_array().unwrap().iter().find(|a| a["principal"] == json!(first.id)).unwrap().clone();
                r.w.delete(&format!("/api/v1/assignments/{}", own["id"].as_str().unwrap())).await;
            }
            "first's client disabled" => {
                r.w.make(&format!("/api/v1/clients/{}/disable", first.client.id), json!({"reason": "x"})).await;
            }
            "first's token revoked" => {
                r.w.as_client("/oauth2/revoke", &first.client, &[("token", &before[0])]).await;
            }
            _ => drop(r.w.make(&format!("/api/v1/users/{}/disable", r.alice.id), json!({"reason": "x"})).await),
        }
        assert!(!r.w.alive(&r.crm.guard, &token).await, "{end}");
        let again = r.finish(2, &before[1]).await;
        assert_eq!(again.status, 400, "{end}: {}", again.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_agents_may_act_and_a_sixth_or_one_that_returns_may_not() {
    let r = relay(6).await;
    let five = r.hand_on(&[0, 1, 2, 3, 4]).await;
    let last = r.finish(4, five.last().unwrap()).await;
    assert_eq!(actors(&last.access()).len(), 5);
    let onward = r.w.exchange(&r.links[4].0.client, five.last().unwrap(), &[("resource", &r.links[5].1.resource)]).await;
    let sixth = r.finish(5, &onward.access()).await;
    assert_eq!(sixth.outcome(), (400, "access_denied"), "{}", sixth.text);
    let back = r.w.exchange(&r.links[1].0.client, &r.hand_on(&[0, 1]).await[0], &[("resource", &r.links[0].1.resource)]).await;
    let returned = r.finish(0, &back.access()).await;
    assert_eq!(returned.outcome(), (400, "access_denied"), "{}", returned.text);
    // What was handed on is for the next alone.
    let tokens = r.hand_on(&[0, 1]).await;
    assert_eq!(r.finish(2, &tokens[0]).await.outcome(), (400, "invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_has_to_be_allowed_itself() {
    let mut r = relay(2).await;
    let all = r.w.read(&format!("/api/v1/assignments?application={}&limit=100", r.crm.id)).await;
    let first = r.links[0].0.id.clone();
    let own = all["items"].as_array().unwrap().iter().find(|a| a["principal"] == json!(first)).unwrap().clone();
    r.w.patch(&format!("/api/v1/assignments/{}", own["id"].as_str().unwrap()), json!({"scopes": "crm.read"})).await;
    let tokens = r.hand_on(&[0, 1]).await;
    assert_eq!(r.finish(1, &tokens[0]).await.get("scope"), "crm.read", "no more than the first may have");
    let more = [("resource", r.crm.resource.as_str()), ("scope", "crm.write")];
    let reply = r.w.exchange(&r.links[1].0.client, &tokens[0], &more).await;
    assert_eq!(reply.outcome(), (400, "access_denied"), "{}", reply.text);
    r.w.delete(&format!("/api/v1/assignments/{}", own["id"].as_str().unwrap())).await;
    assert_eq!(r.finish(1, &r.hand_on(&[0, 1]).await[0]).await.outcome(), (400, "access_denied"));
}
