//! What the issuer hands out. Nothing in here shows itself in logs.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A text that must not be seen: `Debug` shows dots, memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. The name is meant to be found when somebody looks for leaks.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

/// A successful answer of the token endpoint (RFC 6749 §5.1, RFC 8693 §2.2.1).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret,
    /// How to use it; `Bearer`, or `N_A` when it is no access token.
    pub token_type: String,
    /// Seconds it lives.
    #[serde(default)]
    pub expires_in: Option<u64>,
    /// Granted scopes; absent when they are those asked for.
    #[serde(default)]
    pub scope: Option<String>,
    /// For [`crate::Client::refresh`].
    #[serde(default)]
    pub refresh_token: Option<Secret>,
    /// Proof of the sign-in; already verified when [`crate::Client::redeem`] returns it.
    #[serde(default)]
    pub id_token: Option<Secret>,
    /// What a token exchange issued.
    #[serde(default)]
    pub issued_token_type: Option<String>,
    /// The verified claims of the ID token; only after [`crate::Client::redeem`].
    #[serde(skip)]
    pub id_claims: Option<Map<String, Value>>,
}

impl Tokens {
    /// How long the access token lives, counted from the answer.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }
}
