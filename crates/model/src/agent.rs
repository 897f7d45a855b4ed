//! Agents: first-class principals, never users and never bare API keys.

use chancery_kernel::{AgentId, IncidentId, OrgId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Meta, noun};

/// `staged → active ⇄ suspended → retired`. Containment is a flag beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Staged,
    Active,
    Suspended,
    Retired,
}

impl Stage {
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Staged, Self::Active)
                | (Self::Active, Self::Suspended)
                | (Self::Suspended, Self::Active)
                | (Self::Staged | Self::Active | Self::Suspended, Self::Retired)
        )
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
        }
    }
}

/// What the agent is for, in its business owner's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UseCase {
    pub task: String,
    pub data_sources: Vec<String>,
    pub action_classes: Vec<String>,
    pub business_owner: String,
}

impl UseCase {
    /// As an agent keeps it: nothing, if nothing is said.
    pub fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// The kill switch has been pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Containment {
    pub incident: IncidentId,
    pub at: Timestamp,
    pub reason: String,
    /// Who did it: an id, or `system`.
    pub by: String,
}

/// One entry of an agent's history: what it was changed to, by whom, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub agent: AgentId,
    pub number: i64,
    pub at: Timestamp,
    pub by: String,
    pub why: String,
    /// The record as it stood after this change.
    pub record: Agent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub org: OrgId,
    /// Unique in the organization: letters, digits, `-`, `_`, `.`.
    pub name: String,
    pub purpose: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub use_case: Option<Box<UseCase>>,
    pub stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contained: Option<Box<Containment>>,
    /// Technical owners.
    #[serde(default, deserialize_with = "crate::exact")]
    pub owners: Vec<UserId>,
    /// The one accountable person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sponsor: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Agent {
    /// Live: active, not contained, not past its end.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.stage == Stage::Active && self.contained.is_none() && self.expires.is_none_or(|end| now < end)
    }
}

noun!(Agent, AgentId, "agent", |a| a.name.clone());
