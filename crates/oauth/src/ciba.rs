//! Client-initiated backchannel authentication: OpenID CIBA Core 1.0 §7.1 (request), §7.3 (answer), §10.1 (poll).
//!
//! Exactly one hint says who is meant, and the scope has `openid` in it. A request may come as the claims of a signed
//! one (§7.1.1); then no parameter of it stands beside that.

use chancery_kernel::{ApprovalId, ScopeSet, Seconds, Secret};
use serde::{Deserialize, Serialize, Serializer};

use crate::authorization_details::Details;
use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::resource;
use crate::scopes::OPENID;
use crate::token::TokenRequest;

/// Longest message to show (§7.1 wants it short; existing clients send sentences).
pub const LONGEST_MESSAGE: usize = 400;
/// Longest hint that is looked up.
const LONGEST_HINT: usize = 512;
/// A token for our calls: 22 characters of 6 bits are the 128 that it has to have (§7.1).
const SHORTEST_TOKEN: usize = 22;
const LONGEST_TOKEN: usize = 1_024;
/// A poll waits no longer (§11: answers may be held for up to 30 seconds).
const LONGEST_WAIT: i64 = 30;

/// Who is meant.
#[derive(Clone, Debug)]
pub enum Hint {
    /// A sign-in name, an e-mail address or a user id.
    Login(String),
    /// A subject of an issuer (RFC 9493 §3.2.3 `iss_sub`, as existing clients write it into `login_hint`).
    IssSub { iss: String, sub: String },
    /// An ID token that this client was given before.
    IdToken(Secret),
    /// A token that this client signed about somebody.
    Token(Secret),
}

/// An authentication request.
#[derive(Clone, Debug)]
pub struct CibaRequest {
    pub scope: ScopeSet,
    pub hint: Hint,
    pub binding_message: Option<String>,
    pub requested_expiry: Option<Seconds>,
    /// In order of preference; voluntary (§7.1).
    pub acr_values: Vec<String>,
    pub details: Details,
    pub resource: Option<String>,
    /// What the client will know our calls by: in ping and push mode (§7.1).
    pub notification_token: Option<Secret>,
}

/// The answer to it (§7.3). `interval` is always said to whoever may poll: a client that is not told does it without pause.
#[derive(Clone, Debug, Serialize)]
pub struct CibaAnswer {
    #[serde(serialize_with = "exposed")]
    pub auth_req_id: Secret,
    pub expires_in: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Seconds>,
    /// The question as the inbox and the log name it: an extension.
    pub approval: ApprovalId,
}

fn exposed<S: Serializer>(secret: &Secret, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(secret.expose())
}

impl CibaRequest {
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let scope = resource::scope(params)?.unwrap_or_default();
        if !scope.contains(OPENID) {
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                "scope has to contain openid (CIBA section 7.1)",
            ));
        }
        Ok(Self {
            scope,
            hint: hint(params)?,
            binding_message: binding_message(params)?,
            requested_expiry: requested_expiry(params)?,
            acr_values: params
                .get("acr_values")
                .map(|text| text.split(' ').filter(|v| !v.is_empty()).map(str::to_owned).collect())
                .unwrap_or_default(),
            details: Details::read(params)?,
            resource: target(params)?,
            notification_token: notification_token(params)?,
        })
    }
}

fn hint(params: &Params<'_>) -> Result<Hint, OAuthError> {
    match (params.get("login_hint"), params.secret("id_token_hint"), params.secret("login_hint_token")) {
        (Some(text), None, None) => login_hint(text),
        (None, Some(token), None) => Ok(Hint::IdToken(token)),
        (None, None, Some(token)) => Ok(Hint::Token(token)),
        (None, None, None) => Err(OAuthError::invalid_request(
            "say who is meant: send login_hint, id_token_hint or login_hint_token",
        )),
        _ => Err(OAuthError::invalid_request(
            "send one of login_hint, id_token_hint and login_hint_token, not several",
        )),
    }
}

/// §7.1: at most 1024 characters, in the syntax of a bearer token (RFC 6750 §2.1), and no fewer than 128 bits can take.
fn notification_token(params: &Params<'_>) -> Result<Option<Secret>, OAuthError> {
    let Some(token) = params.secret("client_notification_token") else { return Ok(None) };
    let bare = token.expose().trim_end_matches('=');
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    let sound = (SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&token.expose().len()) && bare.bytes().all(fits);
    if sound {
        return Ok(Some(token));
    }
    Err(OAuthError::invalid_request(format!(
        "client_notification_token has to be {SHORTEST_TOKEN} to {LONGEST_TOKEN} characters of a bearer token"
    )))
}

pub(crate) fn login_hint(text: &str) -> Result<Hint, OAuthError> {
    #[derive(Deserialize)]
    struct Subject {
        format: String,
        #[serde(default)]
        iss: String,
        #[serde(default)]
        sub: String,
        #[serde(default)]
        email: String,
    }
    if text.len() > LONGEST_HINT {
        return Err(OAuthError::invalid_request("login_hint is too long"));
    }
    if !text.trim_start().starts_with('{') {
        return Ok(Hint::Login(text.trim().to_owned()));
    }
    let read = serde_json::from_str::<Subject>(text).ok();
    let found = read.and_then(|subject| match subject.format.as_str() {
        "iss_sub" if !subject.iss.is_empty() && !subject.sub.is_empty() => {
            Some(Hint::IssSub { iss: subject.iss, sub: subject.sub })
        }
        "email" if !subject.email.is_empty() => Some(Hint::Login(subject.email)),
        _ => None,
    });
    found.ok_or_else(|| {
        OAuthError::invalid_request(
            "a login_hint in JSON names its format: iss_sub with iss and sub, or email with email (RFC 9493)",
        )
    })
}

fn binding_message(params: &Params<'_>) -> Result<Option<String>, OAuthError> {
    let Some(text) = params.get("binding_message") else { return Ok(None) };
    if text.chars().count() > LONGEST_MESSAGE {
        return Err(OAuthError::new(
            ErrorCode::InvalidBindingMessage,
            format!("binding_message may have {LONGEST_MESSAGE} characters"),
        ));
    }
    Ok(Some(text.to_owned()))
}

fn requested_expiry(params: &Params<'_>) -> Result<Option<Seconds>, OAuthError> {
    let Some(text) = params.get("requested_expiry") else { return Ok(None) };
    let positive = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.bytes().any(|b| b != b'0');
    if !positive(text) {
        return Err(OAuthError::invalid_request("requested_expiry has to be a positive number of seconds"));
    }
    // Whoever asks for longer than any number here gets the longest there is.
    Ok(Some(Seconds(text.parse().unwrap_or(i64::MAX / 2_000_000))))
}

/// `resource` (RFC 8707), or `audience` as software from before it writes.
fn target(params: &Params<'_>) -> Result<Option<String>, OAuthError> {
    if let Some(resource) = resource::one(params)? {
        return Ok(Some(resource));
    }
    let mut all = params.all("audience");
    match (all.next(), all.next()) {
        (one, None) => Ok(one.map(str::to_owned)),
        (_, Some(_)) => Err(OAuthError::new(ErrorCode::InvalidTarget, "a question is about one audience")),
    }
}

pub(crate) fn poll(params: &Params<'_>) -> Result<TokenRequest, OAuthError> {
    let wait = match params.get("wait") {
        None => 0,
        Some(text) => text.parse::<i64>().ok().filter(|s| *s >= 0).ok_or_else(|| {
            OAuthError::invalid_request(format!("wait has to be a number of seconds, {LONGEST_WAIT} at most"))
        })?,
    };
    Ok(TokenRequest::Ciba {
        auth_req_id: params.require_secret("auth_req_id")?,
        wait: Seconds(wait.min(LONGEST_WAIT)),
    })
}
