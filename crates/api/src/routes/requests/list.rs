//! `request_list`: the access requests that the caller may see.

use axum::response::Response;
use chancery_governance::approvals::ApprovalFilter;
use chancery_governance::requests;
use chancery_kernel::{AgentId, UserId};
use chancery_model::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In this state, as it was last noted.
    #[param(value_type = Option<String>)]
    state: Option<State>,
    /// On behalf of this person.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
    /// For this agent.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Filter { state, user, agent } = filter;
    let page = requests::list(&cx, &paging.request, &ApprovalFilter { state, user, agent }).await?;
    let now = cx.now();
    Ok(paging.answer(&page.map(|asked| views::Approval::at(now, &asked))))
}
