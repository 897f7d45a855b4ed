//! Signing out at a client's request (OpenID Connect RP-Initiated Logout 1.0). The browser is sent on only to an
//! address that the client proven by the hint has registered; without a valid hint the person is asked, and stays here.

use chancery_context::Cx;
use chancery_jose::{Expect, IdToken, decode_unverified, verify};
use chancery_kernel::{ClientId, OrgId, Outcome, Secret, SessionId, UserId};
use chancery_oauth::{LogoutRequest, TokenClaims, callback_url};

use crate::Issuer;
use crate::sessions::Present;

/// What a valid hint proves.
pub(crate) struct Hint {
    pub org: OrgId,
    pub user: UserId,
    pub client: ClientId,
    pub session: Option<SessionId>,
}

/// The next step of a sign-out.
#[derive(Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// Ask the person whether they want to sign out.
    Confirm,
    /// Done; go there, or show the page that says so.
    Done { redirect: Option<String> },
}

impl Issuer {
    /// Reads an ID token of ours, expired or not (§2: expired hints are fine).
    pub(crate) fn hinted(&self, hint: &Secret) -> Option<Hint> {
        let (_, unproven) = decode_unverified::<TokenClaims>(hint.expose()).ok()?;
        // Judged at its last living second. The time is the sender's until the signature is proven.
        let now = unproven.exp?.saturating_sub(1);
        let expect = Expect { issuer: Some(self.issuer()), audiences: &[], now, leeway: 0 };
        let ring = self.vault().ring();
        let claims = verify::<IdToken, TokenClaims>(hint.expose(), ring.keys(), &expect).ok()?.into_claims();
        Some(Hint {
            org: claims.org_id?,
            user: claims.user()?,
            client: claims.client()?,
            session: claims.sid,
        })
    }

    /// Ends the session if the hint proves that this browser's person is meant, or if they confirmed.
    pub async fn log_out(
        &self,
        cx: &Cx,
        request: &LogoutRequest,
        present: Option<&Present>,
        confirmed: bool,
    ) -> Outcome<LogoutOutcome> {
        let hint = request.id_token_hint.as_ref().and_then(|hint| self.hinted(hint));
        let hint = hint.filter(|h| request.client_id.as_ref().is_none_or(|id| *id == h.client.to_string()));
        let redirect = hint.as_ref().and_then(|hint| self.way_back(hint, request));
        let Some(present) = present else {
            return Ok(LogoutOutcome::Done { redirect });
        };
        let meant = hint.as_ref().is_some_and(|h| {
            h.user == present.user.id
                && h.org == present.org()
                && h.session.is_none_or(|s| s == present.session.id)
        });
        if !meant && !confirmed {
            return Ok(LogoutOutcome::Confirm);
        }
        let reason = if meant { "signed out by a client" } else { "signed out" };
        self.end_session(cx, present.session.id, present.user.id, reason).await?;
        Ok(LogoutOutcome::Done { redirect })
    }

    fn way_back(&self, hint: &Hint, request: &LogoutRequest) -> Option<String> {
        let asked = request.post_logout_redirect_uri.as_deref()?;
        let hot = self.db().hot();
        let client = hot.clients.find(hint.org, hint.client)?;
        if !client.post_logout_redirect_uris.iter().any(|registered| registered == asked) {
            return None;
        }
        let state: Vec<(&str, &str)> = request.state.as_deref().map(|s| ("state", s)).into_iter().collect();
        Some(callback_url(asked, &state))
    }
}
