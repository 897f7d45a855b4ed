//! An administrator decides what they are asked, takes a question back that should not wait, and sees to a secret of the
//! vault: who has it, that this ends, and that it is rotated. Its value is on no page.

use chancery_testkit::Api;
use chancery_testkit::watch::CANARY;
use serde_json::{Value, json};

use super::person::Person;
use crate::approvals::Desk;
use crate::vault::AT;
use crate::world::claims;

/// Signed in already, on any page of the console.
pub async fn whole(d: &mut Desk, ada: &Person) {
    decide(d, ada).await;
    take_back(d, ada).await;
    vault(d, ada).await;
}

/// The agent asks for somebody.
async fn asks(d: &Desk, id: &str, purpose: &str) -> Value {
    let resource = d.w.kit.api_resource();
    let fields = [("grant_type", "client_credentials"), ("resource", resource.as_str())];
    let own = Api::new(d.w.kit.base(), Some(d.w.token(&d.agent.client, &fields).await.access())).unwrap();
    let wish = json!({"user": id, "application": d.crm.id, "scopes": "crm.pay", "purpose": purpose});
    own.post("/api/v1/requests", wish).await.unwrap().ok().unwrap().body
}

async fn ada_of(d: &mut Desk) -> String {
    let token = d.w.api().await.token.unwrap();
    claims(&token)["sub"].as_str().unwrap().to_owned()
}

async fn decide(d: &mut Desk, ada: &Person) {
    let id = ada_of(d).await;
    let crm = d.crm.clone();
    d.w.assign(&id, &crm, None).await;
    let asked = asks(d, &id, "Pay what Ada ordered").await;
    ada.visit("/console/approvals").await;
    ada.choose("State", "pending").await;
    ada.filter().await;
    ada.press("Pay what Ada ordered").await;
    ada.reads("nobody yet").await;
    ada.press("Answer").await;
    for fact in ["Pay what Ada ordered", "15 minutes"] {
        ada.reads(fact).await;
    }
    ada.press("Approve").await;
    ada.reads("Approved").await;
    let path = format!("/console/approvals/{}", asked["id"].as_str().unwrap());
    ada.visit(&path).await;
    ada.reads("in force").await;
    ada.reads("yes").await;
}

async fn take_back(d: &mut Desk, ada: &Person) {
    let asked = asks(d, &d.brandon.id.clone(), "Pay what nobody ordered").await;
    ada.visit("/console/approvals").await;
    ada.press("Pay what nobody ordered").await;
    ada.unfold("Take the question back").await;
    ada.fill("Reason", "it was a mistake").await;
    ada.press("Take it back").await;
    ada.reads("it was a mistake").await;
    let read = d.w.read(&format!("/api/v1/approvals/{}", asked["id"].as_str().unwrap())).await;
    assert_eq!(read["state"], "canceled");
    ada.visit("/console/approvals").await;
    ada.choose("State", "canceled").await;
    ada.filter().await;
    ada.reads("Pay what nobody ordered").await;
}

/// A secret that the agent has taken out by itself.
async fn lent(d: &mut Desk) -> String {
    let (agent, api) = (d.agent.clone(), d.w.management());
    let secret = json!({"name": "till", "kind": "api_key", "value": {"key": CANARY}, "policy": {"tier": "auto"},
        "rotation": {"by": "command", "command": "nothing"}});
    d.w.make(AT, secret).await;
    let folder = d.w.read("/api/v1/secrets/folders").await["items"][0]["id"].clone();
    for held in d.w.read(&format!("/api/v1/assignments?principal={}", agent.id)).await["items"]
        .as_array()
        .unwrap()
        .clone()
    {
        if held["application"] == json!(api.id) {
            d.w.delete(&format!("/api/v1/assignments/{}", held["id"].as_str().unwrap())).await;
        }
    }
    d.w.assign(&agent.id, &api, Some("requests.read requests.manage secrets.reveal")).await;
    d.w.make(
        "/api/v1/connections",
        json!({"agent": agent.id, "application": api.id, "auto": "secrets.reveal"}),
    )
    .await;
    let reach = json!({"principal": agent.id, "folder": folder, "tier": "auto"});
    d.w.make("/api/v1/secrets/connections", reach).await;
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", api.resource.as_str()),
        ("scope", "secrets.reveal"),
    ];
    let own = Api::new(d.w.kit.base(), Some(d.w.token(&agent.client, &fields).await.access())).unwrap();
    let path = format!("{AT}/till/checkout");
    let lent = own.post(&path, json!({"task": "count the till"})).await.unwrap().ok().unwrap();
    assert_eq!(lent.body["value"]["key"], CANARY);
    lent.body["lease"]["id"].as_str().unwrap().to_owned()
}

async fn vault(d: &mut Desk, ada: &Person) {
    let lease = lent(d).await;
    ada.visit("/console").await;
    ada.press("Secrets").await;
    ada.does_not_read(CANARY).await;
    ada.press("till").await;
    ada.reads("Who has it").await;
    ada.reads(&d.agent.name).await;
    ada.reads("by command").await;
    ada.does_not_read(CANARY).await;
    ada.press("End now").await;
    ada.reads("The lease has ended, and what was obtained with the secret is dead.").await;
    let over = d.w.read(&format!("/api/v1/leases/{lease}")).await;
    assert!(over["why"].as_str().is_some_and(|why| why.contains("console")), "{over}");
    ada.press("Rotate now").await;
    ada.reads("A new value is being put in place.").await;
    ada.does_not_read(CANARY).await;
}
