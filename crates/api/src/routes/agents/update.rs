//! `agent_update`: changes to an agent, each a version of it.

use chancery_directory::agents::{self, AgentPatch};
use chancery_kernel::{AgentId, Timestamp, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call, IfMatch, Path};
use crate::views::given;
use crate::{Problem, Versioned, views};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentChange {
    name: Option<String>,
    purpose: Option<String>,
    use_case: Option<views::UseCase>,
    /// The whole list.
    #[schema(value_type = Option<Vec<String>>)]
    owners: Option<Vec<UserId>>,
    /// `null`: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    sponsor: Option<Option<UserId>>,
    /// `null`: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Option<Timestamp>>,
    /// Stands in the history.
    why: Option<String>,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<AgentId>,
    IfMatch(version): IfMatch,
    Body(change): Body<AgentChange>,
) -> Result<Versioned<views::Agent>, Problem> {
    let AgentChange { name, purpose, use_case, owners, sponsor, expires, why } = change;
    let use_case = use_case.map(Into::into);
    let patch = AgentPatch { name, purpose, use_case, owners, sponsor, expires, why };
    let agent = agents::update(&cx, id, Some(version), patch).await?;
    Ok(views::versioned(agent.as_ref()))
}
