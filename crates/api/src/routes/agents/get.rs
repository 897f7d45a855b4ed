//! `agent_get`: one agent.

use chancery_directory::agents;
use chancery_kernel::AgentId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(Call(cx): Call, Path(id): Path<AgentId>) -> Result<Versioned<views::Agent>, Problem> {
    Ok(views::versioned(agents::get(&cx, id).await?.as_ref()))
}
