//! `endpoint_create`: another address that is told of approvals.

use chancery_kernel::Secret;
use chancery_model::{EndpointKind, Told};
use chancery_notify::endpoints::{self, NewEndpoint as Wanted};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    name: String,
    /// `webhook` (signed, for programs), `slack` or `teams` (a line for people).
    #[schema(value_type = String)]
    kind: EndpointKind,
    /// Begins with https://. It is sealed and never shown again, since such addresses often are secrets.
    address: String,
    /// Of `asked`, `answered`, `expired`, `canceled`; empty: all of them.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    events: Vec<Told>,
}

pub async fn handle(
    Call(cx): Call,
    Body(new): Body<NewEndpoint>,
) -> Result<Created<views::EndpointKey>, Problem> {
    let NewEndpoint { name, kind, address, events } = new;
    let wanted = Wanted { name, kind, address: Secret::new(address), events };
    let keyed = endpoints::create(&cx, wanted).await?;
    Ok(Created {
        location: format!("/api/v1/endpoints/{}", keyed.endpoint.id),
        version: keyed.endpoint.meta.version,
        body: views::EndpointKey::from(&keyed),
    })
}
