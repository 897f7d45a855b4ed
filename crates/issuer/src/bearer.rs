//! Bearer tokens at our own surfaces: the management API and userinfo (RFC 6750).

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::Caller;
use chancery_kernel::{Fault, OrgId, Outcome, RequestId};
use chancery_store::Who;

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
        Ok((own.org, self.caller(&own)))
    }

    fn caller(&self, own: &OwnToken) -> Caller {
        let application = self.db().hot().clients.find(own.org, own.client).and_then(|c| c.application);
        Caller::Token {
            client: own.client,
            application,
            agent: own.agents.first().copied(),
            user: own.user,
            scopes: own.scopes.clone(),
        }
    }

    /// Records that a genuine token opened nothing, before that is answered: who came with it, and why not. What is no
    /// token of ours names nobody, and belongs into nobody's log.
    pub async fn record_token_refused(
        &self,
        token: &str,
        refusal: TokenRefusal,
        target: &str,
        request: RequestId,
    ) -> Outcome<()> {
        let reason = match refusal {
            TokenRefusal::Invalid => return Ok(()),
            TokenRefusal::WrongAudience => "the token is for another audience",
            TokenRefusal::Revoked => "the token was revoked",
        };
        let Ok(own) = self.read_own(token) else { return Ok(()) };
        let who = Who { actor: self.caller(&own).actor(), request: Some(request) };
        let event = Event::AccessDenied {
            act: Text::new("token_use"),
            target: Text::new(target),
            reason: Text::new(reason),
        };
        self.db().write(own.org, who, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
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
