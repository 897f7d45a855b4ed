//! Relationship stores of the real server.

mod crowds;
mod killed;
mod nodes;
mod readers;
mod scoped;
mod unread;

use chancery_testkit::Api;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::world::{Reply, World};

pub fn tuple(object: &str, relation: &str, user: &str) -> Value {
    json!({ "user": user, "relation": relation, "object": object })
}

pub fn writes(tuples: &[Value]) -> Value {
    json!({ "writes": { "tuple_keys": tuples } })
}

/// Documents that people view, if need be until a moment.
pub fn documents() -> Value {
    json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            { "type": "document", "relations": { "viewer": { "this": {} } },
              "metadata": { "relations": { "viewer": { "directly_related_user_types": [
                  { "type": "user" }, { "type": "user", "condition": "in_time" }] } } } },
        ],
        "conditions": { "in_time": { "name": "in_time", "expression": "now < until",
            "parameters": { "now": { "type_name": "TYPE_NAME_TIMESTAMP" }, "until": { "type_name": "TYPE_NAME_TIMESTAMP" } } } },
    })
}

impl World {
    /// A store with a model; its path.
    pub async fn store(&mut self, name: &str) -> String {
        let made = self.make("/fga/stores", json!({ "name": name })).await;
        let path = format!("/fga/stores/{}", made["id"].as_str().unwrap());
        self.make(&format!("{path}/authorization-models"), documents()).await;
        path
    }

    /// The API with a key of a store.
    pub async fn store_key(&mut self, path: &str, level: &str) -> Api {
        let made = self.make(&format!("{path}/keys"), json!({ "name": level, "level": level })).await;
        Api::new(self.kit.base(), Some(made["key"].as_str().unwrap().to_owned())).unwrap()
    }
}

/// A store at one address, with a key.
#[derive(Clone)]
pub struct Store {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Store {
    pub fn new(base: &str, path: &str, key: &Api) -> Self {
        let key = key.token.clone().unwrap();
        Self { http: reqwest::Client::new(), url: format!("{base}{path}"), key }
    }

    /// The request, to be sent in one's own way.
    pub fn request(&self, what: &str, body: &Value, at_least: Option<u64>) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}/{what}", self.url)).bearer_auth(&self.key);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        match at_least {
            Some(version) => request.header("chancery-at-least", version),
            None => request,
        }
    }

    pub async fn ask(&self, what: &str, body: Value) -> Reply {
        Reply::read(self.request(what, &body, None).send().await.unwrap()).await
    }

    pub async fn ask_at_least(&self, version: u64, what: &str, body: Value) -> Reply {
        Reply::read(self.request(what, &body, Some(version)).send().await.unwrap()).await
    }

    /// Whether a user views a document.
    pub async fn views(&self, user: &str, document: &str) -> bool {
        let reply = self.ask("check", json!({ "tuple_key": tuple(document, "viewer", user) })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["allowed"] == true
    }
}

/// The version that an answer was given at.
pub fn version(reply: &Reply) -> u64 {
    reply.header("chancery-version").parse().unwrap_or_else(|_| panic!("no version: {reply:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_and_a_stream_go_on_after_the_server_was_started_anew() {
    let mut w = World::start().await;
    let path = w.store("drive").await;
    let key = w.store_key(&path, "write").await;
    let store = Store::new(w.kit.base(), &path, &key);
    let tuples: Vec<Value> = (0..30).map(|n| tuple(&format!("document:{n}"), "viewer", "user:a")).collect();
    store.ask("write", writes(&tuples)).await;
    let ask = |token: &str| json!({ "page_size": 20, "continuation_token": token });
    let first = store.ask("read", ask("")).await;
    let token = nodes::followed(&store, "").await.1;
    let w = w.again().await;
    store.ask("write", writes(&[tuple("document:new", "viewer", "user:a")])).await;
    let rest = store.ask("read", ask(first.get("continuation_token"))).await;
    let of = |page: &Reply| page.body["tuples"].as_array().unwrap_or_else(|| panic!("{}", page.text)).clone();
    let mut all: Vec<Value> =
        of(&first).into_iter().chain(of(&rest)).map(|one| one["key"]["object"].clone()).collect();
    assert_eq!(all.len(), 31);
    all.sort_by_key(ToString::to_string);
    all.dedup();
    assert_eq!(all.len(), 31, "each once");
    assert_eq!(nodes::followed(&store, &token).await.0, [json!({ "insert": "document:new" })]);
    drop(w);
}
