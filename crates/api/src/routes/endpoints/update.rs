//! `endpoint_update`: where, of what and whether an endpoint is told.

use chancery_kernel::{EndpointId, Secret};
use chancery_model::Told;
use chancery_notify::endpoints::{self, EndpointPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    name: Option<String>,
    address: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    events: Option<Vec<Told>>,
    enabled: Option<bool>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<EndpointId>,
    IfMatch(version): IfMatch,
    Body(change): Body<EndpointChange>,
) -> Result<Versioned<views::Endpoint>, Problem> {
    let EndpointChange { name, address, events, enabled } = change;
    let patch = EndpointPatch { name, address: address.map(Secret::new), events, enabled };
    let endpoint = endpoints::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(endpoint.as_ref()))
}
