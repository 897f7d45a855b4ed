//! The vault as records: folders, what is known of a secret (never its value), who may reach it, and who has it.

use chancery_kernel::{
    AgentId, ClientId, FolderId, GrantId, LeaseId, OrgId, ReachId, RunId, Seconds, SecretId, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};

use crate::approver::Approvers;
use crate::assignment::Principal;
use crate::connection::Tier;
use crate::{Meta, noun};

/// What kind of thing a secret is: which fields its value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    ApiKey,
    Password,
    OauthClient,
    SshKey,
    Certificate,
    KeyValue,
}

impl ValueKind {
    pub const ALL: [Self; 6] =
        [Self::ApiKey, Self::Password, Self::OauthClient, Self::SshKey, Self::Certificate, Self::KeyValue];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Password => "password",
            Self::OauthClient => "oauth_client",
            Self::SshKey => "ssh_key",
            Self::Certificate => "certificate",
            Self::KeyValue => "key_value",
        }
    }

    /// The field that a rotation replaces; the others cannot be made by a machine alone.
    pub const fn rotating(self) -> Option<&'static str> {
        match self {
            Self::ApiKey => Some("key"),
            Self::Password => Some("password"),
            Self::OauthClient => Some("client_secret"),
            Self::SshKey | Self::Certificate | Self::KeyValue => None,
        }
    }
}

/// How secrets are handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealPolicy {
    pub tier: Tier,
    /// Whose yes it takes besides that of the person concerned.
    pub approver: Approvers,
    /// How long a permission and a lease last at most.
    pub longest: Seconds,
    /// Handed out under a lease only.
    pub checkout: bool,
    /// To one at a time.
    pub exclusive: bool,
}

impl RevealPolicy {
    /// Fifteen minutes: how long a permission usually lasts.
    pub const USUAL: Seconds = Seconds(900);
    pub const LONGEST: Seconds = Seconds(604_800);
}

impl Default for RevealPolicy {
    /// A person is asked, and it is lent.
    fn default() -> Self {
        let approver = Approvers::default();
        Self { tier: Tier::Approval, approver, longest: Self::USUAL, checkout: true, exclusive: false }
    }
}

/// A folder of the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub id: FolderId,
    pub org: OrgId,
    pub resource_group: String,
    pub project: String,
    #[serde(default)]
    pub description: String,
    /// For every secret that has none of its own.
    #[serde(default)]
    pub policy: RevealPolicy,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Folder {
    /// As paths write it.
    pub fn path(resource_group: &str, project: &str) -> String {
        format!("resource_groups/{resource_group}/projects/{project}")
    }
}

noun!(Folder, FolderId, "folder", |f| Folder::path(&f.resource_group, &f.project));

/// Who puts a new value in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Rotator {
    /// This server: the secret is that of one of its own OAuth clients.
    Client,
    /// A PostgreSQL server: the secret is the password of the role `username`, which changes it itself.
    Postgres { host: String, port: u16, database: String, tls: bool },
    /// A system that takes the new value by HTTP.
    Http { url: String },
    /// A program of the operator's, by the name that the configuration gives it.
    Command { name: String },
}

impl Rotator {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Postgres { .. } => "postgres",
            Self::Http { .. } => "http",
            Self::Command { .. } => "command",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    #[serde(flatten)]
    pub rotator: Rotator,
    /// Whenever a lease ends, and nobody else has the secret.
    #[serde(default)]
    pub after_use: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub every: Option<Seconds>,
}

/// What is known of a secret. Its values are sealed, and stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vaulted {
    pub id: SecretId,
    pub org: OrgId,
    pub folder: FolderId,
    pub name: String,
    pub kind: ValueKind,
    #[serde(default)]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<RevealPolicy>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rotation: Option<Rotation>,
    /// The client of this server whose secret it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<ClientId>,
    /// Number of the version that is handed out.
    pub current: i64,
    #[serde(flatten)]
    pub meta: Meta,
}

noun!(Vaulted, SecretId, "secret", |s| s.name.clone());

/// Who may reach a folder, or one secret of it, and how it is handed to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub id: ReachId,
    pub org: OrgId,
    pub principal: Principal,
    pub folder: FolderId,
    /// Absent: every secret of the folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<SecretId>,
    pub tier: Tier,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Timestamp>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Reach {
    pub fn covers(&self, secret: &Vaulted, now: Timestamp) -> bool {
        self.org == secret.org
            && self.folder == secret.folder
            && self.secret.is_none_or(|one| one == secret.id)
            && self.ends.is_none_or(|end| now < end)
    }
}

noun!(Reach, ReachId, "secret connection", |r| match r.secret {
    Some(secret) => format!("{}@{secret}", r.principal),
    None => format!("{}@{}", r.principal, r.folder),
});

/// Why a lease is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    pub at: Timestamp,
    pub why: String,
}

/// A secret, lent for a while: to an agent or a person, for a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub id: LeaseId,
    pub org: OrgId,
    pub secret: SecretId,
    /// Which version was handed out.
    pub number: i64,
    pub client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<AgentId>,
    /// The person it is used for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<RunId>,
    /// The permission it rests on, and never outlives.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant: Option<GrantId>,
    pub exclusive: bool,
    pub began: Timestamp,
    pub until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over: Option<Over>,
}

impl Lease {
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.over.is_none() && now < self.until
    }

    /// What tokens obtained with it name besides the permission: the mark on it kills them, and only them.
    pub fn key(&self) -> GrantId {
        chancery_kernel::Id::from_uuid(chancery_kernel::Id::uuid(self.id))
    }
}
