//! What a client presents of itself: RFC 6749 §2.3, RFC 7521 §4.2, RFC 7523 §2.2. Only read here; the proof is the
//! issuer's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chancery_kernel::Secret;
use chancery_model::AuthMethod;

use crate::error::{ErrorCode, OAuthError};
use crate::params::{self, Params};

/// `client_assertion_type` of RFC 7523 §2.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Clone, Debug)]
pub enum Presented {
    Basic {
        client_id: String,
        secret: Secret,
    },
    Post {
        client_id: String,
        secret: Secret,
    },
    Assertion {
        /// If sent beside the assertion it has to name the assertion's subject (RFC 7521 §4.2).
        client_id: Option<String>,
        assertion: Secret,
    },
    Public {
        client_id: String,
    },
}

impl Presented {
    /// Reads the `Authorization` header, the query of the request target and the body. The query must not hold
    /// any parameter of ours: it ends up in logs and histories (RFC 6749 §2.3.1, RFC 9700 §4.3.2).
    pub fn read(authorization: Option<&str>, query: &str, params: &Params<'_>) -> Result<Self, OAuthError> {
        refuse_query(query, params)?;
        let body = in_body(params)?;
        let Some((client_id, secret)) = authorization.map(basic).transpose()? else {
            return body.ok_or_else(nobody);
        };
        match body {
            None => {}
            Some(Self::Public { client_id: same }) if same == client_id => {}
            Some(Self::Public { .. }) => {
                return Err(OAuthError::invalid_request("client_id differs from the Authorization header"));
            }
            Some(_) => return Err(several()),
        }
        // An empty secret is no proof: the client stands there as a public one.
        Ok(if secret.expose().is_empty() {
            Self::Public { client_id }
        } else {
            Self::Basic { client_id, secret }
        })
    }

    /// The client named outright; for an assertion without it, its subject names the client.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Basic { client_id, .. } | Self::Post { client_id, .. } | Self::Public { client_id } => {
                Some(client_id)
            }
            Self::Assertion { client_id, .. } => client_id.as_deref(),
        }
    }

    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::Basic { .. } => AuthMethod::ClientSecretBasic,
            Self::Post { .. } => AuthMethod::ClientSecretPost,
            Self::Assertion { .. } => AuthMethod::PrivateKeyJwt,
            Self::Public { .. } => AuthMethod::None,
        }
    }
}

fn in_body(params: &Params<'_>) -> Result<Option<Presented>, OAuthError> {
    let client_id = params.get("client_id").map(str::to_owned);
    let kind = params.get("client_assertion_type");
    match (params.secret("client_secret"), params.secret("client_assertion"), kind) {
        (Some(_), Some(_), _) => Err(several()),
        (None, Some(assertion), Some(JWT_BEARER)) => Ok(Some(Presented::Assertion { client_id, assertion })),
        (None, Some(_), Some(_)) => Err(OAuthError::new(
            ErrorCode::InvalidClient,
            format!("the only client_assertion_type here is {JWT_BEARER}"),
        )),
        (None, Some(_), None) => {
            Err(OAuthError::invalid_request("client_assertion needs client_assertion_type"))
        }
        (_, None, Some(_)) => {
            Err(OAuthError::invalid_request("client_assertion_type needs client_assertion"))
        }
        (Some(secret), None, None) => {
            let client_id =
                client_id.ok_or_else(|| OAuthError::invalid_request("client_secret needs client_id"))?;
            Ok(Some(Presented::Post { client_id, secret }))
        }
        (None, None, None) => Ok(client_id.map(|client_id| Presented::Public { client_id })),
    }
}

/// `Basic` credentials (RFC 7617 §2), each half form-encoded as RFC 6749 §2.3.1 wants it. Clients that forget the
/// encoding are understood: what does not decode is taken as it stands.
fn basic(header: &str) -> Result<(String, Secret), OAuthError> {
    let broken =
        || OAuthError::new(ErrorCode::InvalidClient, "the Authorization header is not Basic credentials");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(broken)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(broken());
    }
    let bytes = STANDARD.decode(encoded.trim_matches(' ')).map_err(|_| broken())?;
    let text = Secret::new(String::from_utf8(bytes).map_err(|_| broken())?);
    let (id, secret) = text.expose().split_once(':').ok_or_else(broken)?;
    let id = params::decode(id).unwrap_or(id.into()).into_owned();
    let secret = Secret::new(params::decode(secret).unwrap_or(secret.into()));
    if id.is_empty() { Err(broken()) } else { Ok((id, secret)) }
}

fn refuse_query(query: &str, params: &Params<'_>) -> Result<(), OAuthError> {
    if query.is_empty() {
        return Ok(());
    }
    let query = Params::parse_query(query, params::REPEATABLE)?;
    let ours = |name: &str| params::SECRETS.contains(&name) || params.has(name) || name == "client_id";
    match query.names().any(ours) {
        true => Err(OAuthError::invalid_request("parameters belong into the body, never into the address")),
        false => Ok(()),
    }
}

fn several() -> OAuthError {
    OAuthError::invalid_request(
        "the client authenticates in more than one way: choose one (RFC 6749 section 2.3)",
    )
}

fn nobody() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, "no client authentication: send at least client_id")
}
