//! `endpoint_rotate`: another secret, shown in this answer and never again.

use chancery_kernel::{EndpointId, Seconds};
use chancery_notify::endpoints;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationOrder {
    /// Seconds for which the present secret signs too: a day, unless it is said otherwise; 0 after a leak.
    #[schema(value_type = Option<i64>)]
    overlap: Option<Seconds>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<EndpointId>,
    version: Option<IfMatch>,
    Body(order): Body<RotationOrder>,
) -> Result<Versioned<views::EndpointKey>, Problem> {
    let keyed = endpoints::rotate(&cx, id, version.map(|v| v.0), order.overlap).await?;
    Ok(Versioned { version: keyed.endpoint.meta.version, body: views::EndpointKey::from(&keyed) })
}
