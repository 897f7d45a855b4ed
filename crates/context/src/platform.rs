//! What the server wires once and every call shares.

use std::sync::Arc;

use chancery_kernel::{Fault, Id, Kind, Outcome, Seconds, StoreId, ulid};
use chancery_outbound::Outbound;
use chancery_store::Db;
use chancery_vault::Vault;

/// The doors and the settings.
#[derive(Clone)]
pub struct Platform {
    pub db: Db,
    pub vault: Vault,
    pub settings: Arc<Settings>,
    /// The one way out of this machine.
    pub outbound: Outbound,
}

impl Platform {
    /// Refuses to answer from facts that other nodes may have changed: this one is cut off from the database, and
    /// what it remembers as alive may have been revoked.
    pub fn current(&self) -> Outcome<()> {
        if self.db.is_current() {
            return Ok(());
        }
        Err(cut_off())
    }
}

/// This node is cut off from the database.
pub fn cut_off() -> Fault {
    Fault::new(
        Kind::Unavailable,
        "cut_off",
        "this server does not reach its database, so it cannot know what was revoked: try again in a moment",
    )
}

/// Facts of the deployment that use cases need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer, byte for byte as tokens carry it: configuration, never the Host header.
    pub issuer: String,
    /// A session ends after this long without use.
    pub session_idle: Seconds,
    /// A session ends this long after the sign-in, whatever happens.
    pub session_absolute: Seconds,
    /// A refresh token ends after this long without use.
    pub refresh_idle: Seconds,
    pub refresh_absolute: Seconds,
    /// Cookies are marked `Secure`: off only where the issuer is plain http on loopback.
    pub secure_cookies: bool,
}

impl Settings {
    pub fn new(issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        let secure_cookies = issuer.starts_with("https://");
        Self {
            issuer,
            session_idle: Seconds::hours(1),
            session_absolute: Seconds::hours(12),
            refresh_idle: Seconds::days(7),
            refresh_absolute: Seconds::days(90),
            secure_cookies,
        }
    }

    /// A URL of this server: the issuer without its trailing slash, and a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.trim_end_matches('/'))
    }

    /// Host of the issuer: names the logs.
    pub fn host(&self) -> &str {
        let rest = self.issuer.split_once("://").map_or(self.issuer.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// Where a store of relationships is, and the resource URI of the application that stands for it. Exactly in this
    /// spelling.
    pub fn store_resource(&self, store: StoreId) -> String {
        format!("{}{}", self.stores(), ulid::encode(store.uuid()))
    }

    /// The store that a resource URI is of.
    pub fn store_of(&self, resource: &str) -> Option<StoreId> {
        resource.strip_prefix(&self.stores()).and_then(ulid::decode).map(StoreId::from_uuid)
    }

    /// Whether a resource URI lies in the relationship API, whose addresses nobody else may be an audience for.
    pub fn is_of_relations(&self, resource: &str) -> bool {
        let rest = resource.strip_prefix(&self.url("/fga"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    fn stores(&self) -> String {
        self.url("/fga/stores/")
    }

    /// The resource URI of the management API.
    pub fn api_resource(&self) -> String {
        self.url("/api/v1")
    }
}
