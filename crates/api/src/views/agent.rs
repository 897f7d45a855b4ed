//! An agent, its use case and its history, as the API shows and takes them.

use chancery_kernel::{AgentId, IncidentId, Timestamp, UserId};
use chancery_model::Stage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Meta;

/// What the agent is for, in its business owner's words.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UseCase {
    task: String,
    data_sources: Vec<String>,
    action_classes: Vec<String>,
    business_owner: String,
}

impl From<&chancery_model::UseCase> for UseCase {
    fn from(u: &chancery_model::UseCase) -> Self {
        let chancery_model::UseCase { task, data_sources, action_classes, business_owner } = u.clone();
        Self { task, data_sources, action_classes, business_owner }
    }
}

impl From<UseCase> for chancery_model::UseCase {
    fn from(u: UseCase) -> Self {
        let UseCase { task, data_sources, action_classes, business_owner } = u;
        Self { task, data_sources, action_classes, business_owner }
    }
}

/// The kill switch has been pulled.
#[derive(Debug, Serialize, ToSchema)]
pub struct Containment {
    #[schema(value_type = String)]
    incident: IncidentId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    reason: String,
    /// An id, or `system`.
    by: String,
}

impl From<&chancery_model::Containment> for Containment {
    fn from(c: &chancery_model::Containment) -> Self {
        Self { incident: c.incident, at: c.at, reason: c.reason.clone(), by: c.by.clone() }
    }
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent {
    #[schema(value_type = String, example = "agt_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: AgentId,
    name: String,
    purpose: String,
    use_case: UseCase,
    /// `staged`, `active`, `suspended` or `retired`.
    #[schema(value_type = String)]
    stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    contained: Option<Containment>,
    /// Technical owners.
    #[schema(value_type = Vec<String>)]
    owners: Vec<UserId>,
    /// The one accountable person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sponsor: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Agent> for Agent {
    fn from(a: &chancery_model::Agent) -> Self {
        Self {
            id: a.id,
            name: a.name.clone(),
            purpose: a.purpose.clone(),
            use_case: (&a.use_case.as_deref().cloned().unwrap_or_default()).into(),
            stage: a.stage,
            contained: a.contained.as_deref().map(Containment::from),
            owners: a.owners.clone(),
            sponsor: a.sponsor,
            expires: a.expires,
            meta: (&a.meta).into(),
        }
    }
}

/// One entry of an agent's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    number: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// An id, or `system`.
    by: String,
    why: String,
    /// The record as it stood after this change.
    record: Agent,
}

impl From<&chancery_model::Version> for Version {
    fn from(v: &chancery_model::Version) -> Self {
        Self { number: v.number, at: v.at, by: v.by.clone(), why: v.why.clone(), record: (&v.record).into() }
    }
}
