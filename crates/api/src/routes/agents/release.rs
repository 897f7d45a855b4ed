//! `agent_release`: the end of a containment.

use axum::Json;
use chancery_kernel::{AgentId, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call, Path};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReleaseOrder)]
pub struct Order {
    /// Why, in one sentence: it stands in the log.
    reason: String,
}

/// The agent gets tokens again; those from before its containment stay dead.
#[derive(Serialize, ToSchema)]
pub struct Released {
    #[schema(value_type = String)]
    agent: AgentId,
    /// The one that has ended.
    #[schema(value_type = String)]
    incident: IncidentId,
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

pub async fn handle(
    Call(cx): Call,
    Path(agent): Path<AgentId>,
    Body(order): Body<Order>,
) -> Answer<Released> {
    let done = chancery_watch::release(&cx, agent, &order.reason).await?;
    Ok(Json(Released { agent, incident: done.incident, pos: done.pos, at: done.at }))
}
