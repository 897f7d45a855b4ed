//! Rotation: a secret gets a new value at the system where it counts.
//!
//! Staged, so that a kill at any point loses nothing: the new value is stored as a pending version before the system is
//! told; it becomes the current one only after it was tried there; until then the old one is handed out. Whoever finds a
//! pending version, after a restart or on another node, tries it first and puts it in place if it is not: every step can
//! be repeated.

mod apply;
mod client;
mod command;
mod http;
mod order;
mod postgres;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx, Platform};
use chancery_kernel::{Fault, Kind, Outcome, Seconds, Timestamp};
use chancery_model::{Rotation, Rotator, ValueKind, Vaulted};
use chancery_store::Tx;
use chancery_store::tables::leases;
use chancery_store::tables::secrets::{self, SealedVersion, VersionState};
use chancery_vault::Place;

use crate::place::{Spot, unknown};
use crate::secrets::sealed;
use crate::value::Value;

/// What the operator gives the rotators to work with. Nothing of it can be set by the API.
#[derive(Clone, Debug, Default)]
pub struct Rotators {
    /// Programs by name.
    pub commands: BTreeMap<String, PathBuf>,
    /// PostgreSQL servers that may be called, as `host:port`.
    pub postgres: Vec<String>,
    /// Whom to trust for their certificates, instead of the system's roots.
    pub postgres_roots: Option<PathBuf>,
}

/// So many are looked at together.
const AT_ONCE: i64 = 50;
/// After a failure it is tried again so soon, and then twice as late each time, up to an hour.
const FIRST_RETRY: i64 = 30;
const LAST_RETRY: i64 = 3_600;
/// While one node works on it, no other begins.
const CLAIM: Seconds = Seconds(60);
/// Shortest time between two rotations by the clock.
const SHORTEST: Seconds = Seconds(60);

/// When a secret is to be rotated next by the clock alone.
pub(crate) fn next_due(secret: &Vaulted, now: Timestamp) -> Option<Timestamp> {
    secret.rotation.as_ref().and_then(|rotation| rotation.every).map(|every| now.plus(every))
}

/// Whether a secret of this kind can be rotated that way.
pub(crate) fn fits(secret: &Vaulted) -> Outcome<()> {
    let Some(rotation) = &secret.rotation else { return Ok(()) };
    let bad = |text: &str| Err(Fault::invalid("bad_rotation", text.to_owned()));
    if rotation.every.is_some_and(|every| every < SHORTEST) {
        return bad("it is rotated once a minute at most");
    }
    match (&rotation.rotator, secret.kind) {
        (Rotator::Client, _) if secret.client.is_none() => {
            bad("only the secret of a client of this server is rotated by `client`")
        }
        (other, _) if secret.client.is_some() && *other != Rotator::Client => {
            bad("the secret of a client of this server is rotated by `client` alone")
        }
        (Rotator::Client, _) => Ok(()),
        (Rotator::Postgres { .. }, ValueKind::Password) => Ok(()),
        (Rotator::Postgres { .. }, _) => bad("the role of a PostgreSQL server has a value of kind password"),
        (_, kind) if kind.rotating().is_none() => bad("a value of this kind cannot be made by a machine"),
        _ => Ok(()),
    }
}

/// The same, with what its value has to have.
pub(crate) fn sound(secret: &Vaulted, value: &Value, bound: bool) -> Outcome<()> {
    let Some(rotation) = &secret.rotation else { return Ok(()) };
    if rotation.rotator == Rotator::Client && bound {
        return Ok(());
    }
    if matches!(rotation.rotator, Rotator::Postgres { .. }) && value.get("username").is_none() {
        let text = "the value needs `username`: the role whose password it is";
        return Err(Fault::invalid("bad_rotation", text));
    }
    fits(secret)
}

/// Whether a system elsewhere may be called at all, as far as its address tells.
pub(crate) fn may_call(cx: &Cx, rotation: Option<&Rotation>) -> Outcome<()> {
    let Some(Rotator::Http { url }) = rotation.map(|rotation| &rotation.rotator) else { return Ok(()) };
    let refused = |why: chancery_outbound::NetFault| Fault::invalid("bad_rotation", format!("url: {why}"));
    cx.platform.outbound.check(url).map(drop).map_err(refused)
}

/// Has a secret rotated now. Refused while somebody has it.
pub async fn order(cx: &Cx, spot: &Spot) -> Outcome<()> {
    let _may = cx.allowed(Act::SecretManage, spot.shown()).await?;
    let folder = spot.folder(&cx.db().hot(), cx.org).ok_or_else(unknown)?;
    let spot = spot.clone();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let (org, now) = (tx.org(), tx.now());
            let secret = spot.find(tx.sql(), org, &folder)?.ok_or_else(unknown)?;
            if secret.rotation.is_none() {
                let text =
                    "nothing is set up to rotate this secret: give it a rotation, or put a new version";
                return Err(Fault::conflict("no_rotation", text));
            }
            if let Some(lease) = standing(tx, &secret)? {
                let text = format!("this secret is lent until {}: end {} first", lease.until, lease.id);
                return Err(Fault::conflict("lent_out", text));
            }
            tx.schedule_rotation(secret.id, Some(now), 0)?;
            let number = tx.next_number(secret.id)?;
            let reason = Text::word("ordered");
            Ok(tx.record(Event::RotationBegun { secret: secret.id, version: number, reason }).with(()))
        })
        .await
}

/// A lease of it that is in force.
fn standing(tx: &mut Tx<'_>, secret: &Vaulted) -> Outcome<Option<chancery_model::Lease>> {
    let (org, now) = (tx.org(), tx.now());
    let all = leases::in_force(tx.sql(), org, secret.id, now)?;
    Ok(all.into_iter().filter(|lease| leases::stands(tx.hot(), lease, now)).max_by_key(|l| l.until))
}

/// Rotates whatever is due.
pub async fn tick(platform: &Platform, rotators: &Rotators) -> Outcome<usize> {
    let now = platform.db.env().now();
    let due = platform.db.read(move |sql| secrets::due(sql, now, AT_ONCE)).await?;
    let mut done = 0;
    for (secret, tries) in due {
        match one(platform, rotators, &secret, tries).await {
            Ok(true) => done += 1,
            Ok(false) => {}
            // Another node was faster, or it was changed meanwhile.
            Err(fault) if matches!(fault.kind, Kind::Conflict | Kind::Stale | Kind::NotFound) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(done)
}

/// Every so many seconds leases are looked at that rest on something which may have ended without them.
const ORPHANS: u64 = 20;

/// Every second, for as long as the future is polled: rotations, and the ends of leases.
pub async fn run(platform: Platform, rotators: Rotators) {
    let mut pace = tokio::time::interval(Duration::from_secs(1));
    for second in 0u64.. {
        pace.tick().await;
        let mut ends = crate::leases::note_overdue(&platform).await;
        if second.is_multiple_of(ORPHANS) && ends.is_ok() {
            ends = crate::leases::note_orphaned(&platform).await;
        }
        if let Err(fault) = ends {
            tracing::warn!("the ends of leases could not be noted: {}", fault.log_line());
        }
        if let Err(fault) = tick(&platform, &rotators).await {
            tracing::warn!("secrets could not be rotated: {}", fault.log_line());
        }
    }
}

/// One secret, one try.
async fn one(platform: &Platform, rotators: &Rotators, secret: &Vaulted, tries: i64) -> Outcome<bool> {
    let cx = Cx::system(platform, secret.org);
    let (org, id) = (secret.org, secret.id);
    let old = value_of(&cx, secret, secret.current).await?;
    let pending = cx.db().read(move |sql| secrets::pending(sql, org, id)).await?;
    let (number, new, fresh) = match pending {
        Some(version) => (version.facts.number, opened(&cx, secret, &version).await?, false),
        None => match begin(&cx, secret, &old).await? {
            Some((number, new)) => (number, new, true),
            None => return Ok(false),
        },
    };
    let job = apply::Job { cx: &cx, rotators, secret, old: &old, new: &new };
    match job.put_in_place(fresh).await {
        Ok(()) => finish(&cx, secret, number, &old).await.map(|()| true),
        Err(why) => failed(&cx, secret, number, tries + 1, why).await.map(|()| false),
    }
}

async fn value_of(cx: &Cx, secret: &Vaulted, number: i64) -> Outcome<Value> {
    let (org, id) = (secret.org, secret.id);
    let found = cx.db().read(move |sql| secrets::value(sql, org, id, number)).await?;
    opened(cx, secret, &found.ok_or_else(unknown)?).await
}

async fn opened(cx: &Cx, secret: &Vaulted, version: &SealedVersion) -> Outcome<Value> {
    let key = cx.vault().data_key_of(secret.org, version.facts.data_key).await?;
    let place = Place { secret: secret.id, number: version.facts.number };
    Value::open(&key.unseal(place, &version.sealed)?)
}

/// Makes a new value and stores it, before anybody hears of it. None where it has to wait: somebody has the secret.
async fn begin(cx: &Cx, secret: &Vaulted, old: &Value) -> Outcome<Option<(i64, Value)>> {
    let Some(field) = secret.kind.rotating() else { return Ok(None) };
    let fresh = match secret.client {
        Some(_) => chancery_kernel::secret::generate(cx.env(), chancery_kernel::SecretKind::ClientSecret),
        None => chancery_kernel::secret::password(cx.env()),
    };
    let new = old.with(field, fresh);
    let (org, id, current) = (secret.org, secret.id, secret.current);
    let latest = cx.db().read(move |sql| secrets::versions(sql, org, id)).await?;
    let number = latest.first().map_or(1, |version| version.number + 1);
    let version = sealed(cx, id, number, VersionState::Pending, &new).await?;
    let begun = cx.db().write(cx.org, cx.who(), move |tx| {
        let secret = tx.secret(id)?;
        if secret.current != current || tx.next_number(id)? != number || secret.rotation.is_none() {
            return Err(Fault::stale("secret"));
        }
        let now = tx.now();
        if let Some(lease) = standing(tx, &secret)? {
            tx.schedule_rotation(id, Some(lease.until), 0)?;
            let reason = Text::new(&format!("waits for the end of {}", lease.id));
            let event = Event::RotationBegun { secret: id, version: number, reason };
            return Ok(tx.record(event).with(false));
        }
        tx.add_version(id, &version)?;
        tx.schedule_rotation(id, Some(now.plus(CLAIM)), 0)?;
        let reason = Text::word("the new value is stored");
        Ok(tx.record(Event::RotationBegun { secret: id, version: number, reason }).with(true))
    });
    Ok(begun.await?.then_some((number, new)))
}

/// The new value works: from now on it is the one that is handed out.
async fn finish(cx: &Cx, secret: &Vaulted, number: i64, old: &Value) -> Outcome<()> {
    let id = secret.id;
    let gone = client::hash(cx, old).filter(|_| secret.client.is_some());
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let (org, secret) = (tx.org(), tx.secret(id)?);
            let pending = secrets::pending(tx.sql(), org, id)?;
            if pending.is_none_or(|version| version.facts.number != number) {
                return Err(Fault::conflict("rotated", "another node finished this rotation"));
            }
            tx.set_version_state(id, secret.current, VersionState::Old)?;
            tx.set_version_state(id, number, VersionState::Current)?;
            tx.forget_versions(id, number)?;
            let due = next_due(&secret, tx.now());
            if let (Some(client), Some(gone)) = (secret.client, gone) {
                client::forget(tx, client, &gone)?;
            }
            tx.replace_secret(Vaulted { current: number, ..secret }, due)?;
            tx.schedule_rotation(id, due, 0)?;
            Ok(tx.record(Event::SecretRotated { secret: id, version: number }).with(()))
        })
        .await
}

/// It could not be put in place: the old value stays, the new one is kept for the next try, and somebody is told.
async fn failed(cx: &Cx, secret: &Vaulted, version: i64, tries: i64, why: Failure) -> Outcome<()> {
    let id = secret.id;
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(7);
    let wait = Seconds((FIRST_RETRY << doublings).min(LAST_RETRY));
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let again = tx.now().plus(wait);
            tx.schedule_rotation(id, Some(again), tries)?;
            let reason = Text::word(why.0);
            let event = Event::RotationFailed { secret: id, version, tries, reason, again };
            Ok(tx.record(event).with(()))
        })
        .await
}

/// Why a value could not be put in place: words of ours, never what a system said, which may repeat a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub &'static str);
