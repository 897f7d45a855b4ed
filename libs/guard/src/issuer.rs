//! What the issuer publishes: metadata (RFC 8414) and keys (RFC 7517), and when to fetch them again.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chancery_jose::{JwkSet, Keys, PublicKey};
use serde::Deserialize;

use crate::StartError;

/// The part of the metadata a guard needs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub issuer: String,
    pub jwks_uri: String,
    pub token_endpoint: String,
}

/// An address below the issuer, whose trailing slash is optional.
pub(crate) fn below(issuer: &str, path: &str) -> String {
    format!("{}{path}", issuer.trim_end_matches('/'))
}

impl Metadata {
    /// Fetches and checks it: RFC 8414 §3.3 demands the very issuer that was asked for.
    pub(crate) async fn fetch(http: &reqwest::Client, issuer: &str) -> Result<Self, StartError> {
        let address = below(issuer, "/.well-known/oauth-authorization-server");
        let metadata: Self = get(http, &address).await?;
        if metadata.issuer == issuer {
            Ok(metadata)
        } else {
            Err(StartError::OtherIssuer { asked: issuer.to_owned(), found: metadata.issuer })
        }
    }
}

async fn get<T: serde::de::DeserializeOwned>(http: &reqwest::Client, address: &str) -> Result<T, StartError> {
    let fail = |source| StartError::Unreachable { address: address.to_owned(), source };
    let response = http.get(address).timeout(Duration::from_secs(10)).send().await.map_err(fail)?;
    response.error_for_status().map_err(fail)?.json().await.map_err(fail)
}

/// The issuer's keys, parsed once and shared. Those count that were fetched *and* that the feed names under its own
/// signature: so a key that is withdrawn counts no more as soon as the feed leaves it out, and one that only the
/// key set brings forward does not count yet.
pub(crate) struct KeyRing {
    http: reqwest::Client,
    address: String,
    held: RwLock<Held>,
    fetched: tokio::sync::Mutex<Instant>,
}

struct Held {
    /// As fetched, without those that were withdrawn since.
    all: Arc<Keys>,
    /// What the feed named last, and when it said so; an issuer may not name any.
    named: Option<(i64, Vec<String>)>,
    /// Those of them that count.
    current: Arc<Keys>,
}

impl Held {
    fn new(all: Arc<Keys>) -> Self {
        Self { current: Arc::clone(&all), all, named: None }
    }

    /// Works out which keys count; true if these are others than before.
    fn settle(&mut self) -> bool {
        let named = |key: &&PublicKey| {
            self.named.as_ref().is_none_or(|(_, named)| named.iter().any(|kid| kid == key.thumbprint()))
        };
        let current: Keys = self.all.iter().filter(named).cloned().collect();
        let changed = !same(&self.current, &current);
        if changed {
            self.current = Arc::new(current);
        }
        changed
    }
}

/// A stranger with made-up `kid`s must not turn the guard into a hammer on the issuer.
const PAUSE: Duration = Duration::from_secs(5);

/// Keys that the issuer withdrew are forgotten after this, if the feed says nothing about keys.
const STALE: Duration = Duration::from_secs(300);

impl KeyRing {
    pub(crate) async fn fetch(http: reqwest::Client, address: String) -> Result<Self, StartError> {
        let set: JwkSet = get(&http, &address).await?;
        let held = RwLock::new(Held::new(Arc::new(Keys::from_set(&set))));
        // Dated back, so that the first unknown key is looked up at once.
        let now = Instant::now();
        let fetched = tokio::sync::Mutex::new(now.checked_sub(PAUSE).unwrap_or(now));
        Ok(Self { http, address, held, fetched })
    }

    pub(crate) fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).current)
    }

    /// Every key that was fetched and not withdrawn, named by the feed or not. For a snapshot alone: its own list has
    /// to name the key it is signed with.
    pub(crate) fn all(&self) -> Arc<Keys> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).all)
    }

    /// Takes over which keys the feed names at a time. Says what came of it.
    pub(crate) fn name(&self, at: i64, kids: Vec<String>) -> Named {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.named.as_ref().is_some_and(|(known, _)| *known > at) {
            return Named::default();
        }
        // Withdrawn for good: a list that is played back cannot bring a key into service again.
        let all: Keys =
            held.all.iter().filter(|key| kids.iter().any(|kid| kid == key.thumbprint())).cloned().collect();
        let unknown = kids.iter().any(|kid| !all.iter().any(|key| key.thumbprint() == kid));
        held.all = Arc::new(all);
        held.named = Some((at, kids));
        Named { changed: held.settle(), unknown }
    }

    /// Fetches again for a key that is not known; gives back `seen` itself if nothing changed. Callers that wait for
    /// the same fetch share it.
    pub(crate) async fn refetch(&self, seen: &Arc<Keys>) -> Arc<Keys> {
        let mut fetched = self.fetched.lock().await;
        let current = self.current();
        if !Arc::ptr_eq(&current, seen) || fetched.elapsed() < PAUSE {
            return current;
        }
        *fetched = Instant::now();
        match get::<JwkSet>(&self.http, &self.address).await {
            Ok(set) => {
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                held.all = Arc::new(Keys::from_set(&set));
                held.settle();
                Arc::clone(&held.current)
            }
            Err(error) => {
                tracing::warn!(%error, "the issuer's keys cannot be fetched; the known ones stay in use");
                current
            }
        }
    }

    /// Fetches again when the keys are old; true if they changed.
    pub(crate) async fn refresh(&self) -> bool {
        let before = self.current();
        if self.fetched.lock().await.elapsed() < STALE {
            return false;
        }
        !Arc::ptr_eq(&before, &self.refetch(&before).await)
    }
}

/// What a list of keys changed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    /// Other keys count than before.
    pub changed: bool,
    /// Among them is one that was not fetched yet.
    pub unknown: bool,
}

fn same(one: &Keys, other: &Keys) -> bool {
    let names = |key: &PublicKey| (key.thumbprint().to_owned(), key.alg());
    one.iter().map(names).eq(other.iter().map(names))
}
