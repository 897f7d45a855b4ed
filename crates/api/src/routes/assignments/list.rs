//! `assignment_list`: the assignments of the caller's organization.

use axum::response::Response;
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_kernel::AppId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views::{self, Assignee};

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Id of a user, group, agent or client.
    #[param(value_type = Option<String>)]
    principal: Option<Assignee>,
    /// Who may use this application.
    #[param(value_type = Option<String>)]
    application: Option<AppId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let principal = filter.principal.map(|assignee| assignee.0);
    let filter = AssignmentFilter { principal, application: filter.application };
    let page = assignments::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|assignment| views::Assignment::from(&*assignment))))
}
