//! Errors of the OAuth surface and the one table of their statuses: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1,
//! RFC 7009 §2.2.1, RFC 8693 §2.2.2, RFC 8707 §2, RFC 9396 §5, RFC 9470 §3, OpenID Connect Core §3.1.2.6, CIBA §11, §13.

use std::borrow::Cow;

use chancery_kernel::Seconds;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name),* }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// HTTP status of a direct answer. In a redirect the code travels without one.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }
        }
    };
}

codes! {
    // RFC 6749 §5.2
    InvalidRequest = "invalid_request" 400;
    /// The client did not prove itself; the answer carries a challenge.
    InvalidClient = "invalid_client" 401;
    InvalidGrant = "invalid_grant" 400;
    UnauthorizedClient = "unauthorized_client" 400;
    UnsupportedGrantType = "unsupported_grant_type" 400;
    InvalidScope = "invalid_scope" 400;
    // RFC 6749 §4.1.2.1
    AccessDenied = "access_denied" 400;
    UnsupportedResponseType = "unsupported_response_type" 400;
    ServerError = "server_error" 500;
    TemporarilyUnavailable = "temporarily_unavailable" 503;
    /// RFC 6585 §4: too many failures came from there.
    TooManyRequests = "too_many_requests" 429;
    // RFC 6750 §3.1 and RFC 9470 §3, at resources
    InvalidToken = "invalid_token" 401;
    InsufficientScope = "insufficient_scope" 403;
    InsufficientUserAuthentication = "insufficient_user_authentication" 401;
    // RFC 7009, RFC 8707, RFC 9396
    UnsupportedTokenType = "unsupported_token_type" 400;
    InvalidTarget = "invalid_target" 400;
    InvalidAuthorizationDetails = "invalid_authorization_details" 400;
    // OpenID Connect Core §3.1.2.6 and Unmet Authentication Requirements 1.0
    InteractionRequired = "interaction_required" 400;
    LoginRequired = "login_required" 400;
    AccountSelectionRequired = "account_selection_required" 400;
    ConsentRequired = "consent_required" 400;
    InvalidRequestUri = "invalid_request_uri" 400;
    InvalidRequestObject = "invalid_request_object" 400;
    RequestNotSupported = "request_not_supported" 400;
    RequestUriNotSupported = "request_uri_not_supported" 400;
    RegistrationNotSupported = "registration_not_supported" 400;
    UnmetAuthenticationRequirements = "unmet_authentication_requirements" 400;
    // CIBA §11 and §12, at the token endpoint
    AuthorizationPending = "authorization_pending" 400;
    SlowDown = "slow_down" 400;
    ExpiredToken = "expired_token" 400;
    /// Nothing will come of the request, and nobody said no: it was taken back.
    TransactionFailed = "transaction_failed" 400;
    // CIBA §13, at the backchannel authentication endpoint
    UnknownUserId = "unknown_user_id" 400;
    ExpiredLoginHintToken = "expired_login_hint_token" 400;
    MissingUserCode = "missing_user_code" 400;
    InvalidUserCode = "invalid_user_code" 400;
    InvalidBindingMessage = "invalid_binding_message" 400;
}

/// An error as OAuth writes it. The description is for the developer of the client and names the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    pub code: ErrorCode,
    description: Cow<'static, str>,
    uri: Option<Cow<'static, str>>,
    reason: Option<&'static str>,
    event: Option<String>,
    /// Boxed, since few errors have it and every result of this room carries the room for an error.
    more: Option<Box<More>>,
}

/// What only errors about a question to a person say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct More {
    interval: Option<Seconds>,
    approval: Option<String>,
    number: Option<String>,
    wait: Option<String>,
}

/// Longest description that leaves the house.
const LONGEST: usize = 512;

impl OAuthError {
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: sanitized(description.into()),
            uri: None,
            reason: None,
            event: None,
            more: None,
        }
    }

    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// A page that explains more (`error_uri`).
    #[must_use]
    pub fn with_uri(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.uri = Some(sanitized(uri.into()));
        self
    }

    /// A stable word for programs, beside the standard code: member `reason` of the body.
    #[must_use]
    pub const fn with_reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The event that recorded the refusal: member `event` of the body, for whoever may read the log.
    #[must_use]
    pub fn with_event(mut self, event: String) -> Self {
        self.event = Some(event);
        self
    }

    /// How long to wait before the next poll (CIBA §11): member `interval` of the body, and `Retry-After`.
    #[must_use]
    pub fn with_interval(mut self, interval: Seconds) -> Self {
        self.more.get_or_insert_default().interval = Some(interval);
        self
    }

    /// The question to a person that was filed because of this refusal: member `approval` of the body.
    #[must_use]
    pub fn with_approval(mut self, approval: String) -> Self {
        self.more.get_or_insert_default().approval = Some(approval);
        self
    }

    /// Two digits for the requester to show, where what is asked for weighs much: member `number` of the body.
    #[must_use]
    pub fn with_number(mut self, number: Option<String>) -> Self {
        if number.is_some() {
            self.more.get_or_insert_default().number = number;
        }
        self
    }

    /// Where to wait for what becomes of that question: member `wait` of the body.
    #[must_use]
    pub fn with_wait(mut self, address: String) -> Self {
        self.more.get_or_insert_default().wait = Some(address);
        self
    }

    pub fn interval(&self) -> Option<Seconds> {
        self.more.as_ref()?.interval
    }

    pub fn description(&self) -> &str {
        &self.description
    }

    pub const fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body of a direct answer.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| r#"{"error":"server_error"}"#.to_owned())
    }

    /// The pairs of a redirect (RFC 6749 §4.1.2.1).
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("error", self.code.as_str().to_owned())];
        if !self.description.is_empty() {
            pairs.push(("error_description", self.description.clone().into_owned()));
        }
        if let Some(uri) = &self.uri {
            pairs.push(("error_uri", uri.clone().into_owned()));
        }
        pairs
    }

    /// `WWW-Authenticate` for this error at a resource (RFC 6750 §3). A request without any token gets the bare
    /// challenge instead: [`bearer_challenge`].
    pub fn bearer_challenge(&self, realm: &str) -> String {
        let mut header = bearer_challenge(realm);
        for (name, value) in self.pairs() {
            header.push_str(&format!(", {name}=\"{value}\""));
        }
        header
    }
}

impl std::fmt::Display for OAuthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}

impl std::error::Error for OAuthError {}

impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        for (name, value) in self.pairs() {
            map.serialize_entry(name, &value)?;
        }
        if let Some(reason) = self.reason {
            map.serialize_entry("reason", reason)?;
        }
        if let Some(event) = &self.event {
            map.serialize_entry("event", event)?;
        }
        if let Some(approval) = self.more.as_ref().and_then(|more| more.approval.as_ref()) {
            map.serialize_entry("approval", approval)?;
        }
        if let Some(number) = self.more.as_ref().and_then(|more| more.number.as_ref()) {
            map.serialize_entry("number", number)?;
        }
        if let Some(wait) = self.more.as_ref().and_then(|more| more.wait.as_ref()) {
            map.serialize_entry("wait", wait)?;
        }
        if let Some(interval) = self.interval() {
            map.serialize_entry("interval", &interval)?;
        }
        map.end()
    }
}

/// `WWW-Authenticate` beside `invalid_client` (RFC 6749 §5.2).
pub fn basic_challenge(realm: &str) -> String {
    format!("Basic realm=\"{}\"", sanitized(realm.to_owned().into()))
}

/// `WWW-Authenticate` for a request that carried no token at all (RFC 6750 §3).
pub fn bearer_challenge(realm: &str) -> String {
    format!("Bearer realm=\"{}\"", sanitized(realm.to_owned().into()))
}

/// RFC 6749 §5.2 and RFC 6750 §3 allow printable ASCII without quote and backslash. What a caller sent may stand
/// in a description, so whatever else there is becomes harmless here.
pub fn sanitized(text: Cow<'static, str>) -> Cow<'static, str> {
    let fine = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
    if text.len() <= LONGEST && text.chars().all(fine) {
        return text;
    }
    let mend = |c: char| match c {
        '"' => '\'',
        '\\' => '/',
        c if fine(c) => c,
        c if c.is_whitespace() => ' ',
        _ => '?',
    };
    text.chars().take(LONGEST).map(mend).collect::<String>().into()
}
