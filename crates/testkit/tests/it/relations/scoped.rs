//! Tokens that the issuer makes for one store.

use chancery_audit::{Event, Text};
use chancery_kernel::Fault;
use chancery_model::Application;
use chancery_store::Who;
use chancery_testkit::Api;
use serde_json::{Value, json};

use super::{tuple, writes};
use crate::world::{App, Client, World};

impl World {
    /// The application that stands for a store, with these scopes and their tiers for agents.
    async fn standing_for(&mut self, path: &str, tiers: &[(&str, &str)]) -> App {
        let resource = self.kit.url(path);
        let scopes: Vec<Value> = tiers
            .iter()
            .map(|(name, tier)| json!({"name": name, "title": name, "action": "change", "tier": tier}))
            .collect();
        let body =
            json!({"name": path, "resource": resource, "scopes": scopes, "dual_subject": "agent_only"});
        let made = self.make("/api/v1/applications", body).await;
        let guard = Client { id: String::new(), secret: String::new() };
        App { id: made["id"].as_str().unwrap().to_owned(), resource, guard }
    }

    async fn token_for(&self, client: &Client, resource: &str, scope: &str) -> Result<Api, (u16, String)> {
        let fields = [("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)];
        let reply = self.token(client, &fields).await;
        match reply.status {
            200 => Ok(Api::new(self.kit.base(), Some(reply.access())).unwrap()),
            status => Err((status, reply.body["error"].as_str().unwrap_or_default().to_owned())),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_of_one_store_reaches_that_store_and_no_other() {
    let mut w = World::start().await;
    let (drive, other) = (w.store("drive").await, w.store("other").await);
    let tiers = [("relations.read", "auto"), ("relations.write", "never"), ("relations.manage", "never")];
    let app = w.standing_for(&drive, &tiers).await;
    let elsewhere = w.standing_for(&other, &tiers).await;
    let agent = w.agent("librarian").await;
    let assignment = w.assign(&agent.id, &app, None).await;
    w.make(&format!("{drive}/write"), writes(&[tuple("document:1", "viewer", "user:a")])).await;
    let api = w.token_for(&agent.client, &app.resource, "relations.read").await.unwrap();
    let question = json!({ "tuple_key": tuple("document:1", "viewer", "user:a") });
    let checked = api.post(&format!("{drive}/check"), question.clone()).await.unwrap();
    assert_eq!((checked.status, &checked.body["allowed"]), (200, &json!(true)));
    assert_eq!(api.post(&format!("{other}/check"), question.clone()).await.unwrap().status, 401);
    assert_eq!(api.get("/fga/stores").await.unwrap().status, 401);
    assert_eq!(api.get("/api/v1/agents").await.unwrap().status, 401);
    let order = writes(&[tuple("document:2", "viewer", "user:a")]);
    assert_eq!(api.post(&format!("{drive}/write"), order).await.unwrap().status, 403);
    // The tier of the store's application says never, and the other store is not assigned.
    assert!(w.token_for(&agent.client, &app.resource, "relations.write").await.is_err());
    assert!(w.token_for(&agent.client, &elsewhere.resource, "relations.read").await.is_err());
    // Taken back, it is over at once.
    w.delete(&format!("/api/v1/assignments/{assignment}")).await;
    assert_eq!(api.post(&format!("{drive}/check"), question).await.unwrap().status, 401);
    // What it asked stands in the log with the seven facts, the store among them; so does what it was refused.
    let refused = w.events("access_denied").await;
    assert!(refused.iter().any(|event| event["data"]["target"].as_str().unwrap().contains("/check")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_opens_the_database_of_an_earlier_build_lends_the_new_scopes() {
    let mut w = World::start().await;
    let management = w.management();
    {
        let db = w.kit.running.platform.db.clone();
        let (org, id) = {
            let hot = db.hot();
            let app = hot.applications.all().find(|app| app.builtin).unwrap();
            (app.org, app.id)
        };
        let aged = db.write(org, Who::SYSTEM, move |tx| {
            let mut old = Application::clone(&*tx.get::<Application>(id)?);
            old.scopes.retain(|rule| {
                !rule.name.as_str().starts_with("relations.") && !rule.name.as_str().starts_with("endpoints.")
            });
            tx.update(old)?;
            let name = Text::new("aged");
            Ok::<_, Fault>(tx.record(Event::ApplicationCreated { application: id, name }).with(()))
        });
        aged.await.unwrap();
    }
    let api = w.api().await;
    assert_eq!(
        api.post("/fga/stores", json!({ "name": "drive" })).await.unwrap().status,
        403,
        "nobody could"
    );
    let mut w = w.again().await;
    w.store("drive").await;
    let told = w.events("application_updated").await;
    let ours = told.iter().filter(|event| event["data"]["application"] == management.id.as_str());
    assert_eq!(ours.clone().count(), 1, "{told:?}");
    assert!(ours.clone().all(|event| event["actor"] == "system"), "{told:?}");
    let mut w = w.again().await;
    let again = w.events("application_updated").await;
    assert_eq!(again.len(), told.len(), "once");
}
