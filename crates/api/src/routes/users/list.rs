//! `user_list`: the users of the caller's organization.

use axum::response::Response;
use chancery_directory::users::{self, UserFilter};
use chancery_kernel::GroupId;
use chancery_model::UserStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In any case of letters.
    login: Option<String>,
    /// `active` or `disabled`.
    #[param(value_type = Option<String>)]
    status: Option<UserStatus>,
    /// Members of this group.
    #[param(value_type = Option<String>)]
    group: Option<GroupId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { login, status, group } = filter;
    let filter = UserFilter { login, status, group };
    let page = users::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|user| views::User::from(&*user))))
}
