//! What an authorization code, and the family of refresh tokens after it, stand for.

use chancery_kernel::{ClientId, OrgId, RunId, ScopeSet, SessionId, UserId};
use serde::{Deserialize, Serialize};

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
    pub run: Option<RunId>,
}
