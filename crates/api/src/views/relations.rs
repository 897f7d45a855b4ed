//! Stores and their keys, as the relationship API shows them.

use chancery_kernel::{Id, ulid};
use chancery_model::{Store, StoreKey};
use serde_json::{Value, json};
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
