//! `organization_list`: the organizations the caller sees, which is their own.

use axum::response::Response;
use chancery_directory::organizations;

use crate::Problem;
use crate::extract::{Call, Paging, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = organizations::list(&cx, &paging.request).await?;
    Ok(paging.answer(&page.map(|organization| views::Organization::from(&*organization))))
}
