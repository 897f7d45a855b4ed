//! `client_remove_secret`: the end of one secret, called by its name.

use axum::extract::RawPathParams;
use chancery_directory::clients;
use chancery_kernel::{ClientId, Fault};

use crate::extract::{Call, IfMatch, Query};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    path: RawPathParams,
    version: Option<IfMatch>,
    Query(removal): Query<views::Removal>,
) -> Result<Versioned<views::Client>, Problem> {
    let part = |wanted: &str| path.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let id: Option<ClientId> = part("id").and_then(|id| id.parse().ok());
    let (Some(id), Some(name)) = (id, part("name")) else { return Err(Fault::not_found("client").into()) };
    let client = clients::remove_secret(&cx, id, version.map(|v| v.0), name, removal.issued()).await?;
    Ok(views::versioned(client.as_ref()))
}
