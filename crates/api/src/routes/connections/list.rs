//! `connection_list`: the connections of the caller's organization.

use axum::response::Response;
use chancery_directory::connections::{self, ConnectionFilter};
use chancery_kernel::{AgentId, AppId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// What this agent may reach.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// Who may reach this application.
    #[param(value_type = Option<String>)]
    application: Option<AppId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let filter = ConnectionFilter { agent: filter.agent, application: filter.application };
    let page = connections::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|connection| views::Connection::from(&*connection))))
}
