//! `approval_list`: the questions of the caller's organization.

use axum::response::Response;
use chancery_governance::approvals::{self, ApprovalFilter};
use chancery_kernel::{AgentId, UserId};
use chancery_model::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold; access requests are told apart by the same.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In this state, as it was last noted.
    #[param(value_type = Option<String>)]
    state: Option<State>,
    /// About this person.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
    /// From this agent.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
}

impl From<Filter> for ApprovalFilter {
    fn from(Filter { state, user, agent }: Filter) -> Self {
        Self { state, user, agent }
    }
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let page = approvals::list(&cx, &paging.request, &filter.into()).await?;
    let now = cx.now();
    Ok(paging.answer(&page.map(|asked| views::Approval::at(now, &asked))))
}
