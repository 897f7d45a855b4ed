//! `endpoint_list`: who is told of approvals.

use axum::response::Response;
use chancery_notify::endpoints;

use crate::Problem;
use crate::extract::{Call, Paging, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = endpoints::list(&cx, &paging.request).await?;
    Ok(paging.answer(&page.map(|endpoint| views::Endpoint::from(&*endpoint))))
}
