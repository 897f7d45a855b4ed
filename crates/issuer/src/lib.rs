//! The authorization server: who signs in, what they consent to, which tokens come of it, and what becomes of them.
//!
//! Every decision is one write: it reads the facts, decides, records, and only then is anything signed. What is
//! handed out points, by its `pos`, at the line of the log that allowed it.

mod access_request;
mod approved;
mod asked;
pub mod authorize;
mod bc_authorize;
mod bearer;
mod clients;
pub mod consent;
mod decide;
pub mod device;
mod evidence;
pub mod factors;
mod grants;
mod introspect;
mod logout;
mod mint;
mod own;
mod revoke;
pub mod sessions;
mod setup;
mod strangers;
mod throttle;
mod typed;
mod userinfo;

use std::sync::Arc;

use chancery_context::Platform;
use chancery_kernel::{Env, Timestamp};
use chancery_store::Db;
use chancery_vault::Vault;

pub use access_request::Wish;
pub use bearer::{Bearer, TokenRefusal, Use};
pub use grants::Call;
pub use grants::ciba::{Deliveries, Fetched, Following};
pub use logout::LogoutOutcome;
pub use own::OwnToken;
pub use setup::SetUp;

/// The authorization server of this deployment.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    platform: Platform,
    /// Access tokens of ours that verified, by digest: a second look costs no signature check.
    verified: own::Cache,
    /// Parsed public keys of clients.
    client_keys: clients::KeyCache,
    /// How often clients poll.
    polls: grants::ciba::Polls,
    /// How often strangers fail.
    strangers: Arc<strangers::Strangers>,
}

impl Issuer {
    pub fn new(platform: Platform) -> Self {
        Self(Arc::new(Inner {
            platform,
            verified: own::Cache::default(),
            client_keys: clients::KeyCache::default(),
            polls: grants::ciba::Polls::default(),
            strangers: Arc::default(),
        }))
    }

    pub fn platform(&self) -> &Platform {
        &self.0.platform
    }

    fn db(&self) -> &Db {
        &self.0.platform.db
    }

    fn vault(&self) -> &Vault {
        &self.0.platform.vault
    }

    fn env(&self) -> &Env {
        self.0.platform.db.env()
    }

    fn now(&self) -> Timestamp {
        self.env().now()
    }

    /// The issuer identifier, byte for byte.
    pub fn issuer(&self) -> &str {
        &self.0.platform.settings.issuer
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issuer({})", self.issuer())
    }
}
