//! Signed authentication requests: OpenID CIBA Core 1.0 §7.1.1, and tokens that name a person: `login_hint_token` of §7.1
//! with a subject identifier (RFC 9493).
//!
//! The claims become the parameters, and no other parameter of the request may stand beside `request`.

use chancery_kernel::Secret;
use serde_json::{Map, Value};

use crate::ciba::{Hint, login_hint};
use crate::error::{ErrorCode, OAuthError};
use crate::params::{Params, REPEATABLE};

/// What authenticates the client, and so stands beside the signed request.
const BESIDE: [&str; 5] =
    ["request", "client_id", "client_secret", "client_assertion", "client_assertion_type"];
/// Parameters of the request: the only claims that become one, and the only ones that may not stand beside it.
const REQUEST: [&str; 13] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "authorization_details",
    "resource",
    "audience",
    "request_uri",
];
/// From `nbf` to `exp`, in seconds (FAPI-CIBA §5.2.2 item 4).
const LONGEST_LIFE: i64 = 3_600;

fn bad(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, text)
}

/// The signed request, if it is one.
pub fn signed(params: &Params<'_>) -> Result<Option<Secret>, OAuthError> {
    if params.has("request_uri") {
        return Err(OAuthError::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri is not supported here: send the signed request itself in request",
        ));
    }
    let Some(request) = params.get("request") else { return Ok(None) };
    if let Some(other) = params.names().find(|name| !BESIDE.contains(name) && REQUEST.contains(name)) {
        let text =
            format!("{other} stands beside a signed request: put it into the request (CIBA section 7.1.1)");
        return Err(OAuthError::invalid_request(text));
    }
    Ok(Some(Secret::new(request)))
}

/// Claims of a signed request whose signature, audience and time were verified.
pub struct SignedRequest {
    pub jti: String,
    /// In seconds.
    pub exp: i64,
    body: String,
}

impl SignedRequest {
    /// `client` is who signed: the issuer of the request (§7.1.1).
    pub fn read(mut claims: Map<String, Value>, client: &str) -> Result<Self, OAuthError> {
        if claims.get("iss").and_then(Value::as_str) != Some(client) {
            return Err(bad("iss of the signed request has to be the client_id"));
        }
        // A client assertion has one, and must not pass for a request (RFC 9101 section 4).
        if claims.contains_key("sub") {
            return Err(bad("a signed request has no sub"));
        }
        let (nbf, exp) = (seconds(&claims, "nbf")?, seconds(&claims, "exp")?);
        seconds(&claims, "iat")?;
        if exp - nbf > LONGEST_LIFE {
            return Err(bad("a signed request may be valid for an hour at most, from nbf to exp"));
        }
        let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
        let jti = jti.ok_or_else(|| bad("the signed request has no jti"))?.to_owned();
        claims.retain(|name, _| REQUEST.contains(&name.as_str()));
        if claims.contains_key("request_uri") {
            return Err(bad("a signed request does not refer to another one"));
        }
        let members = claims.into_iter().map(|(name, value)| (name, text(value))).collect::<Map<_, _>>();
        Ok(Self { jti, exp, body: Value::Object(members).to_string() })
    }

    /// The parameters that the claims are.
    pub fn params(&self) -> Result<Params<'_>, OAuthError> {
        Ok(Params::parse_json(self.body.as_bytes(), REPEATABLE)?)
    }
}

/// As a form would write it: numbers as their digits, objects and lists of `authorization_details` as JSON.
fn text(value: Value) -> Value {
    match value {
        Value::String(_) => value,
        other => Value::String(other.to_string()),
    }
}

fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<i64, OAuthError> {
    let found = claims.get(name).and_then(Value::as_f64).filter(|n| n.is_finite());
    found.map(|n| n as i64).ok_or_else(|| bad("a signed request has nbf, iat and exp, in seconds"))
}

/// Whom a verified `login_hint_token` names: its `sub_id`.
pub fn login_hint_token(claims: &Map<String, Value>, client: &str) -> Result<Hint, OAuthError> {
    if claims.get("iss").and_then(Value::as_str) != Some(client) {
        return Err(OAuthError::invalid_request("iss of login_hint_token has to be the client_id"));
    }
    let named = claims.get("sub_id").filter(|id| id.is_object());
    let named = named.ok_or_else(|| {
        OAuthError::invalid_request("login_hint_token has to name somebody in sub_id (RFC 9493)")
    })?;
    login_hint(&named.to_string())
}
