//! `client_add_secret`: a secret beside the present ones, shown in this answer and never again.

use chancery_directory::clients;
use chancery_kernel::{ClientId, Timestamp};
use chancery_model::Noun;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Created, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretOrder {
    /// Absent: until it is removed.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// Keep it: it is not shown again.
#[derive(Serialize, ToSchema)]
pub struct NewSecret {
    client_secret: String,
    /// By this name it is removed.
    name: String,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    version: Option<IfMatch>,
    Body(order): Body<SecretOrder>,
) -> Result<Created<NewSecret>, Problem> {
    let added = clients::add_secret(&cx, id, version.map(|v| v.0), order.expires).await?;
    Ok(Created {
        location: format!("/api/v1/clients/{id}/secrets/{}", added.name),
        version: added.client.meta().version,
        body: NewSecret { client_secret: added.secret.expose().to_owned(), name: added.name },
    })
}
