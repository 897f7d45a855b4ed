//! `store_set_recording`: whether each decision of a store leaves a line in the log.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Asking, Names, Related};
use crate::related::{Answered, ok};
use crate::{Api, views};

#[derive(Deserialize, ToSchema)]
pub struct Recording {
    /// Checks and evaluations are recorded before they are answered: as evidence, at the price of a write each.
    pub recorded: bool,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Related(asked): Related<Recording>,
) -> Answered {
    let store = api.authz.set_recording(&asker, &store, asked.recorded).await?;
    Ok(ok(&views::relations::store(&store)))
}
