//! `request_list`: the access requests that the caller may see.

use axum::response::Response;
use chancery_governance::requests;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
pub use crate::routes::approvals::list::Filter;
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let page = requests::list(&cx, &paging.request, &filter.into()).await?;
    let now = cx.now();
    Ok(paging.answer(&page.map(|asked| views::Approval::at(now, &asked))))
}
