//! `store_list`: the stores of the organization.

use axum::extract::State;
use chancery_authz::stores::Wanted;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::extract::{Asking, Loose};
use crate::related::{Answered, ok};
use crate::{Api, views};

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Filter {
    /// 1 to 100, 50 unless said.
    #[serde(alias = "pageSize")]
    pub page_size: Option<i32>,
    /// That of the page before.
    #[serde(alias = "continuationToken")]
    pub continuation_token: Option<String>,
    /// Exactly this name.
    pub name: Option<String>,
}

pub async fn handle(State(api): State<Api>, Asking(asker): Asking, Loose(filter): Loose<Filter>) -> Answered {
    let wanted = Wanted {
        page_size: filter.page_size.map(i64::from),
        continuation_token: filter.continuation_token.unwrap_or_default(),
        name: filter.name.unwrap_or_default(),
    };
    let listed = api.authz.list_stores(&asker, &wanted).await?;
    let stores: Vec<_> = listed.stores.iter().map(|store| views::relations::store(store)).collect();
    Ok(ok(&json!({ "stores": stores, "continuation_token": listed.continuation_token })))
}
