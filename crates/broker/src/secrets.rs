//! Secrets: what is known of them, and their versions. Showing one never shows its value.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{Cursor, Fault, Outcome, Page, PageRequest, SecretId, Timestamp};
use chancery_model::{Client, Folder, Meta, RevealPolicy, Rotation, Tier, ValueKind, Vaulted};
use chancery_store::Tx;
pub use chancery_store::tables::secrets::VersionFacts;
use chancery_store::tables::secrets::{self, SealedVersion, VersionState};
use chancery_vault::Place;

use crate::change::Changes;
use crate::folders::{at_version, bad_cursor, may_loosen, sound};
use crate::place::{Spot, name, note, unknown};
use crate::rotate;
use crate::value::Value;

#[derive(Clone)]
pub struct NewSecret {
    pub name: String,
    pub kind: ValueKind,
    pub description: String,
    /// Absent: the folder's.
    pub policy: Option<RevealPolicy>,
    pub rotation: Option<Rotation>,
    pub value: serde_json::Value,
}

/// The value is left out.
impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default)]
pub struct SecretPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub policy: Option<Option<RevealPolicy>>,
    pub rotation: Option<Option<Rotation>>,
}

#[derive(Clone, Debug, Default)]
pub struct SecretFilter {
    pub resource_group: Option<String>,
    pub project: Option<String>,
    pub name: Option<String>,
}

/// A secret and the path of its folder.
#[derive(Clone, Debug)]
pub struct Shown {
    pub secret: Vaulted,
    pub resource_group: String,
    pub project: String,
    /// Of its own policy, or of the folder's.
    pub tier: Tier,
}

impl Shown {
    /// Where it is.
    pub fn spot(&self) -> Spot {
        let (resource_group, project) = (self.resource_group.clone(), self.project.clone());
        Spot { resource_group, project, secret: self.secret.id.to_string() }
    }
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &SecretFilter) -> Outcome<Page<Shown>> {
    let _may = cx.allowed(Act::SecretRead, cx.org).await?;
    let after = request.after.as_ref().map(|cursor| cursor.0.parse::<SecretId>()).transpose();
    let after = after.map_err(|_| bad_cursor())?;
    let folder = match (&filter.resource_group, &filter.project) {
        (Some(group), Some(project)) => match cx.db().hot().folder_at(cx.org, group, project) {
            Some(folder) => Some(folder.id),
            None => return Ok(Page { items: Vec::new(), next: None }),
        },
        (None, None) => None,
        _ => return Err(Fault::invalid("half_a_folder", "name resource_group and project, or neither")),
    };
    let most = i64::try_from(request.limit + 1).unwrap_or(i64::MAX);
    let (org, wanted) = (cx.org, filter.name.clone());
    let mut items =
        cx.db().read(move |sql| secrets::page(sql, org, after, folder, wanted.as_deref(), most)).await?;
    let more = items.len() > request.limit;
    items.truncate(request.limit);
    let next = items.last().filter(|_| more).map(|last| Cursor(last.id.to_string()));
    let items = items.into_iter().filter_map(|secret| shown(cx, secret)).collect();
    Ok(Page { items, next })
}

fn shown(cx: &Cx, secret: Vaulted) -> Option<Shown> {
    let hot = cx.db().hot();
    let folder = hot.folders.find(cx.org, secret.folder)?;
    let (resource_group, project) = (folder.resource_group.clone(), folder.project.clone());
    let tier = crate::reach::policy(folder, &secret).tier;
    Some(Shown { secret, resource_group, project, tier })
}

pub async fn get(cx: &Cx, spot: &Spot) -> Outcome<Shown> {
    let _may = cx.allowed(Act::SecretRead, spot.shown()).await?;
    let secret = find(cx, spot).await?;
    shown(cx, secret).ok_or_else(unknown)
}

/// By its id alone.
pub async fn of_id(cx: &Cx, id: SecretId) -> Outcome<Shown> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    let org = cx.org;
    let found = cx.db().read(move |sql| secrets::find(sql, org, id)).await?;
    found.and_then(|secret| shown(cx, secret)).ok_or_else(unknown)
}

/// How a secret is handed out: by its own policy, or by its folder's.
pub async fn policy_of(cx: &Cx, shown: &Shown) -> Outcome<RevealPolicy> {
    let _may = cx.allowed(Act::SecretRead, shown.secret.id).await?;
    let hot = cx.db().hot();
    let folder = hot.folders.find(cx.org, shown.secret.folder).ok_or_else(unknown)?;
    Ok(crate::reach::policy(folder, &shown.secret).clone())
}

/// The versions of the secret of this id.
pub async fn versions_of(cx: &Cx, id: SecretId) -> Outcome<Vec<VersionFacts>> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    let org = cx.org;
    Ok(cx.db().read(move |sql| secrets::versions(sql, org, id)).await?)
}

async fn find(cx: &Cx, spot: &Spot) -> Outcome<Vaulted> {
    let folder = spot.folder(&cx.db().hot(), cx.org).ok_or_else(unknown)?;
    let (org, named) = (cx.org, spot.named());
    let found = cx.db().read(move |sql| secrets::named(sql, org, folder.id, &named)).await?;
    found.ok_or_else(unknown)
}

/// The versions, latest first, without their values.
pub async fn versions(cx: &Cx, spot: &Spot) -> Outcome<Vec<VersionFacts>> {
    let _may = cx.allowed(Act::SecretRead, spot.shown()).await?;
    let (org, id) = (cx.org, find(cx, spot).await?.id);
    Ok(cx.db().read(move |sql| secrets::versions(sql, org, id)).await?)
}

/// Puts a secret into the vault.
pub async fn create(cx: &Cx, resource_group: &str, project: &str, new: NewSecret) -> Outcome<Shown> {
    let _may = cx.allowed(Act::SecretManage, Folder::path(resource_group, project)).await?;
    let folder = crate::folders::find(&cx.db().hot(), cx.org, resource_group, project)?;
    let value = Value::read(new.kind, &new.value)?;
    let (id, now): (SecretId, _) = (cx.env().id(), cx.now());
    let secret = Vaulted {
        id,
        org: cx.org,
        folder: folder.id,
        name: name(&new.name)?,
        kind: new.kind,
        description: note(&new.description)?,
        policy: new.policy,
        rotation: new.rotation,
        client: None,
        current: 1,
        meta: Meta::new(now),
    };
    if let Some(policy) = &secret.policy {
        may_loosen(cx, policy)?;
    }
    let bound = bound_client(cx, secret.kind, &value)?;
    rotate::may_call(cx, secret.rotation.as_ref())?;
    rotate::sound(&secret, &value, bound.is_some())?;
    let version = sealed(cx, id, 1, VersionState::Current, &value).await?;
    let made = cx.db().write(cx.org, cx.who(), move |tx| {
        tx.get::<Folder>(secret.folder)?;
        if let Some(policy) = &secret.policy {
            sound(tx, policy)?;
        }
        let secret = Vaulted { client: bound, ..secret };
        tx.insert_secret(&secret, rotate::next_due(&secret, now))?;
        tx.add_version(id, &version)?;
        bind(tx, bound, Some(id))?;
        let event = Event::SecretCreated {
            secret: id,
            folder: secret.folder,
            client: bound,
            name: Text::new(&secret.name),
            kind: Text::word(secret.kind.as_str()),
        };
        Ok::<_, Fault>(tx.record(event).with(secret))
    });
    shown(cx, made.await?).ok_or_else(unknown)
}

/// Seals a value as a version of a secret.
pub(crate) async fn sealed(
    cx: &Cx,
    secret: SecretId,
    number: i64,
    state: VersionState,
    value: &Value,
) -> Outcome<SealedVersion> {
    let key = cx.vault().data_key(cx.org).await?;
    let sealed = key.seal(cx.env(), Place { secret, number }, &value.plain())?;
    let facts = VersionFacts { number, state, data_key: key.id, at: cx.now(), author: cx.caller.text() };
    Ok(SealedVersion { facts, sealed })
}

/// The client of this server whose secret this is: it gets tokens only for whom the secret is lent to from now on. That
/// takes the right to change the client, and its secret.
fn bound_client(cx: &Cx, kind: ValueKind, value: &Value) -> Outcome<Option<chancery_kernel::ClientId>> {
    if kind != ValueKind::OauthClient {
        return Ok(None);
    }
    let id = value.get("client_id").and_then(|id| id.expose().parse().ok());
    let Some(client) = id.and_then(|id| cx.db().hot().clients.find(cx.org, id).cloned()) else {
        return Ok(None);
    };
    if !matches!(cx.caller, chancery_context::Caller::System) && !cx.caller.may(Act::ClientManage) {
        return Err(Fault::forbidden(
            "beyond_own",
            "this is the secret of a client of this server: to vault it, you need the scope clients.manage too",
        ));
    }
    if client.builtin || client.vaulted.is_some() {
        let text = "this client's secret is in the vault already, or cannot be: put a new version there";
        return Err(Fault::conflict("client_bound", text));
    }
    let proves = value.get("client_secret").is_some_and(|secret| {
        let hash = cx.vault().keyed_hash(secret);
        client.secrets.iter().any(|kept| kept.hash == hash)
    });
    if !proves {
        let text = "this is no secret of that client: add one to it, and vault that";
        return Err(Fault::invalid("other_secret", text));
    }
    Ok(Some(client.id))
}

fn bind(tx: &mut Tx<'_>, client: Option<chancery_kernel::ClientId>, secret: Option<SecretId>) -> Outcome<()> {
    let Some(id) = client else { return Ok(()) };
    // A client that is gone needs nothing.
    let Some(present) = tx.find::<Client>(id) else { return Ok(()) };
    let mut client = Client { vaulted: secret.map(Box::new), ..Client::clone(&present) };
    if secret.is_none() {
        // Who was ever lent the secret still knows it: without the vault before it, it must open nothing.
        client.secrets.clear();
    }
    tx.update(client)?;
    let values = secret.map(|secret| vec![Text::new(&format!("vaulted + {secret}"))]);
    let _ = tx.record(Event::ClientUpdated { client: id, changed: vec![Text::word("vaulted")], values });
    Ok(())
}

/// Changes what is known of a secret, never its value.
pub async fn update(cx: &Cx, spot: &Spot, expected: Option<i64>, patch: SecretPatch) -> Outcome<Shown> {
    let _may = cx.allowed(Act::SecretManage, spot.shown()).await?;
    let id = find(cx, spot).await?.id;
    let new_name = patch.name.as_deref().map(name).transpose()?;
    let description = patch.description.as_deref().map(note).transpose()?;
    if let Some(Some(policy)) = &patch.policy {
        may_loosen(cx, policy)?;
    }
    rotate::may_call(cx, patch.rotation.as_ref().and_then(Option::as_ref))?;
    // The folder's policy comes back: that may be the looser one.
    if matches!(patch.policy, Some(None)) {
        let folder = spot.folder(&cx.db().hot(), cx.org).ok_or_else(unknown)?;
        may_loosen(cx, &folder.policy)?;
    }
    let written = cx.db().write(cx.org, cx.who(), move |tx| {
        let mut secret = tx.secret(id)?;
        at_version(&secret, expected)?;
        let mut changes = Changes::default();
        changes.tell("name", &mut secret.name, new_name);
        changes.tell("description", &mut secret.description, description);
        changes.tell("policy", &mut secret.policy, patch.policy);
        changes.tell("rotation", &mut secret.rotation, patch.rotation);
        if let Some(policy) = &secret.policy {
            sound(tx, policy)?;
        }
        rotate::fits(&secret)?;
        let folder = secret.folder;
        let due = again(tx, &secret)?;
        let secret = if changes.is_empty() { secret } else { tx.replace_secret(secret, due)? };
        let (changed, values) = (changes.names(), changes.values());
        let event = Event::SecretUpdated { secret: id, folder, changed, values };
        Ok::<_, Fault>(tx.record(event).with(secret))
    });
    shown(cx, written.await?).ok_or_else(unknown)
}

/// When it is to be rotated, after a change of how: what is due already stays due.
fn again(tx: &mut Tx<'_>, secret: &Vaulted) -> Outcome<Option<Timestamp>> {
    let (org, next) = (tx.org(), rotate::next_due(secret, tx.now()));
    let (present, _) = secrets::schedule(tx.sql(), org, secret.id)?;
    let soonest = present.into_iter().chain(next).min();
    Ok(soonest.filter(|_| secret.rotation.is_some()))
}

/// Puts another value in the place of the present one. Whoever has the present one keeps it until their lease ends.
pub async fn put(cx: &Cx, spot: &Spot, given: &serde_json::Value) -> Outcome<VersionFacts> {
    let _may = cx.allowed(Act::SecretManage, spot.shown()).await?;
    let secret = find(cx, spot).await?;
    let value = Value::read(secret.kind, given)?;
    if secret.client.is_some() {
        let text = "this is the secret of a client of this server: rotate it, and both change together";
        return Err(Fault::conflict("client_bound", text));
    }
    let id = secret.id;
    let (org, now) = (cx.org, cx.now());
    let number = cx.db().read(move |sql| secrets::versions(sql, org, id)).await?;
    let number = number.first().map_or(1, |latest| latest.number + 1);
    let version = sealed(cx, id, number, VersionState::Current, &value).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let secret = tx.secret(id)?;
            if secrets::pending(tx.sql(), org, id)?.is_some() {
                return Err(Fault::conflict(
                    "rotating",
                    "a new version of this secret is being put in place: wait until that is done",
                ));
            }
            // Sealed for this number, and for no other.
            if tx.next_number(id)? != number {
                return Err(Fault::stale("secret"));
            }
            tx.set_version_state(id, secret.current, VersionState::Old)?;
            tx.add_version(id, &version)?;
            tx.forget_versions(id, number)?;
            let due = rotate::next_due(&secret, now);
            tx.replace_secret(Vaulted { current: number, ..secret }, due)?;
            let facts = version.facts.clone();
            Ok(tx.record(Event::SecretVersionAdded { secret: id, version: number }).with(facts))
        })
        .await
}

/// Removes a secret with all its versions. What was lent of it is over.
pub async fn delete(cx: &Cx, spot: &Spot, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::SecretManage, spot.shown()).await?;
    let id = find(cx, spot).await?.id;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let secret = tx.secret(id)?;
            at_version(&secret, expected)?;
            tx.end_leases_of_secret(id, "the secret was deleted")?;
            crate::reaches::drop_of_secret(tx, id)?;
            bind(tx, secret.client, None)?;
            tx.delete_secret(id)?;
            let event =
                Event::SecretDeleted { secret: id, folder: secret.folder, name: Text::new(&secret.name) };
            Ok(tx.record(event).with(()))
        })
        .await
}

/// When it is to be rotated next, for who looks at it.
pub async fn next_rotation(cx: &Cx, id: SecretId) -> Outcome<(Option<Timestamp>, i64)> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    let org = cx.org;
    Ok(cx.db().read(move |sql| secrets::schedule(sql, org, id)).await?)
}
