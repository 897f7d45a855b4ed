//! `lease_list`: who has, or had, which secret; latest first.

use axum::response::Response;
use chancery_broker::leases::{self, LeaseFilter};
use chancery_kernel::{AgentId, SecretId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of this secret.
    #[param(value_type = Option<String>)]
    secret: Option<SecretId>,
    /// Of this agent.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// Only those that nobody ended.
    #[serde(default)]
    open: bool,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { secret, agent, open } = filter;
    let page = leases::list(&cx, &paging.request, &LeaseFilter { secret, agent, open }).await?;
    Ok(paging.answer(&page.map(|lease| views::Lease::from(&lease))))
}
