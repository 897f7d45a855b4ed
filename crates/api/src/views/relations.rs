//! Stores and their keys, as the relationship API shows them.

use chancery_authz::ask::Step;
use chancery_authz::authzen::{Answer, Found, Kind};
use chancery_kernel::{Fault, Id, ulid};
use chancery_model::{Store, StoreKey};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A message of OpenFGA's API, whose published document says what is in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands in the document alone")]
pub struct OpenFga {
    #[schema(value_type = Object)]
    message: Value,
}

pub fn store(store: &Store) -> Value {
    json!({
        "id": ulid::encode(store.id.uuid()), "name": store.name, "created_at": store.meta.created,
        "updated_at": store.meta.updated, "recorded": store.recorded,
    })
}

/// Without the key, which nobody has any more.
pub fn key(key: &StoreKey) -> Value {
    json!({ "id": key.id, "name": key.name, "level": key.level, "created_at": key.created })
}

/// A decision; one that could not be made denies, and says why (AuthZEN 1.0 §7.2.1).
pub fn decision(answer: &Answer) -> Value {
    match &answer.error {
        None => json!({ "decision": answer.decision }),
        Some(fault) => {
            let error = json!({ "status": crate::fault::status_of(fault.kind), "message": fault.public });
            json!({ "decision": false, "context": { "error": error } })
        }
    }
}

/// Results of a search (AuthZEN 1.0 §8.2).
pub fn found(found: &Found) -> Value {
    let result = |name: &String| match (found.kind, name.split_once(':')) {
        (Kind::Subject | Kind::Resource, Some((kind, id))) => json!({ "type": kind, "id": id }),
        _ => json!({ "name": name }),
    };
    let results: Vec<Value> = found.names.iter().map(result).collect();
    json!({ "results": results, "page": { "next_token": found.next_token }, "context": { "complete": found.complete } })
}

/// One step of an explanation; what it has nothing to say of is left out.
pub fn step(step: &Step) -> Value {
    let mut shown = json!({
        "depth": step.depth, "kind": step.kind.as_str(), "allowed": step.allowed, "says": step.says,
    });
    let mut rest = Map::new();
    if let Some((object, relation)) = &step.place {
        rest.extend([("object".to_owned(), json!(object)), ("relation".to_owned(), json!(relation))]);
    }
    if let Some(tuple) = &step.tuple {
        let contextual = ("contextual".to_owned(), json!(step.contextual));
        rest.extend([("tuple_key".to_owned(), json!(tuple)), contextual]);
    }
    if !step.missing.is_empty() {
        rest.insert("missing".to_owned(), json!(step.missing));
    }
    shown.as_object_mut().into_iter().for_each(|shown| shown.append(&mut rest));
    shown
}

/// Candidates that could not be decided, and why.
pub fn undecided(all: &[(String, Fault)]) -> Value {
    let one = |(object, why): &(String, Fault)| json!({ "object": object, "code": why.code, "message": why.public });
    all.iter().map(one).collect()
}
