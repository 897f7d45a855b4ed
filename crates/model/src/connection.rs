//! Managed connections: what an agent may reach, in three tiers.

use chancery_kernel::{AgentId, AppId, ConnectionId, OrgId, ScopeSet, Seconds, Timestamp};
use serde::{Deserialize, Serialize};

use crate::approver::Approvers;
use crate::{Meta, noun};

/// How a scope is handed to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Without asking.
    Auto,
    /// A person has to say yes first.
    Approval,
    Never,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: ConnectionId,
    pub org: OrgId,
    pub agent: AgentId,
    pub application: AppId,
    #[serde(default)]
    pub auto: ScopeSet,
    #[serde(default)]
    pub approval: ScopeSet,
    #[serde(default)]
    pub never: ScopeSet,
    #[serde(default)]
    pub approver: Approvers,
    /// An attempt that lacks nothing but a person's yes files the question by itself.
    #[serde(skip_serializing_if = "is_off", default)]
    pub asks_by_itself: bool,
    /// Tokens over this connection live no longer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub longest_lifetime: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Timestamp>,
    #[serde(flatten)]
    pub meta: Meta,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_off(on: &bool) -> bool {
    !*on
}

impl Connection {
    /// The tier this connection gives a scope, if it says anything of it. The strictest wins.
    pub fn tier(&self, scope: &str) -> Option<Tier> {
        if self.never.contains(scope) {
            Some(Tier::Never)
        } else if self.approval.contains(scope) {
            Some(Tier::Approval)
        } else if self.auto.contains(scope) {
            Some(Tier::Auto)
        } else {
            None
        }
    }

    pub fn in_force(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|end| now < end)
    }
}

noun!(Connection, ConnectionId, "connection", |c| format!("{}@{}", c.agent, c.application));
