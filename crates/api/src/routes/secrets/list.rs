//! `secret_list`: which secrets there are; no values.

use axum::response::Response;
use chancery_broker::secrets::{self, SecretFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In this resource group; with `project`.
    resource_group: Option<String>,
    project: Option<String>,
    name: Option<String>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { resource_group, project, name } = filter;
    let page = secrets::list(&cx, &paging.request, &SecretFilter { resource_group, project, name }).await?;
    Ok(paging.answer(&page.map(|shown| views::Secret::of(&shown))))
}
