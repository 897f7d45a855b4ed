//! Relationship stores of the real server.

mod scoped;

use chancery_testkit::Api;
use serde_json::{Value, json};

use crate::world::World;

pub const ALL: &str = "relations.read relations.write relations.manage";

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
