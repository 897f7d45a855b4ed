//! Userinfo (OpenID Connect Core §5.3): claims about the person, as far as the token's scopes allow.

use chancery_kernel::RequestId;
use chancery_oauth::metadata::path::USERINFO;
use chancery_oauth::{ErrorCode, OAuthError, UserinfoClaims};

use crate::grants::{cut_off, unavailable};
use crate::{Issuer, TokenRefusal, Use};

impl Issuer {
    /// The claims as a JSON document. That an agent read them is evidence: what cannot be recorded is not told.
    pub async fn userinfo(&self, token: &str, request: RequestId) -> Result<String, OAuthError> {
        let invalid = || {
            OAuthError::new(
                ErrorCode::InvalidToken,
                "the access token is invalid, expired, revoked or for another audience",
            )
        };
        let own = self.bearer(token, self.issuer()).map_err(|refusal| match refusal {
            TokenRefusal::Unknowable => cut_off(chancery_context::cut_off()),
            _ => invalid(),
        })?;
        if !own.scopes.contains("openid") {
            return Err(OAuthError::new(ErrorCode::InsufficientScope, "userinfo needs the scope openid"));
        }
        let user =
            own.user.and_then(|id| self.db().hot().users.find(own.org, id).cloned()).ok_or_else(invalid)?;
        if let Some(evidence) = self.evidence(&own, self.issuer()) {
            let made = Use { jti: &own.jti, method: "GET", path: USERINFO, status: 200, request };
            self.record_use(own.org, &evidence, made).await.map_err(unavailable)?;
        }
        let person = chancery_oauth::PersonClaims::of(&user, &own.scopes);
        serde_json::to_string(&UserinfoClaims { sub: user.id, person })
            .map_err(|_| OAuthError::new(ErrorCode::ServerError, "userinfo could not be written"))
    }
}
