//! Making, loading and rotating what the vault holds.

use std::sync::Arc;

use chancery_audit::checkpoint::origin;
use chancery_audit::fields::Text;
use chancery_audit::{Checkpoint, Event};
use chancery_jose::{Alg, SigningKey, unb64};
use chancery_kernel::{Fault, Seconds, Timestamp};
use chancery_model::Application;
use chancery_store::tables::signing_keys::KeyRow;
use chancery_store::tables::{settings, signing_keys};
use chancery_store::{Db, Who, log};

use crate::keyring::{Held, KeyRing, KeyState, name};
use crate::notes::LogSigner;
use crate::{MasterKey, SealFault, Vault, deployment};

/// Algorithms every deployment has keys for; RSA keys are made when an application first asks for them.
pub(crate) const ALWAYS: [Alg; 2] = [Alg::Es256, Alg::EdDsa];

pub(crate) const PEPPER: &str = "pepper";
pub(crate) const LOG_KEY: &str = "log_signing_key";
pub(crate) const PUSH_KEY: &str = "push_key";

/// How often signing keys change.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// A key signs this long.
    pub period: Seconds,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { period: Seconds::days(30) }
    }
}

/// An old key stays published while a token it signed may live, and an hour more for those who cache the set.
const PUBLISHED_AFTER: Seconds = Seconds(Application::LONGEST_LIFETIME.0 + 3_600);

/// Reads a sealed setting, or makes it: whoever writes first wins, on any node.
async fn sealed_setting(
    db: &Db,
    master: &MasterKey,
    key: &'static str,
    fresh: Vec<u8>,
) -> Result<Vec<u8>, Fault> {
    let sealed = master.seal(db.env(), key, &fresh)?;
    let stored = db.maintain(move |sql| settings::find_or_set(sql, key, &sealed)).await?;
    Ok(master.unseal(key, &stored)?.to_vec())
}

pub(crate) async fn pepper(db: &Db, master: &MasterKey) -> Result<aws_lc_rs::hmac::Key, Fault> {
    let bytes = sealed_setting(db, master, PEPPER, db.env().bytes::<32>().to_vec()).await?;
    Ok(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &bytes))
}

pub(crate) async fn log_signer(db: &Db, master: &MasterKey, host: &str) -> Result<LogSigner, Fault> {
    let fresh = SigningKey::generate(Alg::EdDsa).map_err(bad_key)?.to_pkcs8().to_vec();
    let der = sealed_setting(db, master, LOG_KEY, fresh).await?;
    let key = SigningKey::from_pkcs8(Alg::EdDsa, &der).map_err(bad_key)?;
    let jwk = serde_json::to_value(key.public().jwk()).map_err(|e| Fault::internal(e.to_string()))?;
    let x = jwk.get("x").and_then(|x| x.as_str()).and_then(|x| unb64(x).ok()).and_then(|x| x.try_into().ok());
    let public = x.ok_or_else(|| Fault::internal("log key has no public part"))?;
    let name = log_name(db).await?.unwrap_or_else(|| host.to_owned());
    Ok(LogSigner::new(name, key, public))
}

/// The name that the logs of this database were signed under, from the first time on: verifiers know it together with the
/// key. What the server is called today, or what a command beside it was told, does not change it.
async fn log_name(db: &Db) -> Result<Option<String>, Fault> {
    let last = db.read(|sql| log::checkpoints(sql, deployment(), None, 1)).await?.pop();
    let signed = last.and_then(|last| Checkpoint::read_unverified(&last.note).ok());
    Ok(signed.and_then(|signed| signed.origin.strip_suffix(&origin("", deployment())).map(str::to_owned)))
}

/// By which push services know this deployment (RFC 8292).
pub(crate) async fn push_key(db: &Db, master: &MasterKey) -> Result<SigningKey, Fault> {
    let fresh = SigningKey::generate(Alg::Es256).map_err(bad_key)?.to_pkcs8().to_vec();
    let der = sealed_setting(db, master, PUSH_KEY, fresh).await?;
    Ok(SigningKey::from_pkcs8(Alg::Es256, &der).map_err(bad_key)?)
}

fn bad_key(e: impl std::fmt::Display) -> SealFault {
    SealFault::BadKey { why: e.to_string() }
}

pub(crate) async fn load(db: &Db, master: &MasterKey) -> Result<KeyRing, Fault> {
    let rows = db.read(signing_keys::all).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in rows {
        let alg: Alg = row.alg.parse().map_err(|_| Fault::internal("unknown algorithm of a stored key"))?;
        let state =
            KeyState::read(&row.state).ok_or_else(|| Fault::internal("unknown state of a stored key"))?;
        let der = master.unseal(&purpose(&row.kid), &row.sealed)?;
        let key = Arc::new(SigningKey::from_pkcs8(alg, &der).map_err(bad_key)?);
        held.push(Held {
            alg,
            state,
            key,
            created: row.created,
            activated: row.activated,
            retired: row.retired,
        });
    }
    Ok(KeyRing::new(held))
}

/// A key is published this long before it signs, so that whoever keeps the set for less knows it by then. Three keys
/// cannot be: the first of an algorithm, which nobody could have fetched before it was needed, and the one that takes the
/// place of a key withdrawn within an hour after the last change. A verifier that meets them has to fetch the set for an
/// unknown `kid`, as OpenID Connect Core §10.1.1 asks of it.
const PUBLISHED_BEFORE: Seconds = Seconds(3_600);

/// Nothing to do: not a failure.
const DONE_ALREADY: &str = "keys_done_already";

fn done_already() -> Fault {
    Fault::conflict(DONE_ALREADY, "this has been done already")
}

pub(crate) fn purpose(kid: &str) -> String {
    format!("signing_key:{kid}")
}

impl Vault {
    fn fresh(&self, alg: Alg, state: KeyState, now: Timestamp) -> Result<KeyRow, Fault> {
        let key = SigningKey::generate(alg).map_err(bad_key)?;
        let sealed = self.master().seal(self.env(), &purpose(key.kid()), &key.to_pkcs8())?;
        let public = serde_json::to_string(key.public().jwk()).map_err(|e| Fault::internal(e.to_string()))?;
        Ok(KeyRow {
            kid: key.kid().to_owned(),
            alg: name(alg).to_owned(),
            state: state.as_str().to_owned(),
            created: now,
            activated: (state == KeyState::Active).then_some(now),
            retired: None,
            public,
            sealed,
        })
    }

    /// Makes sure there is an active and a next key for these algorithms.
    pub async fn ensure(&self, algs: &[Alg]) -> Result<(), Fault> {
        let ring = self.ring();
        let now = self.env().now();
        let mut rows = Vec::new();
        for alg in algs.iter().filter(|alg| ring.active(**alg).is_none()) {
            rows.push(self.fresh(*alg, KeyState::Active, now)?);
            rows.push(self.fresh(*alg, KeyState::Next, now)?);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let written = self
            .0
            .db
            .write(deployment(), Who::SYSTEM, move |tx| {
                let present = signing_keys::all(tx.sql())?;
                let mut recorded = None;
                // Another node may have been first: then its keys serve.
                for row in rows.iter().filter(|row| !present.iter().any(|p| p.alg == row.alg)) {
                    signing_keys::insert(tx.sql(), row)?;
                    recorded = Some(tx.record(published(row)));
                }
                Ok::<_, Fault>(recorded.ok_or_else(done_already)?.with(()))
            })
            .await;
        self.settled(written).await
    }

    /// Reads the keys again after a change, whether it was made here or another node was first.
    async fn settled(&self, written: Result<(), Fault>) -> Result<(), Fault> {
        match written {
            Err(fault) if fault.code != DONE_ALREADY => Err(fault),
            _ => self.reload().await,
        }
    }

    /// Reads the keys again: after a change here, or on another node.
    pub async fn reload(&self) -> Result<(), Fault> {
        self.replace_ring(load(&self.0.db, &self.master()).await?);
        Ok(())
    }

    /// Reads the keys again if another node changed them. Run every second or so: until then, this node believes a key
    /// that another one withdrew.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let rows = self.0.db.read(signing_keys::all).await?;
        let ring = self.ring();
        let same =
            |(row, held): (&KeyRow, &Held)| row.kid == held.key.kid() && row.state == held.state.as_str();
        if rows.len() == ring.held.len() && rows.iter().zip(&ring.held).all(same) {
            return Ok(());
        }
        self.reload().await
    }

    /// Puts the next key to work, keeps the present one published, and publishes a new next one.
    pub async fn rotate(&self, alg: Alg) -> Result<(), Fault> {
        self.change(alg, |_| true).await?;
        self.reload().await
    }

    /// The same of a key that is due, as whoever has the turn to write sees it: several nodes find it due at once.
    async fn change(&self, alg: Alg, is_due: impl Fn(&KeyRow) -> bool + Send + 'static) -> Result<(), Fault> {
        let now = self.env().now();
        let fresh = self.fresh(alg, KeyState::Next, now)?;
        let write = self.0.db.write(deployment(), Who::SYSTEM, move |tx| {
            let rows = signing_keys::all(tx.sql())?;
            let find = |state: KeyState| {
                rows.iter().find(|row| row.alg == fresh.alg && row.state == state.as_str()).cloned()
            };
            let missing = || Fault::not_found("signing key of this algorithm");
            let (mut active, mut next) =
                (find(KeyState::Active).ok_or_else(missing)?, find(KeyState::Next).ok_or_else(missing)?);
            if !is_due(&active) {
                return Err(done_already());
            }
            known_by_now(&next, now)?;
            active.state = KeyState::Old.as_str().to_owned();
            active.retired = Some(now);
            next.state = KeyState::Active.as_str().to_owned();
            next.activated = Some(now);
            signing_keys::set_state(tx.sql(), &active)?;
            signing_keys::set_state(tx.sql(), &next)?;
            signing_keys::insert(tx.sql(), &fresh)?;
            let _ = tx.record(retired(&active));
            let _ = tx.record(activated(&next));
            Ok(tx.record(published(&fresh)).with(()))
        });
        write.await
    }

    /// Withdraws a key at once, as when somebody else may have it: nothing that it signed is believed any more, whoever
    /// asks. Another one takes its place, whatever it was for.
    pub async fn withdraw(&self, kid: &str) -> Result<(), Fault> {
        let unknown = || Fault::not_found("signing key");
        let alg = self.ring().held.iter().find(|held| held.key.kid() == kid).map(|held| held.alg);
        let (now, kid) = (self.env().now(), kid.to_owned());
        let fresh = self.fresh(alg.ok_or_else(unknown)?, KeyState::Next, now)?;
        self.0
            .db
            .write(deployment(), Who::SYSTEM, move |tx| {
                let rows: Vec<KeyRow> =
                    signing_keys::all(tx.sql())?.into_iter().filter(|row| row.alg == fresh.alg).collect();
                let row = rows.iter().find(|row| row.kid == kid).ok_or_else(unknown)?;
                let state = KeyState::read(&row.state);
                signing_keys::erase(tx.sql(), &row.kid)?;
                let _ = tx.record(retired(row));
                let mut last = tx.record(deleted(row));
                if state == Some(KeyState::Active) {
                    let next = rows.iter().find(|row| row.state == KeyState::Next.as_str());
                    let next = next.ok_or_else(|| Fault::internal("there is no next key"))?;
                    let state = KeyState::Active.as_str().to_owned();
                    let next = KeyRow { state, activated: Some(now), ..next.clone() };
                    signing_keys::set_state(tx.sql(), &next)?;
                    last = tx.record(activated(&next));
                }
                if state != Some(KeyState::Old) {
                    signing_keys::insert(tx.sql(), &fresh)?;
                    last = tx.record(published(&fresh));
                }
                Ok::<_, Fault>(last.with(()))
            })
            .await?;
        self.reload().await
    }

    /// Rotates what is due and forgets what nobody needs any more. Run every minute or so, on every node.
    pub async fn tick(&self, rotation: Rotation) -> Result<(), Fault> {
        self.reload().await?;
        let now = self.env().now();
        let (ring, period) = (self.ring(), rotation.period);
        let is_due = move |since: Timestamp| now >= since.plus(period);
        let active = ring.held.iter().filter(|h| h.state == KeyState::Active);
        let due: Vec<Alg> =
            active.filter(|h| is_due(h.activated.unwrap_or(h.created))).map(|h| h.alg).collect();
        for alg in due {
            match self.change(alg, move |row| is_due(row.activated.unwrap_or(row.created))).await {
                // In its time.
                Err(fault) if fault.code == TOO_EARLY => {}
                written => self.settled(written).await?,
            }
        }
        if ring.held.iter().any(|h| h.state == KeyState::Old && is_past(h.retired, now)) {
            self.forget(now).await?;
        }
        Ok(())
    }

    /// Deletes the keys whose last token died long ago.
    async fn forget(&self, now: Timestamp) -> Result<(), Fault> {
        let write = self.0.db.write(deployment(), Who::SYSTEM, move |tx| {
            let mut last = None;
            for row in signing_keys::all(tx.sql())? {
                if row.state == KeyState::Old.as_str() && is_past(row.retired, now) {
                    signing_keys::erase(tx.sql(), &row.kid)?;
                    last = Some(tx.record(deleted(&row)));
                }
            }
            Ok::<_, Fault>(last.ok_or_else(done_already)?.with(()))
        });
        let written = write.await;
        self.settled(written).await
    }
}

fn is_past(retired: Option<Timestamp>, now: Timestamp) -> bool {
    retired.is_some_and(|at| now >= at.plus(PUBLISHED_AFTER))
}

const TOO_EARLY: &str = "next_key_too_young";

/// Whether verifiers can be expected to have the next key.
fn known_by_now(next: &KeyRow, now: Timestamp) -> Result<(), Fault> {
    let known = next.created.plus(PUBLISHED_BEFORE);
    if now >= known {
        return Ok(());
    }
    let kid = &next.kid;
    Err(Fault::conflict(
        TOO_EARLY,
        format!(
            "the next key {kid} was published less than an hour ago, and not every verifier may have it: rotate after \
             {known}, or withdraw the present key if somebody else may have it"
        ),
    ))
}

fn deleted(row: &KeyRow) -> Event {
    Event::SigningKeyDeleted { kid: Text::new(&row.kid), alg: Text::new(&row.alg) }
}

fn activated(row: &KeyRow) -> Event {
    Event::SigningKeyActivated { kid: Text::new(&row.kid), alg: Text::new(&row.alg) }
}

fn retired(row: &KeyRow) -> Event {
    Event::SigningKeyRetired { kid: Text::new(&row.kid), alg: Text::new(&row.alg) }
}

fn published(row: &KeyRow) -> Event {
    Event::SigningKeyPublished { kid: Text::new(&row.kid), alg: Text::new(&row.alg) }
}
