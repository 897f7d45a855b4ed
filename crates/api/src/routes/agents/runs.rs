//! `agent_runs`: the latest runs of an agent.

use axum::response::Response;
use chancery_kernel::AgentId;
use chancery_watch::runs;

use crate::Problem;
use crate::extract::{Call, Paging, Path, Query, Unfiltered};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(agent): Path<AgentId>,
    paging: Paging,
    Query(Unfiltered {}): Query<Unfiltered>,
) -> Result<Response, Problem> {
    let page = runs::list(&cx, agent, &paging.request).await?;
    Ok(paging.answer(&page.map(views::Run::from)))
}
