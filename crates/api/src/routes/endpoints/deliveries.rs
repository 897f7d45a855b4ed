//! `endpoint_deliveries`: the last messages to an endpoint, and what came of them.

use axum::response::Response;
use chancery_kernel::EndpointId;
use chancery_notify::endpoints;

use crate::Problem;
use crate::extract::{Call, Paging, Path, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<EndpointId>,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = endpoints::deliveries_of(&cx, id, &paging.request).await?;
    Ok(paging.answer(&page.map(views::Delivery::from)))
}
