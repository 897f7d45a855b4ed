//! `application_list`: the applications of the caller's organization.

use axum::response::Response;
use chancery_directory::applications::{self, ApplicationFilter};
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
    /// The exact resource URI.
    resource: Option<String>,
    /// Whether tokens are issued for it.
    enabled: Option<bool>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { name, resource, enabled } = filter;
    let filter = ApplicationFilter { name, resource, enabled };
    let page = applications::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|application| views::Application::from(&*application))))
}
