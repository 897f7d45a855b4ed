//! `store_get`: one store.

use axum::extract::State;

use crate::extract::{Asking, Names};
use crate::related::{Answered, of_store, ok};
use crate::{Api, views};

pub async fn handle(State(api): State<Api>, Asking(asker): Asking, Names([store]): Names<1>) -> Answered {
    let (id, store) = (store.clone(), api.authz.get_store(&asker, &store).await?);
    let mut shown = views::relations::store(&store);
    if let Some(members) = shown.as_object_mut() {
        members.insert("deleted_at".to_owned(), serde_json::Value::Null);
    }
    Ok(of_store(ok(&shown), &id))
}
