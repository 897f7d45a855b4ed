//! `group_members`: the people in a group.

use axum::response::Response;
use chancery_directory::groups;
use chancery_kernel::GroupId;

use crate::Problem;
use crate::extract::{Call, Paging, Path, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<GroupId>,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = groups::members(&cx, id, &paging.request).await?;
    Ok(paging.answer(&page.map(|user| views::User::from(&*user))))
}
