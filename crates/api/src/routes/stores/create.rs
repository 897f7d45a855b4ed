//! `store_create`: a store of relationships. Stores may share a name.

use axum::extract::State;
use chancery_authz::wire::CreateStore;

use crate::extract::{Asking, Related};
use crate::related::{Answered, created};
use crate::{Api, views};

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Related(asked): Related<CreateStore>,
) -> Answered {
    let store = api.authz.create_store(&asker, asked.name).await?;
    Ok(created(&views::relations::store(&store)))
}
