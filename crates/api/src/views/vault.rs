//! The vault, as the API shows it. No shape here has a place for a value: that stands with the operations that hand one
//! out.

use chancery_broker::secrets::Shown;
use chancery_kernel::{
    AgentId, ClientId, Fault, FolderId, GrantId, LeaseId, ReachId, RunId, Seconds, SecretId, Timestamp,
    UserId,
};
use chancery_model::{Rotator, Tier, ValueKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approvers, Assignee, Meta};

/// How secrets are handed out. What is left out is as in a folder without a policy.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RevealPolicy {
    /// `auto`, `approval` (a person says yes first) or `never`. The strictest of this and the connection's counts.
    #[schema(value_type = String)]
    tier: Tier,
    /// Whose yes it takes besides that of the person concerned: written as on a connection.
    #[schema(value_type = String)]
    approver: Approvers,
    /// Seconds that a permission and a lease last at most.
    #[schema(value_type = i64)]
    longest: Seconds,
    /// Handed out under a lease only.
    checkout: bool,
    /// To one at a time.
    exclusive: bool,
}

impl Default for RevealPolicy {
    fn default() -> Self {
        (&chancery_model::RevealPolicy::default()).into()
    }
}

impl From<&chancery_model::RevealPolicy> for RevealPolicy {
    fn from(p: &chancery_model::RevealPolicy) -> Self {
        let approver = Approvers(p.approver.clone());
        Self { tier: p.tier, approver, longest: p.longest, checkout: p.checkout, exclusive: p.exclusive }
    }
}

impl From<RevealPolicy> for chancery_model::RevealPolicy {
    fn from(p: RevealPolicy) -> Self {
        let RevealPolicy { tier, approver, longest, checkout, exclusive } = p;
        Self { tier, approver: approver.0, longest, checkout, exclusive }
    }
}

/// A folder of the vault.
#[derive(Debug, Serialize, ToSchema)]
pub struct Folder {
    #[schema(value_type = String, example = "fol_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: FolderId,
    resource_group: String,
    project: String,
    description: String,
    policy: RevealPolicy,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Folder> for Folder {
    fn from(f: &chancery_model::Folder) -> Self {
        Self {
            id: f.id,
            resource_group: f.resource_group.clone(),
            project: f.project.clone(),
            description: f.description.clone(),
            policy: (&f.policy).into(),
            meta: (&f.meta).into(),
        }
    }
}

/// Who gives a secret a new value, and when.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// `client` (a client of this server), `postgres`, `http`, or `command` (a program that the operator has configured).
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Encrypted, with the server's certificate verified; true unless it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Name of the operator's program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// Whenever a lease ends and nobody else has the secret.
    #[serde(default)]
    after_use: bool,
    /// Every so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    every: Option<Seconds>,
}

impl Rotation {
    /// With exactly what its rotator needs.
    pub fn read(self) -> Result<chancery_model::Rotation, Fault> {
        let bad = |text: &'static str| Fault::invalid("bad_rotation", text);
        let Self { by, host, port, database, tls, url, command, after_use, every } = self;
        let rotator = match (by.as_str(), host, database, url, command) {
            ("client", None, None, None, None) if port.or(tls.map(u16::from)).is_none() => Rotator::Client,
            ("postgres", Some(host), Some(database), None, None) => {
                Rotator::Postgres { host, port: port.unwrap_or(5432), database, tls: tls.unwrap_or(true) }
            }
            ("http", None, None, Some(url), None) => Rotator::Http { url },
            ("command", None, None, None, Some(name)) => Rotator::Command { name },
            ("client", ..) => return Err(bad("`client` takes no more than when to rotate")),
            ("postgres", ..) => {
                return Err(bad("`postgres` takes host and database, and may take port and tls"));
            }
            ("http", ..) => return Err(bad("`http` takes url")),
            ("command", ..) => return Err(bad("`command` takes command")),
            _ => return Err(bad("`by` is client, postgres, http or command")),
        };
        Ok(chancery_model::Rotation { rotator, after_use, every })
    }
}

impl From<&chancery_model::Rotation> for Rotation {
    fn from(r: &chancery_model::Rotation) -> Self {
        let mut out = Self {
            by: r.rotator.as_str().to_owned(),
            host: None,
            port: None,
            database: None,
            tls: None,
            url: None,
            command: None,
            after_use: r.after_use,
            every: r.every,
        };
        match r.rotator.clone() {
            Rotator::Client => {}
            Rotator::Postgres { host, port, database, tls } => {
                (out.host, out.port, out.database, out.tls) =
                    (Some(host), Some(port), Some(database), Some(tls));
            }
            Rotator::Http { url } => out.url = Some(url),
            Rotator::Command { name } => out.command = Some(name),
        }
        out
    }
}

/// What is known of a secret; never its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct Secret {
    #[schema(value_type = String, example = "sec_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: SecretId,
    resource_group: String,
    project: String,
    name: String,
    /// `api_key`, `password`, `oauth_client`, `ssh_key`, `certificate` or `key_value`.
    #[schema(value_type = String)]
    kind: ValueKind,
    description: String,
    /// Absent: the folder's.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<RevealPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<Rotation>,
    /// The client of this server whose secret it is: it gets tokens only for whom the secret is lent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    client: Option<ClientId>,
    /// Number of the version that is handed out.
    current: i64,
    #[serde(flatten)]
    meta: Meta,
}

impl Secret {
    pub fn of(shown: &Shown) -> Self {
        let s = &shown.secret;
        Self {
            id: s.id,
            resource_group: shown.resource_group.clone(),
            project: shown.project.clone(),
            name: s.name.clone(),
            kind: s.kind,
            description: s.description.clone(),
            policy: s.policy.as_ref().map(Into::into),
            rotation: s.rotation.as_ref().map(Into::into),
            client: s.client,
            current: s.current,
            meta: (&s.meta).into(),
        }
    }

    /// Under the tag of its version.
    pub(crate) fn versioned(shown: &Shown) -> crate::Versioned<Self> {
        crate::Versioned { version: shown.secret.meta.version, body: Self::of(shown) }
    }
}

/// A lease: who has which secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lease {
    #[schema(value_type = String, example = "lse_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: LeaseId,
    #[schema(value_type = String)]
    secret: SecretId,
    /// Number of the version that was handed out.
    version: i64,
    #[schema(value_type = String)]
    client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// The person it is used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// The permission it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    grant: Option<GrantId>,
    exclusive: bool,
    #[schema(value_type = String, format = DateTime)]
    began: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// When it ended before that, or that it ended was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl From<&chancery_model::Lease> for Lease {
    fn from(l: &chancery_model::Lease) -> Self {
        Self {
            id: l.id,
            secret: l.secret,
            version: l.number,
            client: l.client,
            agent: l.agent,
            user: l.user,
            run: l.run,
            grant: l.grant,
            exclusive: l.exclusive,
            began: l.began,
            until: l.until,
            ended: l.over.as_ref().map(|over| over.at),
            why: l.over.as_ref().map(|over| over.why.clone()),
        }
    }
}

/// Who may reach a folder, or one secret of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretConnection {
    #[schema(value_type = String, example = "rch_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: ReachId,
    /// Id of an agent, user, group, or client without an agent.
    #[schema(value_type = String)]
    principal: Assignee,
    #[schema(value_type = String)]
    folder: FolderId,
    /// Absent: every secret of the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    secret: Option<SecretId>,
    /// `auto`, `approval` or `never`.
    #[schema(value_type = String)]
    tier: Tier,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends: Option<Timestamp>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Reach> for SecretConnection {
    fn from(r: &chancery_model::Reach) -> Self {
        Self {
            id: r.id,
            principal: Assignee(r.principal),
            folder: r.folder,
            secret: r.secret,
            tier: r.tier,
            ends: r.ends,
            meta: (&r.meta).into(),
        }
    }
}
