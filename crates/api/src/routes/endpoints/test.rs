//! `endpoint_test`: a message that says only that it is a test.

use chancery_kernel::{DeliveryId, EndpointId, Seconds};
use chancery_notify::endpoints;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Problem;
use crate::answer::Accepted;
use crate::extract::{Call, Path};

/// It is on its way: the deliveries of the endpoint say what comes of it.
#[derive(Serialize, ToSchema)]
pub struct Ordered {
    #[schema(value_type = String)]
    delivery: DeliveryId,
}

pub async fn handle(Call(cx): Call, Path(id): Path<EndpointId>) -> Result<Accepted<Ordered>, Problem> {
    let delivery = endpoints::test(&cx, id).await?;
    let location = format!("/api/v1/endpoints/{id}/deliveries");
    Ok(Accepted { location, again: Seconds(1), body: Ordered { delivery } })
}
