//! `agent_set_stage`: the next stage of an agent's life; to suspend or retire it kills every token issued to it.

use chancery_directory::agents;
use chancery_kernel::AgentId;
use chancery_model::Stage;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::{Problem, Versioned, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageOrder {
    /// `active`, `suspended` or `retired`.
    #[schema(value_type = String)]
    stage: Stage,
    /// In a sentence: it stands in the history and in the log.
    why: String,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AgentId>,
    version: Option<IfMatch>,
    Body(order): Body<StageOrder>,
) -> Result<Versioned<views::Agent>, Problem> {
    let agent = agents::set_stage(&cx, id, version.map(|v| v.0), order.stage, &order.why).await?;
    Ok(views::versioned(agent.as_ref()))
}
