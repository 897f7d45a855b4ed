//! Connections of agents, people and programs to the vault: what each may reach, and by which tier. Who has none reaches
//! nothing.

use std::sync::Arc;

use chancery_audit::{Event, Party, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, FolderId, Outcome, Page, PageRequest, ReachId, SecretId, Timestamp};
use chancery_model::{Agent, Client, Folder, Group, Meta, Principal, Reach, Tier, User};
use chancery_store::Tx;
use chancery_store::tables::secrets;

use crate::change::Changes;
use crate::folders::{at_version, bad_cursor, may_give};

#[derive(Clone, Debug)]
pub struct NewReach {
    pub principal: Principal,
    pub folder: FolderId,
    /// Absent: every secret of the folder.
    pub secret: Option<SecretId>,
    pub tier: Tier,
    pub ends: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct ReachPatch {
    pub tier: Option<Tier>,
    pub ends: Option<Option<Timestamp>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct ReachFilter {
    pub principal: Option<Principal>,
    pub folder: Option<FolderId>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &ReachFilter) -> Outcome<Page<Arc<Reach>>> {
    let _may = cx.allowed(Act::SecretRead, cx.org).await?;
    let keep = |reach: &Reach| {
        filter.principal.is_none_or(|p| reach.principal == p)
            && filter.folder.is_none_or(|f| reach.folder == f)
    };
    cx.db().hot().reaches.page(cx.org, request, keep).ok_or_else(bad_cursor)
}

pub async fn get(cx: &Cx, id: ReachId) -> Outcome<Arc<Reach>> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    cx.db().hot().reaches.find(cx.org, id).cloned().ok_or_else(|| Fault::not_found("secret connection"))
}

pub async fn create(cx: &Cx, new: NewReach) -> Outcome<Arc<Reach>> {
    let _may = cx.allowed(Act::SecretManage, cx.org).await?;
    may_give(cx, new.tier)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            principal_exists(tx, new.principal)?;
            target_exists(tx, new.folder, new.secret)?;
            ends_later(tx, new.ends)?;
            let NewReach { principal, folder, secret, tier, ends } = new;
            let (id, org, meta) = (tx.id(), tx.org(), Meta::new(tx.now()));
            let reach = tx.insert(Reach { id, org, principal, folder, secret, tier, ends, meta })?;
            let event = Event::ReachGiven {
                reach: id,
                folder,
                secret,
                principal: party(principal),
                tier: Text::word(word(tier)),
            };
            Ok(tx.record(event).with(reach))
        })
        .await
}

pub async fn update(cx: &Cx, id: ReachId, expected: Option<i64>, patch: ReachPatch) -> Outcome<Arc<Reach>> {
    let _may = cx.allowed(Act::SecretManage, id).await?;
    if let Some(tier) = patch.tier {
        may_give(cx, tier)?;
    }
    // A later end gives more of what is given without asking.
    let longer = patch.ends.is_some();
    let reveals = may_give(cx, Tier::Auto).err();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = tx.get::<Reach>(id)?;
            at_version(&*before, expected)?;
            let mut reach = Reach::clone(&before);
            let mut changes = Changes::default();
            changes.tell("tier", &mut reach.tier, patch.tier);
            changes.tell("ends", &mut reach.ends, patch.ends);
            if longer {
                ends_later(tx, reach.ends)?;
                if let Some(fault) = reveals.filter(|_| reach.tier == Tier::Auto) {
                    return Err(fault);
                }
            }
            let reach = if changes.is_empty() { before } else { tx.update(reach)? };
            let event = Event::ReachUpdated {
                reach: id,
                folder: reach.folder,
                secret: reach.secret,
                principal: party(reach.principal),
                tier: Text::word(word(reach.tier)),
                changed: changes.names(),
                values: changes.values(),
            };
            Ok(tx.record(event).with(reach))
        })
        .await
}

/// Takes a reach away. What was lent by it is over, and what was obtained with that is dead.
pub async fn delete(cx: &Cx, id: ReachId) -> Outcome<()> {
    let _may = cx.allowed(Act::SecretManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let reach = tx.get::<Reach>(id)?;
            let recorded = taken(tx, &reach)?;
            crate::leases::end_of_reach(tx, &reach, "its reach was taken away")?;
            Ok(recorded.with(()))
        })
        .await
}

fn taken(tx: &mut Tx<'_>, reach: &Arc<Reach>) -> Outcome<chancery_store::Recorded> {
    tx.delete(reach)?;
    let (folder, secret, principal) = (reach.folder, reach.secret, party(reach.principal));
    Ok(tx.record(Event::ReachTaken { reach: reach.id, folder, secret, principal }))
}

/// With a folder go those who might reach it.
pub(crate) fn drop_of_folder(tx: &mut Tx<'_>, folder: FolderId) -> Outcome<()> {
    let org = tx.org();
    let all: Vec<Arc<Reach>> =
        tx.hot().reaches.of(org).filter(|reach| reach.folder == folder).cloned().collect();
    all.iter().try_for_each(|reach| taken(tx, reach).map(drop))
}

/// With a secret go those who might reach it alone.
pub(crate) fn drop_of_secret(tx: &mut Tx<'_>, secret: SecretId) -> Outcome<()> {
    let org = tx.org();
    let all: Vec<Arc<Reach>> =
        tx.hot().reaches.of(org).filter(|reach| reach.secret == Some(secret)).cloned().collect();
    all.iter().try_for_each(|reach| taken(tx, reach).map(drop))
}

pub(crate) const fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "auto",
        Tier::Approval => "approval",
        Tier::Never => "never",
    }
}

const fn party(principal: Principal) -> Party {
    match principal {
        Principal::User(id) => Party::User(id),
        Principal::Group(id) => Party::Group(id),
        Principal::Agent(id) => Party::Agent(id),
        Principal::Client(id) => Party::Client(id),
    }
}

fn unknown_reference(what: &dyn std::fmt::Display, noun: &str) -> Fault {
    Fault::invalid("unknown_reference", format!("{what} is no {noun} of your organization: name one that is"))
}

fn principal_exists(tx: &Tx<'_>, principal: Principal) -> Outcome<()> {
    let (there, noun) = match principal {
        Principal::User(id) => (tx.find::<User>(id).is_some(), "user"),
        Principal::Group(id) => (tx.find::<Group>(id).is_some(), "group"),
        Principal::Agent(id) => (tx.find::<Agent>(id).is_some(), "agent"),
        Principal::Client(id) => (tx.find::<Client>(id).is_some_and(|c| c.agent.is_none()), "client"),
    };
    if there { Ok(()) } else { Err(unknown_reference(&principal, noun)) }
}

fn target_exists(tx: &mut Tx<'_>, folder: FolderId, secret: Option<SecretId>) -> Outcome<()> {
    if tx.find::<Folder>(folder).is_none() {
        return Err(unknown_reference(&folder, "folder"));
    }
    let Some(id) = secret else { return Ok(()) };
    let org = tx.org();
    let there = secrets::find(tx.sql(), org, id)?.is_some_and(|found| found.folder == folder);
    if there { Ok(()) } else { Err(unknown_reference(&id, "secret in this folder")) }
}

fn ends_later(tx: &Tx<'_>, ends: Option<Timestamp>) -> Outcome<()> {
    if ends.is_none_or(|end| tx.now() < end) {
        return Ok(());
    }
    Err(Fault::invalid("in_the_past", "it would have ended already: choose a later end, or delete it"))
}
