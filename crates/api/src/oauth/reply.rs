//! How protocol answers look: JSON, never stored; errors with the status of their code and the challenge that goes
//! with it (RFC 6749 §5).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use chancery_oauth::error::basic_challenge;
use chancery_oauth::scopes::OPENID;
use chancery_oauth::{ErrorCode, OAuthError};
use http::{HeaderValue, StatusCode, header};

use crate::headers::MOST;

/// A refused request.
pub(super) struct Refused(pub OAuthError);

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(self.0.to_json());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let challenge = match self.0.code {
            ErrorCode::InvalidClient => Some(basic_challenge("chancery")),
            ErrorCode::InvalidToken => Some(self.0.bearer_challenge("chancery")),
            // Userinfo alone says so here, and this is the scope it needs (RFC 6750 §3).
            ErrorCode::InsufficientScope => {
                Some(format!("{}, scope=\"{OPENID}\"", self.0.bearer_challenge("chancery")))
            }
            _ => None,
        };
        if let Some(value) = challenge.and_then(|c| HeaderValue::from_str(&c).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        if let Some(interval) = self.0.interval() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(interval.0));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Bytes that an answer with one token fits into.
const ANSWER: usize = 1_536;

/// A JSON answer that nobody stores.
pub(super) fn json(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.reserve(MOST);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The same of anything that serializes.
pub(super) fn answer(value: &impl serde::Serialize) -> Result<Response, Refused> {
    let mut body = Vec::with_capacity(ANSWER);
    serde_json::to_writer(&mut body, value)
        .map(|()| json(body))
        .map_err(|_| Refused(OAuthError::new(ErrorCode::ServerError, "the answer could not be written")))
}
