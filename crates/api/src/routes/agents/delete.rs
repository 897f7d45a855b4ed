//! `agent_delete`: the end of one agent, that is not at work.

use chancery_directory::agents;
use chancery_kernel::AgentId;

use crate::extract::{Call, IfMatch, Path};
use crate::{Done, Problem};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AgentId>,
    version: Option<IfMatch>,
) -> Result<Done, Problem> {
    agents::delete(&cx, id, version.map(|v| v.0)).await?;
    Ok(Done)
}
