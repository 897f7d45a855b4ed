//! Being told by a ping that an answer is there (OpenID CIBA Core 1.0 §10.2), instead of asking for it.
//!
//! The issuer calls an endpoint of the agent's own, which hands over what it was sent with [`Pings::heard`]. A ping gives
//! nothing away and decides nothing: what came out is fetched. One that never arrives costs time alone, since the client asks
//! by itself now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use subtle::ConstantTimeEq;
use tokio::sync::Notify;

use crate::Secret;

/// How often a client that is pinged asks by itself: a ping may get lost.
pub(crate) const RARELY: Duration = Duration::from_secs(60);
/// More than any ping of an issuer.
const MOST: usize = 4_096;

/// Where an agent's endpoint hands over the pings it is sent. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Secret,
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
}

/// How the endpoint answers what it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// With 204: it was a ping of the issuer.
    Rung,
    /// With 401: whoever called does not know the token that the issuer was given.
    Stranger,
    /// With 400: it names no request.
    Unreadable,
}

#[derive(Deserialize)]
struct Ping {
    auth_req_id: String,
}

impl Pings {
    /// With the token by which the issuer proves itself: a secret of this agent's own making, of 128 bits or more (§7.1). The
    /// same after a restart, so that what was asked before is heard of.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        Self(Arc::new(Inner { token, waiting: Mutex::default() }))
    }

    /// What the endpoint was sent: the `Authorization` header, and the body.
    pub fn heard(&self, authorization: Option<&str>, body: &[u8]) -> Heard {
        let (scheme, token) = authorization.and_then(|header| header.split_once(' ')).unwrap_or_default();
        let known = bool::from(token.trim().as_bytes().ct_eq(self.0.token.expose().as_bytes()));
        if !scheme.eq_ignore_ascii_case("bearer") || !known {
            return Heard::Stranger;
        }
        let ping = (body.len() <= MOST).then(|| serde_json::from_slice::<Ping>(body).ok()).flatten();
        let Some(ping) = ping else { return Heard::Unreadable };
        let waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = waiting.get(&ping.auth_req_id) {
            bell.notify_one();
        }
        Heard::Rung
    }

    pub(crate) fn token(&self) -> &Secret {
        &self.0.token
    }

    /// A bell that rings from now on when the issuer pings for this request, also between two looks.
    pub(crate) fn wait_for(&self, auth_req_id: &str) -> Bell {
        let bell = Arc::new(Notify::new());
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(auth_req_id.to_owned(), Arc::clone(&bell));
        Bell { pings: self.clone(), id: auth_req_id.to_owned(), bell }
    }
}

/// One request that is waited for.
pub(crate) struct Bell {
    pings: Pings,
    id: String,
    bell: Arc<Notify>,
}

impl Bell {
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        let mut waiting = self.pings.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may wait for the same by now.
        if waiting.get(&self.id).is_some_and(|bell| Arc::ptr_eq(bell, &self.bell)) {
            waiting.remove(&self.id);
        }
    }
}
