//! Time-boxed permissions: what a person consented to, or what an approval gave.

use chancery_kernel::{
    AgentId, AppId, ClientId, GrantId, OrgId, RunId, ScopeSet, SecretId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

use crate::{Meta, noun};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The person said yes on the consent page.
    Consent,
    /// An approval, or a policy, raised a tier for a while.
    Approval,
    /// An access request that was granted assigned the agent, or the person, to the application for a while.
    Assignment,
    /// The person took a consent back: the agent stays out of the application until they consent anew.
    Refusal,
}

impl Origin {
    /// It came of a request that was answered: it ends by itself, and can be returned before.
    pub const fn is_permission(self) -> bool {
        matches!(self, Self::Approval | Self::Assignment)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: GrantId,
    pub org: OrgId,
    pub origin: Origin,
    pub user: UserId,
    /// The client the person saw.
    pub client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<AgentId>,
    /// Absent, and no secret either: the person's own profile at this server (`openid profile email …`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<AppId>,
    /// A secret of the vault, and the task it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<SecretId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<RunId>,
    pub scopes: ScopeSet,
    /// It gives nothing before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// What an access request said it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Whose yes it rests on, those a stand-in answered for among them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub approved_by: Vec<UserId>,
    /// One of them has left since then: somebody else is to say whether it goes on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub in_review: Option<Timestamp>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Grant {
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|start| start <= now) && !self.is_over(now)
    }

    /// It gives nothing any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|end| end <= now)
    }
}

noun!(Grant, GrantId, "grant", |g| g.id.to_string());
