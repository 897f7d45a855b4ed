//! `agent_list`: the agents of the caller's organization.

use axum::response::Response;
use chancery_directory::agents::{self, AgentFilter};
use chancery_kernel::UserId;
use chancery_model::Stage;
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
    /// `staged`, `active`, `suspended` or `retired`.
    #[param(value_type = Option<String>)]
    stage: Option<Stage>,
    /// Technical owner or sponsor.
    #[param(value_type = Option<String>)]
    owner: Option<UserId>,
    /// Whether the kill switch has been pulled.
    contained: Option<bool>,
    /// Whether it has no active owner, or no active sponsor.
    ownerless: Option<bool>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { name, stage, owner, contained, ownerless } = filter;
    let filter = AgentFilter { name, stage, owner, contained, ownerless };
    let page = agents::list(&cx, &paging.request, &filter).await?;
    Ok(paging.answer(&page.map(|agent| views::Agent::from(&*agent))))
}
