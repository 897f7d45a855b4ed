//! Applications: the systems that tokens are for.

use chancery_kernel::{AppId, OrgId, Scope, ScopeSet, Seconds, StoreId, UserId};
use serde::{Deserialize, Serialize};

use crate::approver::Approvers;
use crate::connection::Tier;
use crate::weight::Weight;
use crate::{Meta, noun};

/// What a scope lets its holder do with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Read,
    Change,
}

/// One scope of an application, in words a person can decide by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeRule {
    pub name: Scope,
    /// What the holder may do, as a short sentence in the infinitive: "read contacts of your customers".
    pub title: String,
    /// Which data it touches.
    pub data: String,
    pub action: Action,
    /// What it means for the business when it is used wrongly.
    #[serde(default)]
    pub impact: String,
    /// Tier for agents whose connection says nothing of this scope.
    pub tier: Tier,
    /// What its use weighs as, where it weighs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub weight: Option<Weight>,
    /// Who has to say yes, on top of what a connection says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approver: Option<Approvers>,
}

/// Which view of a delegation this application reads (domain: "Tokens").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    #[default]
    #[serde(rename = "rfc8693")]
    Rfc8693,
    #[serde(rename = "agbac-1.0")]
    Agbac,
    #[serde(rename = "act_as")]
    ActAs,
}

impl Profile {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rfc8693 => "rfc8693",
            Self::Agbac => "agbac-1.0",
            Self::ActAs => "act_as",
        }
    }
}

/// Whether an agent may come without a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DualSubject {
    #[default]
    Required,
    /// Background work without a person: an explicit, audited choice of the application's owner.
    AgentOnly,
}

/// Whose consent a delegation needs besides the assignments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// The organization's assignments and connections are enough.
    #[default]
    Organization,
    /// The person concerned has to have consented too.
    Person,
}

/// JWS algorithm of this application's access tokens, and of the ID tokens for its own clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlg {
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "PS256")]
    Ps256,
    #[serde(rename = "RS256")]
    Rs256,
}

impl SigningAlg {
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Ps256, Self::Rs256];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub id: AppId,
    pub org: OrgId,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// The resource URI (RFC 8707) that becomes `aud`, byte for byte; unique in the deployment.
    pub resource: String,
    pub scopes: Vec<ScopeRule>,
    #[serde(default)]
    pub profile: Profile,
    #[serde(default)]
    pub dual_subject: DualSubject,
    #[serde(default)]
    pub consent: ConsentRule,
    #[serde(default)]
    pub alg: SigningAlg,
    /// Lifetime of access tokens, 30 to 900 seconds.
    pub token_lifetime: Seconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<UserId>,
    pub enabled: bool,
    /// Part of the server itself (the management API): cannot be deleted or renamed.
    #[serde(default)]
    pub builtin: bool,
    /// The store of relationships that it stands for: tokens for it open that store, and nothing else of the server.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub store: Option<StoreId>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Application {
    pub const DEFAULT_LIFETIME: Seconds = Seconds(300);
    /// No delegated access token lives longer (domain: "Tokens").
    pub const LONGEST_LIFETIME: Seconds = Seconds(900);

    /// Whether its scopes are rights over this server: all of it, or one store. Nobody hands out more of those than they
    /// hold.
    pub const fn is_ours(&self) -> bool {
        self.builtin || self.store.is_some()
    }

    pub fn rule(&self, scope: &str) -> Option<&ScopeRule> {
        self.scopes.iter().find(|r| r.name.as_str() == scope)
    }

    pub fn all_scopes(&self) -> ScopeSet {
        self.scopes.iter().map(|r| r.name.clone()).collect()
    }
}

noun!(Application, AppId, "application", |a| a.name.clone());
