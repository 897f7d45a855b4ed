//! `store_keys`: the pre-shared keys of a store, without the keys themselves.

use axum::extract::State;
use serde_json::json;

use crate::extract::{Asking, Names};
use crate::related::{Answered, ok};
use crate::{Api, views};

pub async fn handle(State(api): State<Api>, Asking(asker): Asking, Names([store]): Names<1>) -> Answered {
    let keys = api.authz.list_keys(&asker, &store).await?;
    let items: Vec<_> = keys.iter().map(views::relations::key).collect();
    Ok(ok(&json!({ "items": items })))
}
