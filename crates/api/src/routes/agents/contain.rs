//! `agent_contain`: the kill switch.

use axum::Json;
use chancery_kernel::{AgentId, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call, Path};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContainOrder)]
pub struct Order {
    /// Why, in one sentence: it stands in the log.
    reason: String,
}

/// Every token of the agent that was decided before `pos` is dead from now on.
#[derive(Serialize, ToSchema)]
pub struct Contained {
    #[schema(value_type = String)]
    agent: AgentId,
    #[schema(value_type = String, example = "inc_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    incident: IncidentId,
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

pub async fn handle(
    Call(cx): Call,
    Path(agent): Path<AgentId>,
    Body(order): Body<Order>,
) -> Answer<Contained> {
    let done = chancery_watch::contain(&cx, agent, &order.reason).await?;
    Ok(Json(Contained { agent, incident: done.incident, pos: done.pos, at: done.at }))
}
