//! `model_list`: the models of a store, newest first.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::Api;
use crate::extract::{Asking, Loose, Names};
use crate::related::{Answered, of_store, ok};

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Filter {
    /// 1 to 100, 50 unless said.
    #[serde(alias = "pageSize")]
    pub page_size: Option<i32>,
    /// That of the page before.
    #[serde(alias = "continuationToken")]
    pub continuation_token: Option<String>,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Loose(filter): Loose<Filter>,
) -> Answered {
    let after = filter.continuation_token.unwrap_or_default();
    let listed = api.authz.list_models(&asker, &store, filter.page_size.map(i64::from), &after).await?;
    let token = listed.continuation_token;
    let body = json!({ "authorization_models": listed.models, "continuation_token": token });
    Ok(of_store(ok(&body), &store))
}
