//! A vault full of secrets, each of them under a permission in force: what a person's yes would have left.

use std::sync::Arc;

use anyhow::Context;
use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, FolderId, GrantId, SecretId, UserId};
use chancery_model::{
    Assignment, Connection, Folder, Grant, Meta, Origin, Principal, Reach, RevealPolicy, Tier, ValueKind,
    Vaulted,
};
use chancery_store::Tx;
use chancery_store::tables::secrets::{SealedVersion, VersionFacts, VersionState};
use chancery_vault::{DataKey, Place};

use super::fill::{Fill, PORTION};
use super::{Face, told};
use crate::out;

/// So long is a value, in bytes.
const LENGTH: usize = 1_000;
pub const FOLDER: (&str, &str) = ("bench", "vault");

/// A secret, and the person it is used for.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    pub secret: SecretId,
    pub user: UserId,
}

impl Fill {
    /// Secrets for one agent, which may ask the vault for them.
    pub(super) fn safe(&self, count: usize, face: &Face, people: &[UserId]) -> anyhow::Result<Vec<Stored>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let folder = self.folder(face)?;
        let key = self.runtime.block_on(self.vault.data_key(self.org)).map_err(told)?;
        let mut all = Vec::with_capacity(count);
        while all.len() < count {
            let some: Vec<Stored> = (all.len()..count.min(all.len() + PORTION))
                .map(|n| {
                    let user = people.get(n % people.len().max(1)).copied();
                    Ok(Stored { secret: self.env.id(), user: user.context("nobody to act for")? })
                })
                .collect::<anyhow::Result<_>>()?;
            self.portion(folder, &key, face, &some)?;
            all.extend(some);
            if all.len().is_multiple_of(100_000) {
                out::note(format_args!("{} secrets stored", all.len()))?;
            }
        }
        Ok(all)
    }

    /// The folder, and the agent's way to it.
    fn folder(&self, face: &Face) -> anyhow::Result<FolderId> {
        let agent = face.agent.context("an agent asks the vault")?;
        let (id, org, meta, api) = (self.env.id(), self.org, self.meta(), self.management()?);
        let scopes = chancery_model::scopes("secrets.reveal");
        let (group, project) = FOLDER;
        let folder = Folder {
            id,
            org,
            resource_group: group.to_owned(),
            project: project.to_owned(),
            description: String::new(),
            policy: RevealPolicy { checkout: false, ..RevealPolicy::default() },
            meta,
        };
        let principal = Principal::Agent(agent);
        let reach = Reach {
            id: self.env.id(),
            org,
            principal,
            folder: id,
            secret: None,
            tier: Tier::Approval,
            ends: None,
            meta,
        };
        let assignment = Assignment {
            id: self.env.id(),
            org,
            principal,
            application: api,
            scopes: Some(scopes.clone()),
            meta,
        };
        let connection = Connection {
            id: self.env.id(),
            org,
            agent,
            application: api,
            auto: scopes,
            approval: Default::default(),
            never: Default::default(),
            approver: Default::default(),
            asks_by_itself: false,
            longest_lifetime: None,
            ends: None,
            meta,
        };
        self.write(move |tx| {
            tx.insert(folder)?;
            tx.insert(reach)?;
            tx.insert(assignment)?;
            tx.insert(connection)?;
            Ok(tx.record(Event::FolderCreated { folder: id, name: Text::new("bench") }).with(()))
        })?;
        Ok(id)
    }

    fn portion(
        &self,
        folder: FolderId,
        key: &Arc<DataKey>,
        face: &Face,
        some: &[Stored],
    ) -> anyhow::Result<()> {
        let meta = self.meta();
        let mut rows = Vec::with_capacity(some.len());
        for stored in some {
            let secret = self.secret(folder, stored.secret, meta);
            let plain = format!("{{\"key\":\"{}\"}}", "k".repeat(LENGTH));
            let place = Place { secret: stored.secret, number: 1 };
            let sealed = key.seal(&self.env, place, plain.as_bytes())?;
            let facts = VersionFacts {
                number: 1,
                state: VersionState::Current,
                data_key: key.id,
                at: meta.created,
                author: "bench".to_owned(),
            };
            rows.push((secret, SealedVersion { facts, sealed }, self.grant(face, stored, meta)));
        }
        self.write(move |tx| stored(tx, rows))
    }

    fn secret(&self, folder: FolderId, id: SecretId, meta: Meta) -> Vaulted {
        Vaulted {
            id,
            org: self.org,
            folder,
            name: id.to_string(),
            kind: ValueKind::ApiKey,
            description: "opens something".to_owned(),
            policy: None,
            rotation: None,
            client: None,
            current: 1,
            meta,
        }
    }

    fn grant(&self, face: &Face, stored: &Stored, meta: Meta) -> Grant {
        let id: GrantId = self.env.id();
        Grant {
            id,
            org: self.org,
            origin: Origin::Approval,
            user: stored.user,
            client: face.client,
            agent: face.agent,
            application: None,
            secret: Some(stored.secret),
            run: None,
            scopes: Default::default(),
            from: None,
            until: None,
            purpose: None,
            approved_by: Vec::new(),
            in_review: None,
            meta,
        }
    }
}

type Row = (Vaulted, SealedVersion, Grant);

fn stored(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<chancery_store::Audited<()>, Fault> {
    let mut last = None;
    for (secret, version, grant) in rows {
        tx.insert_secret(&secret, None)?;
        tx.add_version(secret.id, &version)?;
        tx.insert(grant)?;
        last = Some(tx.record(Event::SecretVersionAdded { secret: secret.id, version: 1 }));
    }
    last.map(|recorded| recorded.with(())).ok_or_else(|| Fault::internal("an empty portion"))
}
