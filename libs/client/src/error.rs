//! What can go wrong, and the mend.

use chancery_jose::{Reject, SignError};
use serde_json::{Map, Value};

/// Why a request of the client failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The issuer answered with an OAuth error (RFC 6749 §5.2 or §4.1.2.1).
    #[error("the issuer refused: {error}{}{}", .description.as_ref().map(|text| format!(": {text}")).unwrap_or_default(), mend(.error))]
    Refused {
        /// HTTP status; 0 when the error came through the browser.
        status: u16,
        /// OAuth error code.
        error: String,
        /// What the issuer says about it.
        description: Option<String>,
        /// Where more about it can be read.
        uri: Option<String>,
        /// Everything else in the answer, such as the id of an approval that is needed.
        details: Box<Map<String, Value>>,
    },
    /// No answer.
    #[error("{address} cannot be reached; check the address and the network")]
    Unreachable {
        /// What was asked for.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// An answer that is no OAuth answer.
    #[error(
        "{address} answered with status {status} and not as an authorization server would; check that the issuer is right"
    )]
    Unexpected {
        /// What was asked for.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// The metadata is another issuer's (RFC 8414 §3.3).
    #[error(
        "asked for the issuer {asked}, but its metadata names {found}; configure it byte for byte the same"
    )]
    OtherIssuer {
        /// The configured issuer.
        asked: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The issuer is not an https URL.
    #[error("the issuer must be an https URL (http only on this machine, or with HttpOptions::plain_http)")]
    Insecure,
    /// The metadata lacks an endpoint.
    #[error("this issuer has no {0}")]
    NoEndpoint(&'static str),
    /// The answer that came through the browser does not belong to this sign-in.
    #[error("the answer to the sign-in is refused: {0}; start the sign-in again")]
    Callback(&'static str),
    /// The ID token is no proof of this sign-in.
    #[error("the ID token is refused: {0}")]
    IdToken(&'static str),
    /// The same, for a reason of the token itself.
    #[error("the ID token is refused: {0}")]
    IdTokenRejected(#[from] Reject),
    /// The client assertion cannot be signed.
    #[error("the client assertion cannot be signed")]
    Assertion(#[from] SignError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up; root certificates must be PEM")]
    Tls(#[source] reqwest::Error),
    /// The system gave no random numbers.
    #[error("the system has no random numbers")]
    Random,
}

impl ClientError {
    /// Whether asking again may help.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Unexpected { status, .. } | Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether it was the access token that was not taken (RFC 6750 §3.1).
    pub(crate) fn is_stale(&self) -> bool {
        self.code() == Some("invalid_token")
    }

    /// The OAuth error code, if the issuer gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// What to do about the codes of RFC 6749 §5.2 and its extensions.
fn mend(code: &str) -> &'static str {
    match code {
        "invalid_client" => " (check the client's id, secret or key, and its way of authentication)",
        "invalid_grant" => " (the code or token is used up, expired or revoked: get a new one)",
        "unauthorized_client" => " (register this grant type for the client)",
        "invalid_scope" => " (ask only for scopes the connection and the application have)",
        "invalid_target" => " (the resource must be the URI of an application this agent is connected to)",
        "access_denied" => " (the person or a policy said no)",
        "login_required" | "interaction_required" | "consent_required" => {
            " (send the person through a sign-in)"
        }
        "slow_down" => " (wait longer between requests)",
        _ => "",
    }
}
