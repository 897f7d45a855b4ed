//! What all clones of a guard share, and the tasks behind them.

use std::{fmt, sync::Arc, time::Duration};

use chancery_jose::Keys;
use tokio::task::AbortHandle;

use crate::{
    Builder, GuardLayer, Profile, Require, account::Account, cache::Cache, feed, feed::Feed, issuer::KeyRing,
    reports, reports::Reports,
};

/// What was configured.
#[derive(Debug)]
pub(crate) struct Settings {
    pub issuer: String,
    pub audiences: Vec<String>,
    pub realm: String,
    /// Where the metadata of the first audience is, for challenges.
    pub metadata: Option<String>,
    pub leeway: i64,
    pub max_silence: Duration,
    pub profile: Profile,
}

pub(crate) struct Shared {
    pub settings: Settings,
    pub http: reqwest::Client,
    pub keys: KeyRing,
    pub account: Account,
    pub feed: Feed,
    pub cache: Cache,
    pub reports: Reports,
}

/// So long the feed waits for a key that it names and the key set may have by now.
const KEY_PATIENCE: Duration = Duration::from_secs(2);

impl Shared {
    /// Takes over which keys the feed names. Tokens that were proven with one it leaves out are proven anew.
    pub(crate) async fn name_keys(&self, at: i64, kids: Vec<String>) {
        let named = self.keys.name(at, kids);
        if named.changed {
            self.cache.clear();
        }
        if named.unknown {
            // No longer than the feed can wait; what is missing is looked for again at the next beat.
            let seen = self.keys.current();
            drop(tokio::time::timeout(KEY_PATIENCE, self.refetch(&seen)).await);
        }
    }

    /// Fetches the issuer's keys again for one that is not among `seen`. What is cached was signed with keys that
    /// were good then; whether they still are is asked anew.
    pub(crate) async fn refetch(&self, seen: &Arc<Keys>) -> Arc<Keys> {
        let keys = self.keys.refetch(seen).await;
        if !Arc::ptr_eq(&keys, seen) {
            self.cache.clear();
        }
        keys
    }
}

/// A running guard. Clones share everything; the background tasks end when the last clone (and the last layer made
/// from one) is dropped.
#[derive(Clone)]
pub struct Guard {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

struct Tasks(Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Guard {
    /// Begins to configure a guard for the tokens of this issuer.
    #[must_use]
    pub fn builder(issuer: impl Into<String>) -> Builder {
        Builder::new(issuer.into())
    }

    pub(crate) fn run(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let tasks = vec![
            tokio::spawn(feed::follow(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(reports::send(Arc::clone(&shared))).abort_handle(),
        ];
        Self { shared, _tasks: Arc::new(Tasks(tasks)) }
    }

    /// A layer that asks this of every caller.
    #[must_use]
    pub fn layer(&self, require: Require) -> GuardLayer {
        GuardLayer::new(self.clone(), require)
    }

    /// Waits until every outcome so far is reported; false if that takes longer than ten seconds. Call it before the
    /// process ends: what is still queued when the last clone goes is lost.
    pub async fn flush(&self) -> bool {
        self.shared.reports.flush(Duration::from_secs(10)).await
    }

    /// Whether the feed of marks has been heard within the silence bound; for readiness probes.
    #[must_use]
    pub fn hears(&self) -> bool {
        !self.shared.feed.silent(self.shared.settings.max_silence)
    }

    /// The document to serve, without a token, at the address that challenges name: metadata of the API as a protected
    /// resource (RFC 9728 §2, OAuth Actor Profile for Delegation). Delegated tokens of other profiles are refused, which
    /// makes the actor profile required where the guard's own is RFC 8693; and a delegated token counts only as long as
    /// nothing has ended the person's or any agent's part in it, whatever the profile.
    #[must_use]
    pub fn resource_metadata(&self) -> serde_json::Value {
        let settings = &self.shared.settings;
        serde_json::json!({
            "resource": settings.audiences.first(),
            "authorization_servers": [settings.issuer],
            "bearer_methods_supported": ["header"],
            "actor_profile_required": settings.profile == Profile::Rfc8693,
            "dual_principal_authorization_supported": true,
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
