//! `object_id_register`: objects get the numbers that their caller's index knows them by.

use axum::extract::State;
use chancery_authz::retrieve::Pair;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Api;
use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, ok};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectIds {
    /// `{"object": "document:a", "id": 17}`, up to a thousand.
    #[schema(value_type = Vec<Object>)]
    ids: Vec<Pair>,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Related(asked): Related<ObjectIds>,
) -> Answered {
    let done = api.authz.register_ids(&asker, &store, asked.ids).await?;
    Ok(ok(&json!({ "registered": done.objects, "ids_revision": done.revision })))
}
