//! `object_id_list`: the numbers of a type's objects, ascending.

use axum::extract::State;
use chancery_authz::retrieve::IdsWanted;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::Api;
use crate::extract::{Asking, Loose, Names};
use crate::related::{Answered, ok};

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Filter {
    /// Objects of this type.
    pub r#type: String,
    /// 1 to 100, 50 unless said.
    pub page_size: Option<i64>,
    /// That of the page before.
    pub continuation_token: Option<String>,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Loose(filter): Loose<Filter>,
) -> Answered {
    let Filter { r#type, page_size, continuation_token } = filter;
    let wanted = IdsWanted { r#type, page_size, continuation_token: continuation_token.unwrap_or_default() };
    let listed = api.authz.list_ids(&asker, &store, wanted).await?;
    let ids: Vec<Value> =
        listed.ids.iter().map(|pair| json!({ "object": pair.object, "id": pair.id })).collect();
    Ok(ok(&json!({ "ids": ids, "total": listed.total, "continuation_token": listed.continuation_token })))
}
