//! `client_update`: changes to a client.

use chancery_directory::clients::{self, ClientPatch};
use chancery_kernel::ClientId;
use chancery_model::GrantType;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientChange {
    name: Option<String>,
    /// Accept assertions for the issuer alone.
    strict_audience: Option<bool>,
    /// The whole list.
    #[schema(value_type = Option<Vec<String>>)]
    grants: Option<Vec<GrantType>>,
    /// The whole list.
    redirect_uris: Option<Vec<String>>,
    /// The whole list.
    post_logout_redirect_uris: Option<Vec<String>>,
    /// The four settings of backchannel requests, all of them.
    backchannel: Option<views::Backchannel>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ClientId>,
    IfMatch(version): IfMatch,
    Body(change): Body<ClientChange>,
) -> Result<Versioned<views::Client>, Problem> {
    let patch = ClientPatch {
        name: change.name,
        strict_audience: change.strict_audience,
        grants: change.grants,
        redirect_uris: change.redirect_uris,
        post_logout_redirect_uris: change.post_logout_redirect_uris,
        backchannel: change.backchannel.map(Into::into),
    };
    let client = clients::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(client.as_ref()))
}
