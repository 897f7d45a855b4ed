//! A run, as the API shows it.

use chancery_kernel::{AgentId, RunId, SessionId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// One task of one agent for one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    #[schema(value_type = String, example = "run_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: RunId,
    #[schema(value_type = String)]
    agent: AgentId,
    #[schema(value_type = String)]
    user: UserId,
    /// What it is about, as far as anybody said.
    about: String,
    #[schema(value_type = String, format = DateTime)]
    began: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    session: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    stopped: Option<Timestamp>,
}

impl From<chancery_watch::runs::Run> for Run {
    fn from(run: chancery_watch::runs::Run) -> Self {
        let chancery_watch::runs::Run { id, org: _, agent, user, about, began, session, stopped } = run;
        Self { id, agent, user, about, began, session, stopped }
    }
}
