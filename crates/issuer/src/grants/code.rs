//! What an authorization code, and the family of refresh tokens after it, stand for.

use chancery_kernel::{ClientId, GrantId, OrgId, RunId, ScopeSet, SessionId, Timestamp, UserId};
use chancery_model::Client;
use chancery_oauth::resource;
use chancery_store::hot::Hot;
use chancery_store::tables::sessions;
use chancery_store::{DbFault, Sql};
use serde::{Deserialize, Serialize};

use crate::decide::{application_named, consented_here};
use crate::grants::refusal::Known;
use crate::mint::Authn;

/// A person's authorization of a client, as the consent page and the session proved it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub org: OrgId,
    pub client: ClientId,
    pub user: UserId,
    pub session: SessionId,
    /// As the request named it; compared byte for byte at redemption.
    pub redirect_uri: String,
    /// Whether the authorization request sent it: then redemption has to repeat it (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// PKCE challenge, method S256 (RFC 7636).
    pub challenge: String,
    pub nonce: Option<String>,
    /// `openid profile …`
    pub identity: ScopeSet,
    /// Scopes of the application named by `resource`.
    pub scopes: ScopeSet,
    pub resource: Option<String>,
    pub authn: Authn,
    /// The consents that it began with.
    #[serde(default)]
    pub consents: Vec<GrantId>,
    pub run: Option<RunId>,
}

impl Authorization {
    /// Whether the sign-in it hangs on has ended, which ends it too unless the person is not needed for it.
    pub fn signed_out(&self, sql: &mut Sql<'_>, now: Timestamp) -> Result<bool, DbFault> {
        let offline = self.identity.contains("offline_access");
        let over = |session: sessions::Session| session.ended.is_some() || now >= session.ends;
        Ok(!offline && sessions::find(sql, self.session)?.is_none_or(over))
    }

    /// Whether the person still agrees to all of it, and never took back what they agreed to when it began: a new consent
    /// does not bring back what an old one allowed.
    pub fn consented(&self, hot: &Hot, now: Timestamp, client: &Client) -> bool {
        let app =
            self.resource.as_deref().and_then(|r| application_named(hot, self.org, r)).map(|app| app.id);
        let held = hot.grants_of(self.user);
        let profile = consented_here(held, now, client, None);
        let there = consented_here(held, now, client, app);
        client.builtin
            || (self.consents.iter().all(|id| held.iter().any(|grant| grant.id == *id))
                && self.identity.is_subset(&profile)
                && (self.scopes.is_empty() || self.scopes.is_subset(&there)))
    }

    /// What a refusal tells of it.
    pub fn known(&self) -> Known {
        Known {
            user: Some(self.user),
            resource: self.resource.clone(),
            scopes: self.identity.union(&self.scopes),
            run: self.run,
            session: Some(self.session),
            ..Known::default()
        }
    }

    /// Whether a request names the resource that was authorized, or none (RFC 8707 §2.2).
    pub fn is_for(&self, resource: Option<&str>, issuer: &str) -> bool {
        let granted = self.resource.as_deref().unwrap_or(issuer);
        resource.is_none_or(|asked| resource::same(asked, granted))
    }
}
