//! `object_id_remove`: objects lose their numbers, which others may have then.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Api;
use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, ok};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// Up to a thousand.
    objects: Vec<String>,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Related(asked): Related<Objects>,
) -> Answered {
    let done = api.authz.remove_ids(&asker, &store, asked.objects).await?;
    Ok(ok(&json!({ "removed": done.objects, "ids_revision": done.revision })))
}
