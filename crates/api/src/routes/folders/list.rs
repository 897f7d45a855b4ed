//! `folder_list`: the folders of the vault.

use axum::response::Response;
use chancery_broker::folders;

use crate::Problem;
use crate::extract::{Call, Paging, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = folders::list(&cx, &paging.request).await?;
    Ok(paging.answer(&page.map(|folder| views::Folder::from(&*folder))))
}
