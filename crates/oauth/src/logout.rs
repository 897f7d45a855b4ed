//! OpenID Connect RP-Initiated Logout 1.0 §2: the request. What it names is believed only when the hint proves it.

use chancery_kernel::Secret;

use crate::error::OAuthError;
use crate::params::Params;

const LONGEST: usize = 2_048;

#[derive(Clone, Debug)]
pub struct LogoutRequest {
    /// An ID token of the session; expired ones are fine.
    pub id_token_hint: Option<Secret>,
    /// Has to be the hint's audience, if both are there.
    pub client_id: Option<String>,
    /// Followed only if the client registered exactly it, and the hint proves the client.
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
    pub logout_hint: Option<String>,
    pub ui_locales: Option<String>,
}

impl LogoutRequest {
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let text = |name: &str| match params.get(name) {
            Some(text) if text.len() > LONGEST => {
                Err(OAuthError::invalid_request(format!("{name} is longer than {LONGEST} bytes")))
            }
            text => Ok(text.map(str::to_owned)),
        };
        Ok(Self {
            id_token_hint: params.secret("id_token_hint"),
            client_id: text("client_id")?,
            post_logout_redirect_uri: text("post_logout_redirect_uri")?,
            state: text("state")?,
            logout_hint: text("logout_hint")?,
            ui_locales: text("ui_locales")?,
        })
    }
}
