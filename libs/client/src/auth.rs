//! How a client proves who it is (RFC 6749 §2.3, RFC 7523 §2.2).

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chancery_jose::{ClientAssertion, SigningKey, sign};
use serde::Serialize;

use crate::{ClientError, Secret, clock, login};

/// The client's identity and its way of proving it.
#[derive(Clone)]
pub enum ClientAuth {
    /// A public client: only its id, and PKCE where a person signs in.
    None {
        /// The client.
        client_id: String,
    },
    /// A secret in the `Authorization` header.
    SecretBasic {
        /// The client.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A secret in the body.
    SecretPost {
        /// The client.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A signed assertion; the private key never leaves this process.
    PrivateKeyJwt {
        /// The client.
        client_id: String,
        /// The key whose public half is registered.
        key: Arc<SigningKey>,
    },
}

impl ClientAuth {
    /// The client's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::None { client_id }
            | Self::SecretBasic { client_id, .. }
            | Self::SecretPost { client_id, .. }
            | Self::PrivateKeyJwt { client_id, .. } => client_id,
        }
    }

    /// Adds to the form what belongs there, and returns the `Authorization` header if there is one.
    pub(crate) fn apply(
        &self,
        issuer: &str,
        form: &mut Vec<(&'static str, String)>,
    ) -> Result<Option<Secret>, ClientError> {
        match self {
            Self::None { client_id } => {
                form.push(("client_id", client_id.clone()));
                Ok(None)
            }
            Self::SecretBasic { client_id, secret } => {
                // RFC 6749 §2.3.1: both are form-encoded before they are joined.
                let encoded =
                    |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Secret::from(format!("{}:{}", encoded(client_id), encoded(secret.expose())));
                Ok(Some(Secret::from(format!("Basic {}", STANDARD.encode(pair.expose())))))
            }
            Self::SecretPost { client_id, secret } => {
                form.push(("client_id", client_id.clone()));
                form.push(("client_secret", secret.expose().to_owned()));
                Ok(None)
            }
            Self::PrivateKeyJwt { client_id, key } => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_assertion_type", kind.to_owned()));
                form.push(("client_assertion", assertion(client_id, issuer, key)?));
                Ok(None)
            }
        }
    }
}

/// RFC 7523 §3 as revised in 2026: the issuer is the only audience, so no other server can use the assertion.
fn assertion(client_id: &str, issuer: &str, key: &SigningKey) -> Result<String, ClientError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        jti: String,
        iat: i64,
        exp: i64,
    }
    let now = clock::seconds();
    let jti = login::random()?;
    let claims = Claims { iss: client_id, sub: client_id, aud: issuer, jti, iat: now, exp: now + 60 };
    Ok(sign::<ClientAssertion, _>(key, &claims)?)
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self {
            Self::None { .. } => "none",
            Self::SecretBasic { .. } => "client_secret_basic",
            Self::SecretPost { .. } => "client_secret_post",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
        };
        f.debug_struct("ClientAuth").field("client_id", &self.client_id()).field("method", &method).finish()
    }
}
