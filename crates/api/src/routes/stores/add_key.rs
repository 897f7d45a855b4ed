//! `store_add_key`: a pre-shared key, shown in this answer alone.

use axum::extract::State;
use chancery_model::Level;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, created};
use crate::{Api, views};

#[derive(Deserialize, ToSchema)]
pub struct NewKey {
    /// For people: what it is for.
    pub name: String,
    /// `read`, `write` or `manage`; each includes the ones before it.
    #[schema(value_type = String)]
    pub level: Level,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Related(asked): Related<NewKey>,
) -> Answered {
    let made = api.authz.add_key(&asker, &store, asked.name, asked.level).await?;
    let mut shown = views::relations::key(&made.kept);
    if let Some(members) = shown.as_object_mut() {
        members.insert("key".to_owned(), json!(made.key.expose()));
    }
    Ok(created(&shown))
}
