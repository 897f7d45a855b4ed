//! The guard's own access token, with which it follows the feed and reports outcomes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What the guard asks for.
const SCOPE: &str = "marks.read outcomes.manage";

/// The guard's client and the token it holds at the moment.
pub(crate) struct Account {
    http: reqwest::Client,
    token_endpoint: String,
    resource: String,
    authorization: Zeroizing<String>,
    held: tokio::sync::Mutex<Option<Held>>,
}

struct Held {
    token: Arc<Zeroizing<String>>,
    renew: Instant,
    expires: Instant,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("the token endpoint cannot be reached")]
    Net(#[from] reqwest::Error),
    #[error("the token endpoint answered {status} {error}")]
    Refused { status: StatusCode, error: String },
}

impl Account {
    pub(crate) fn new(
        http: reqwest::Client,
        token_endpoint: String,
        resource: String,
        client_id: &str,
        secret: &str,
    ) -> Self {
        // RFC 6749 §2.3.1: both are form-encoded before they are joined.
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret)));
        let authorization = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        Self { http, token_endpoint, resource, authorization, held: tokio::sync::Mutex::new(None) }
    }

    /// A token that is still good; renewed when four fifths of its life are over. If renewing fails, the old one
    /// serves until it expires.
    pub(crate) async fn token(&self) -> Result<Arc<Zeroizing<String>>, AccountError> {
        let mut held = self.held.lock().await;
        let now = Instant::now();
        if let Some(held) = held.as_ref().filter(|held| now < held.renew) {
            return Ok(Arc::clone(&held.token));
        }
        match self.request().await {
            Ok(fresh) => Ok(Arc::clone(&held.insert(fresh).token)),
            Err(error) => match held.as_ref().filter(|held| now < held.expires) {
                Some(held) => Ok(Arc::clone(&held.token)),
                None => Err(error),
            },
        }
    }

    /// Drops the token, because the issuer refused it.
    pub(crate) async fn forget(&self) {
        *self.held.lock().await = None;
    }

    async fn request(&self) -> Result<Held, AccountError> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: String,
            expires_in: Option<u64>,
        }
        #[derive(Deserialize, Default)]
        struct Refused {
            #[serde(default)]
            error: String,
        }
        let form =
            [("grant_type", "client_credentials"), ("resource", self.resource.as_str()), ("scope", SCOPE)];
        let asked = Instant::now();
        let response = self
            .http
            .post(&self.token_endpoint)
            .timeout(Duration::from_secs(10))
            .header(reqwest::header::AUTHORIZATION, self.authorization.as_str())
            .form(&form)
            .send()
            .await?;
        let status = response.status();
        if !status.is_success() {
            let Refused { error } = response.json().await.unwrap_or_default();
            return Err(AccountError::Refused { status, error });
        }
        let Granted { access_token, expires_in } = response.json().await?;
        let life = Duration::from_secs(expires_in.unwrap_or(60));
        Ok(Held {
            token: Arc::new(Zeroizing::new(access_token)),
            renew: asked + life * 4 / 5,
            expires: asked + life,
        })
    }
}
