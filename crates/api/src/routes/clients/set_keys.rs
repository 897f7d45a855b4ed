//! `client_set_keys`: the client's public keys, replaced.

use chancery_directory::clients;
use chancery_kernel::ClientId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path, Query};
use crate::{Problem, Versioned, views};

/// A JWK set (RFC 7517 §5).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<serde_json::Value>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    version: Option<IfMatch>,
    Query(removal): Query<views::Removal>,
    Body(set): Body<KeySet>,
) -> Result<Versioned<views::Client>, Problem> {
    let client = clients::set_keys(&cx, id, version.map(|v| v.0), &set.keys, removal.issued()).await?;
    Ok(views::versioned(client.as_ref()))
}
