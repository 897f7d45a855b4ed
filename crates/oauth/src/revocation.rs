//! Requests that name one token: introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1).

use chancery_kernel::Secret;

use crate::error::OAuthError;
use crate::params::Params;

/// The token asked about. The hint only says where to look first; an unknown one is ignored, as both RFCs say.
#[derive(Clone, Debug)]
pub struct TokenQuery {
    pub token: Secret,
    pub hint: Option<TokenHint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHint {
    AccessToken,
    RefreshToken,
}

impl TokenQuery {
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let hint = match params.get("token_type_hint") {
            Some("access_token") => Some(TokenHint::AccessToken),
            Some("refresh_token") => Some(TokenHint::RefreshToken),
            _ => None,
        };
        Ok(Self { token: params.require_secret("token")?, hint })
    }
}
