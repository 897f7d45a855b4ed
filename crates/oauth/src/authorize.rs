//! Requests at the authorization endpoint: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1,
//! RFC 8707 §2.1.
//!
//! In two stages. The [`Opening`] says to whom an answer may go; as long as the client and its redirect URI are not
//! known to belong together, errors are shown on a page and never redirected (OAuth 2.1 §4.1.2.1). Everything else
//! is read second, and its errors travel to the redirect URI.

use chancery_kernel::{ScopeSet, Seconds, Secret};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::pkce::Challenge;
use crate::resource;

/// Caps of what is only carried through.
const LONGEST_STATE: usize = 2_048;
const LONGEST_NONCE: usize = 512;
const LONGEST_URI: usize = 2_048;
const LONGEST_HINT: usize = 512;
const LONGEST_CLAIMS: usize = 4_096;

/// How the answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    #[default]
    Query,
    FormPost,
}

impl ResponseMode {
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

/// First stage: whom it is about and where an answer would go. What is wrong with the rest is not judged yet.
#[derive(Clone, Debug)]
pub struct Opening {
    pub client_id: String,
    /// Absent is fine for a client with one registered URI (OAuth 2.1 §2.3.2).
    pub redirect_uri: Option<String>,
    pub state: Option<String>,
    pub response_mode: ResponseMode,
}

/// What the page may and must do (OpenID Connect Core §3.1.2.1, `prompt`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing: answer at once or refuse.
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
}

/// Second stage: the whole request.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest {
    pub opening: Opening,
    pub scope: Option<ScopeSet>,
    pub resource: Option<String>,
    /// Some software names its target so (before RFC 8707).
    pub audience: Option<String>,
    pub challenge: Challenge,
    pub nonce: Option<String>,
    pub prompt: Prompt,
    pub max_age: Option<Seconds>,
    pub acr_values: Vec<String>,
    pub login_hint: Option<String>,
    pub id_token_hint: Option<Secret>,
    pub ui_locales: Vec<String>,
    /// `claims` (§5.5): accepted, an object, and not interpreted.
    pub claims: Option<Map<String, Value>>,
}

impl Opening {
    /// Errors of this stage go on a page.
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let redirect_uri = params.get("redirect_uri");
        if redirect_uri.is_some_and(|uri| uri.len() > LONGEST_URI) {
            return Err(OAuthError::invalid_request("redirect_uri is too long"));
        }
        let mode = params.get("response_mode");
        Ok(Self {
            client_id: params.require("client_id")?.to_owned(),
            redirect_uri: redirect_uri.map(str::to_owned),
            state: params.get("state").filter(|s| s.len() <= LONGEST_STATE).map(str::to_owned),
            response_mode: ResponseMode::ALL
                .into_iter()
                .find(|m| Some(m.as_str()) == mode)
                .unwrap_or_default(),
        })
    }
}

impl AuthorizeRequest {
    /// Errors of this stage go to the redirect URI, once the client and the URI are known to belong together.
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        let opening = Opening::read(params)?;
        refuse_what_is_not_served(params)?;
        response_type(params)?;
        let mode = params.get("response_mode");
        if mode.is_some_and(|m| ResponseMode::ALL.into_iter().all(|known| known.as_str() != m)) {
            return Err(OAuthError::invalid_request("response_mode has to be query or form_post"));
        }
        capped(params, "state", LONGEST_STATE)?;
        resource::refuse_details(params)?;
        let (resource, audience) = (resource::one(params)?, capped(params, "audience", LONGEST_URI)?);
        resource::agree(resource.as_deref(), audience.as_deref())?;
        Ok(Self {
            challenge: challenge(params)?,
            scope: resource::scope(params)?,
            resource,
            audience,
            nonce: capped(params, "nonce", LONGEST_NONCE)?,
            prompt: params.get("prompt").map(prompt).transpose()?.unwrap_or_default(),
            max_age: params.get("max_age").map(max_age).transpose()?,
            acr_values: words(params, "acr_values")?,
            login_hint: capped(params, "login_hint", LONGEST_HINT)?,
            id_token_hint: params.secret("id_token_hint"),
            ui_locales: words(params, "ui_locales")?,
            claims: params.get("claims").map(claims).transpose()?,
            opening,
        })
    }
}

/// Says when a person was asked to sign in for a request, with a tag of the issuer's over both.
pub const ASKED: &str = "chancery_asked";

/// A query without our own parameter, and what that said.
pub fn without_asked(query: &str) -> (String, Option<String>) {
    let read = |pair: &str| {
        form_urlencoded::parse(pair.as_bytes()).next().map(|(n, v)| (n.into_owned(), v.into_owned()))
    };
    let mut asked = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match read(pair) {
            Some((name, value)) if name == ASKED => asked = Some(value),
            _ => kept.push(pair),
        }
    }
    (kept.join("&"), asked)
}

fn refuse_what_is_not_served(params: &Params<'_>) -> Result<(), OAuthError> {
    let unserved = [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ];
    match unserved.into_iter().find(|(name, _)| params.get(name).is_some()) {
        Some((name, code)) => {
            Err(OAuthError::new(code, format!("parameter {name} is not served: send plain parameters")))
        }
        None => Ok(()),
    }
}

fn response_type(params: &Params<'_>) -> Result<(), OAuthError> {
    match params.require("response_type")? {
        "code" => Ok(()),
        _ => Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type has to be code")),
    }
}

/// Required of every client, confidential ones too (RFC 9700 §2.1.1).
fn challenge(params: &Params<'_>) -> Result<Challenge, OAuthError> {
    let text = params.get("code_challenge").ok_or_else(|| {
        OAuthError::invalid_request("code_challenge is missing: PKCE with S256 is required (RFC 7636)")
    })?;
    // An absent method means `plain` (RFC 7636 §4.3), which is refused like a spoken one.
    if params.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method has to be S256"));
    }
    Challenge::parse(text).ok_or_else(|| {
        OAuthError::invalid_request("code_challenge has to be 43 characters of base64url: a SHA-256 hash")
    })
}

fn prompt(text: &str) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(OAuthError::invalid_request("prompt has a value this server does not know")),
        }
    }
    match prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        true => Err(OAuthError::invalid_request("prompt=none stands alone")),
        false => Ok(prompt),
    }
}

fn max_age(text: &str) -> Result<Seconds, OAuthError> {
    let digits = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    let value = digits.then(|| text.parse().ok()).flatten();
    value.map(Seconds).ok_or_else(|| OAuthError::invalid_request("max_age has to be a number of seconds"))
}

fn claims(text: &str) -> Result<Map<String, Value>, OAuthError> {
    let read = (text.len() <= LONGEST_CLAIMS).then(|| serde_json::from_str(text).ok()).flatten();
    read.ok_or_else(|| OAuthError::invalid_request("claims has to be a JSON object of at most 4096 bytes"))
}

fn capped(params: &Params<'_>, name: &str, longest: usize) -> Result<Option<String>, OAuthError> {
    match params.get(name) {
        Some(text) if text.len() > longest => {
            Err(OAuthError::invalid_request(format!("{name} is longer than {longest} bytes")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

fn words(params: &Params<'_>, name: &str) -> Result<Vec<String>, OAuthError> {
    let text = capped(params, name, LONGEST_HINT)?.unwrap_or_default();
    Ok(text.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect())
}
