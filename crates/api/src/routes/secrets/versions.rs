//! `secret_versions`: the versions of a secret, latest first; no values.

use axum::Json;
use chancery_broker::secrets;
use chancery_kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Call, SecretPath};

#[derive(Serialize, ToSchema)]
pub struct SecretVersion {
    number: i64,
    /// `pending` (being put in place), `current`, `old` or `given_up`.
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// Who stored it: an id, or `system`.
    by: String,
}

#[derive(Serialize, ToSchema)]
pub struct SecretVersions {
    items: Vec<SecretVersion>,
}

impl SecretVersion {
    pub(super) fn of(facts: secrets::VersionFacts) -> Self {
        Self { number: facts.number, state: facts.state.as_str(), created: facts.at, by: facts.author }
    }
}

pub async fn handle(Call(cx): Call, SecretPath(spot): SecretPath) -> Answer<SecretVersions> {
    let all = secrets::versions(&cx, &spot).await?;
    Ok(Json(SecretVersions { items: all.into_iter().map(SecretVersion::of).collect() }))
}
