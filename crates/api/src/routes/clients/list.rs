//! `client_list`: the clients of the caller's organization.

use axum::response::Response;
use chancery_directory::clients::{self, ClientFilter};
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
    /// The exact name.
    name: Option<String>,
    /// Faces of this agent.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// Faces of this application.
    #[param(value_type = Option<String>)]
    application: Option<AppId>,
    /// Whether it is answered.
    enabled: Option<bool>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { name, agent, application, enabled } = filter;
    let filter = ClientFilter { name, agent, application, enabled };
    let page = clients::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|client| views::Client::from(&*client))))
}
