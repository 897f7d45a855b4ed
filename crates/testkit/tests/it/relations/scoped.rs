//! Tokens that the issuer makes for one store.

use chancery_audit::{Event, Text};
use chancery_kernel::Fault;
use chancery_model::Application;
use chancery_store::Who;
use chancery_testkit::{Api, PASSWORD};
use serde_json::{Value, json};

use super::{tuple, writes};
use crate::world::{App, Client, World, fill};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_may_only_read_sees_all_of_it_and_no_button_and_their_writes_are_refused() {
    let mut w = World::start().await;
    let store = w.store("drive").await;
    w.make(&format!("{store}/write"), writes(&[tuple("document:1", "viewer", "user:a")])).await;
    let (reader, _) = w.officer("reader", "relations.read").await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&reader.login, PASSWORD).await.unwrap();
    let at = store.replace("/fga", "/console");
    let check = "check?user=user:a&relation=viewer&object=document:1";
    let who = "reach?ask=who&object=document:1&relation=viewer&kind=user";
    let newest = browser.get(&at).await.unwrap().body;
    let model = newest.split("href=\"").find(|href| href.contains("/models/")).unwrap();
    let model = model.split('"').next().unwrap().to_owned();
    for (page, says) in [
        ("/console/stores".to_owned(), "drive"),
        (at.clone(), "View the newest model"),
        (format!("{at}/tuples"), "document:1"),
        (format!("{at}/{check}"), "Allowed"),
        (format!("{at}/{who}"), "user:a"),
        (model, "define viewer"),
    ] {
        let shown = browser.get(&page).await.unwrap();
        assert!(shown.status == 200 && shown.body.contains(says), "{page}: {} {}", shown.status, shown.body);
        let main = shown.body.split_once("<main").unwrap().1;
        assert!(!main.contains("method=\"post\""), "{page} has a button that changes something: {main}");
        for word in ["Create", "Write a model", "Edit as", "Add tuples", "Remove"] {
            assert!(!main.contains(word), "{page} offers to {word}");
        }
    }
    let before = w.events("access_denied").await.len();
    let wish = "act=add&object=document:2&relation=viewer&user=user:b";
    for page in [format!("{at}/models"), format!("{at}/change?{wish}"), format!("{at}/change")] {
        assert_eq!(browser.get(&page).await.unwrap().status, 403, "{page}");
    }
    let text = |name: &'static str, text: &str| (name, text.to_owned());
    for (page, fields) in [
        ("/console/stores".to_owned(), vec![text("name", "mine")]),
        (
            format!("{at}/models"),
            vec![text("text", "model\n  schema 1.1\ntype user\n"), text("act", "write")],
        ),
        (
            format!("{at}/tuples"),
            vec![
                text("act", "remove"),
                text("object", "document:1"),
                text("relation", "viewer"),
                text("user", "user:a"),
                text("seen", "00"),
            ],
        ),
    ] {
        assert_eq!(fill(&mut browser, &page, &fields).await.status, 403, "{page}");
    }
    assert_eq!(w.events("access_denied").await.len(), before + 6, "each refusal is in the log");
    assert_eq!(w.events("tuples_written").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_store_goes_what_stands_for_it_and_every_token_for_it() {
    let mut w = World::start().await;
    let drive = w.store("drive").await;
    let app = w.standing_for(&drive, &[("relations.read", "auto")]).await;
    let agent = w.agent("librarian").await;
    w.assign(&agent.id, &app, None).await;
    let api = w.token_for(&agent.client, &app.resource, "relations.read").await.unwrap();
    let token = api.token.clone().unwrap();
    assert!(w.alive(&agent.client, &token).await);
    let updates = w.events("application_updated").await.len();
    w.delete(&drive).await;
    assert!(!w.alive(&agent.client, &token).await, "its tokens are dead");
    assert!(w.token_for(&agent.client, &app.resource, "relations.read").await.is_err());
    let kept = w.read(&format!("/api/v1/applications/{}", app.id)).await;
    assert_eq!(kept["enabled"], false);
    let told = w.events("application_updated").await;
    assert_eq!(told.len(), updates + 1);
    assert_eq!(told[0]["data"]["values"], json!(["enabled - true", "enabled + false"]));
}
