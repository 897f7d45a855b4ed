//! Bearer tokens at our own surfaces: the management API and userinfo (RFC 6750).

use std::sync::Arc;

use chancery_context::Caller;
use chancery_kernel::OrgId;

use crate::{Issuer, OwnToken};

/// Why a bearer token is refused here. One text for the caller: which of them it was would help a thief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not a token of ours, damaged, or expired.
    Invalid,
    /// Genuine, and for another audience.
    WrongAudience,
    /// Genuine, and revoked.
    Revoked,
}

impl Issuer {
    /// Who calls the management API with this token.
    pub fn caller_of_token(&self, token: &str) -> Result<(OrgId, Caller), TokenRefusal> {
        let own = self.bearer(token, &self.platform().settings.api_resource())?;
        let application = self.db().hot().clients.find(own.org, own.client).and_then(|c| c.application);
        let caller = Caller::Token {
            client: own.client,
            application,
            agent: own.agents.first().copied(),
            user: own.user,
            scopes: own.scopes.clone(),
        };
        Ok((own.org, caller))
    }

    /// A live token of ours for this audience.
    pub(crate) fn bearer(&self, token: &str, audience: &str) -> Result<Arc<OwnToken>, TokenRefusal> {
        let own = self.read_own(token).map_err(|_| TokenRefusal::Invalid)?;
        if !own.is_for(audience) {
            return Err(TokenRefusal::WrongAudience);
        }
        if self.is_dead(&own) || !self.stands(&own) {
            return Err(TokenRefusal::Revoked);
        }
        Ok(own)
    }
}
