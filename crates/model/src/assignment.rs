//! Who is assigned to which application.

use chancery_kernel::{AgentId, AppId, AssignmentId, ClientId, GroupId, OrgId, ScopeSet, UserId};
use serde::{Deserialize, Serialize};

use crate::{Meta, noun};

/// Who can be assigned to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Principal {
    User(UserId),
    Group(GroupId),
    Agent(AgentId),
    /// A tool that acts for nobody.
    Client(ClientId),
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Group(id) => id.fmt(f),
            Self::Agent(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub id: AssignmentId,
    pub org: OrgId,
    pub principal: Principal,
    pub application: AppId,
    /// The scopes this principal may use there; absent means all of the application's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<ScopeSet>,
    #[serde(flatten)]
    pub meta: Meta,
}

noun!(Assignment, AssignmentId, "assignment", |a| format!("{}@{}", a.principal, a.application));
