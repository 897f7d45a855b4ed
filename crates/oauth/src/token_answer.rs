//! Answers of the token endpoint (RFC 6749 §5.1, RFC 8693 §2.2.1) and token type names (RFC 8693 §3).

use chancery_kernel::{ScopeSet, Seconds, Secret};
use serde::{Deserialize, Serialize, Serializer};

/// What a token is, in the words of RFC 8693 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenType {
    #[serde(rename = "urn:ietf:params:oauth:token-type:access_token")]
    AccessToken,
    #[serde(rename = "urn:ietf:params:oauth:token-type:refresh_token")]
    RefreshToken,
    #[serde(rename = "urn:ietf:params:oauth:token-type:id_token")]
    IdToken,
    #[serde(rename = "urn:ietf:params:oauth:token-type:jwt")]
    Jwt,
}

impl TokenType {
    pub const ALL: [Self; 4] = [Self::AccessToken, Self::RefreshToken, Self::IdToken, Self::Jwt];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::RefreshToken => "urn:ietf:params:oauth:token-type:refresh_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How the token is presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    #[default]
    Bearer,
    /// What was issued is not an access token (RFC 8693 §2.2.1).
    #[serde(rename = "N_A")]
    NotApplicable,
}

/// A successful answer. To be sent with `Cache-Control: no-store`.
#[derive(Clone, Debug, Serialize)]
pub struct TokenAnswer {
    #[serde(serialize_with = "exposed")]
    pub access_token: Secret,
    pub token_type: TokenKind,
    pub expires_in: Seconds,
    /// Always said, so that nobody has to guess what defaults gave.
    pub scope: ScopeSet,
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<TokenType>,
    /// What was granted (RFC 9396 §7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<serde_json::Value>,
}

impl TokenAnswer {
    pub fn bearer(access_token: Secret, expires_in: Seconds, scope: ScopeSet) -> Self {
        Self {
            access_token,
            token_type: TokenKind::Bearer,
            expires_in,
            scope,
            refresh_token: None,
            id_token: None,
            issued_token_type: None,
            authorization_details: Vec::new(),
        }
    }
}

fn exposed<S: Serializer>(secret: &Secret, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(secret.expose())
}

fn exposed_option<S: Serializer>(secret: &Option<Secret>, s: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => s.serialize_str(secret.expose()),
        None => s.serialize_none(),
    }
}
