//! `group_list`: the groups of the caller's organization.

use axum::response::Response;
use chancery_directory::groups::{self, GroupFilter};
use chancery_kernel::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The exact name.
    name: Option<String>,
    /// Groups this person is in.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let filter = GroupFilter { name: filter.name, user: filter.user };
    let page = groups::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|group| views::Group::from(&*group))))
}
