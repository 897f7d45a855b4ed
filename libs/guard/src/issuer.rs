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

/// The issuer's keys, parsed once and shared.
pub(crate) struct KeyRing {
    http: reqwest::Client,
    address: String,
    held: RwLock<Arc<Keys>>,
    fetched: tokio::sync::Mutex<Instant>,
}

/// A stranger with made-up `kid`s must not turn the guard into a hammer on the issuer.
const PAUSE: Duration = Duration::from_secs(5);

/// Keys that the issuer withdrew are forgotten after this.
const STALE: Duration = Duration::from_secs(300);

impl KeyRing {
    pub(crate) async fn fetch(http: reqwest::Client, address: String) -> Result<Self, StartError> {
        let set: JwkSet = get(&http, &address).await?;
        let held = RwLock::new(Arc::new(Keys::from_set(&set)));
        // Dated back, so that the first unknown key is looked up at once.
        let now = Instant::now();
        let fetched = tokio::sync::Mutex::new(now.checked_sub(PAUSE).unwrap_or(now));
        Ok(Self { http, address, held, fetched })
    }

    pub(crate) fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
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
                let fresh = Arc::new(Keys::from_set(&set));
                if same(&current, &fresh) {
                    return current;
                }
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
                fresh
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

fn same(one: &Keys, other: &Keys) -> bool {
    let names = |key: &PublicKey| (key.thumbprint().to_owned(), key.alg());
    one.iter().map(names).eq(other.iter().map(names))
}
