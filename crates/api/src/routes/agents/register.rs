//! `agent_register`: a new agent; it is staged, and gets no token until it is activated.

use chancery_directory::agents::{self, NewAgent};
use chancery_kernel::{Timestamp, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Call};
use crate::{Created, Problem, views};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Letters, digits and `- _ .`; it stands in tokens.
    name: String,
    purpose: String,
    #[serde(default)]
    use_case: views::UseCase,
    /// Technical owners.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    owners: Vec<UserId>,
    /// The one accountable person.
    #[schema(value_type = Option<String>)]
    sponsor: Option<UserId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    /// Stands in the history.
    why: Option<String>,
}

pub async fn handle(Call(cx): Call, Body(new): Body<Registration>) -> Result<Created<views::Agent>, Problem> {
    let Registration { name, purpose, use_case, owners, sponsor, expires, why } = new;
    let use_case = use_case.into();
    let new = NewAgent { name, purpose, use_case, owners, sponsor, expires, why };
    let agent = agents::register(&cx, new).await?;
    Ok(views::created("/api/v1/agents", agent.as_ref()))
}
