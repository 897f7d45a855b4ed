//! `secret_connection_list`: who may reach what of the vault.

use axum::response::Response;
use chancery_broker::reaches::{self, ReachFilter};
use chancery_kernel::FolderId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views::{self, Assignee};

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of this agent, user, group or client.
    #[param(value_type = Option<String>)]
    principal: Option<Assignee>,
    /// In this folder.
    #[param(value_type = Option<String>)]
    folder: Option<FolderId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let filter = ReachFilter { principal: filter.principal.map(|p| p.0), folder: filter.folder };
    let page = reaches::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|reach| views::SecretConnection::from(&*reach))))
}
