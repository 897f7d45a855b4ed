//! Problem documents (RFC 9457). The only file that names status codes of the management surface.
//!
//! A problem travels to the edge unrendered: there it gets its request id, is logged once with its whole chain, and
//! becomes bytes (see [`crate::edge`]).

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use chancery_issuer::TokenRefusal;
use chancery_kernel::{Fault, Kind, RequestId};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

/// A failed request: a fault and the status that says it.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    fault: Fault,
}

/// What left a handler as a failure, for the edge to finish.
#[derive(Clone)]
pub(crate) struct Failed(pub Arc<Problem>);

/// The table: kind of fault, status, title of the problem type.
const fn row(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::Invalid => (StatusCode::BAD_REQUEST, "The request cannot be understood"),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, "Nobody is signed in"),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "Not allowed"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        Kind::Conflict => (StatusCode::CONFLICT, "Contradicts the present state"),
        Kind::Stale => (StatusCode::PRECONDITION_FAILED, "Changed meanwhile"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
        Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not available now"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Something failed here"),
    }
}

/// The status of a kind, where it stands in a body.
pub(crate) fn status_of(kind: Kind) -> u16 {
    row(kind).0.as_u16()
}

/// The document. `type` names the problem and need not be fetched (RFC 9457 §3.1.1).
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    request_id: String,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { status: row(fault.kind).0, fault }
    }
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::Unknowable => chancery_context::cut_off().into(),
            TokenRefusal::Invalid | TokenRefusal::WrongAudience | TokenRefusal::Revoked => {
                Self::token_refused()
            }
        }
    }
}

impl Problem {
    fn other(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self { status, fault: Fault::invalid(code, detail) }
    }

    pub fn invalid(code: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Fault::invalid(code, detail).into()
    }

    /// No bearer token came.
    pub fn token_missing() -> Self {
        let detail = "this needs an access token: send `Authorization: Bearer …`";
        Fault::new(Kind::Unauthenticated, "token_missing", detail).into()
    }

    /// A bearer token came, and it is refused. Which rule refused it would help a thief (RFC 6750 §3.1).
    pub fn token_refused() -> Self {
        let detail =
            "the access token is expired, revoked, or not for this server: get a new one for this resource";
        Fault::new(Kind::Unauthenticated, "invalid_token", detail).into()
    }

    /// The body is of a media type this operation does not read.
    pub fn wrong_content_type() -> Self {
        let detail = "send the body as JSON, with `Content-Type: application/json`";
        Self::other(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// RFC 6585 §3: a change has to say which version it changes.
    pub fn version_missing() -> Self {
        let detail = "say which version you change: send `If-Match` with the `ETag` of your last read, such as `\"v3\"`";
        Self::other(StatusCode::PRECONDITION_REQUIRED, "version_missing", detail)
    }

    pub fn no_such_path() -> Self {
        Fault::new(Kind::NotFound, "not_found", "there is nothing at this address: see /openapi.json").into()
    }

    pub fn no_such_method() -> Self {
        let detail = "this address does not answer to this method: see the `Allow` header";
        Self::other(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Not JSON",
            StatusCode::PRECONDITION_REQUIRED => "Version missing",
            StatusCode::METHOD_NOT_ALLOWED => "No such method",
            _ => row(self.fault.kind).1,
        }
    }

    /// The document, with the id by which an administrator finds it in the log.
    pub(crate) fn to_json(&self, request: Option<RequestId>) -> Vec<u8> {
        let document = Document {
            r#type: format!("urn:chancery:problem:{}", self.fault.code),
            title: self.title(),
            status: self.status.as_u16(),
            code: self.fault.code,
            detail: &self.fault.public,
            request_id: request.map_or_else(String::new, |id| id.to_string()),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// As OpenFGA says it: a code of its list where the fault came from there, else the one that comes nearest. A path or
    /// method it does not know is "not found" to its clients either way.
    pub(crate) fn to_related(&self) -> (StatusCode, Vec<u8>) {
        let (status, code, message): (_, &str, &str) = match self.fault.code {
            "token_missing" => (self.status, "bearer_token_missing", "missing bearer token"),
            "invalid_token" => (self.status, "unauthenticated", "unauthenticated"),
            "insufficient_scope" => (self.status, "forbidden", &self.fault.public),
            "not_found" => (self.status, "undefined_endpoint", "Not Found"),
            "method_not_allowed" => (StatusCode::NOT_FOUND, "unimplemented", "Method Not Allowed"),
            "internal" => (self.status, "internal_error", "Internal Server Error"),
            code => (self.status, code, &self.fault.public),
        };
        let body = serde_json::json!({ "code": code, "message": message });
        (status, body.to_string().into_bytes())
    }

    /// Headers that belong to the status: the challenge of RFC 6750 §3, with the way to this API's metadata
    /// (RFC 9728 §5.1), and when to come again.
    pub(crate) fn headers(&self, scope: Option<&str>, metadata: &str, out: &mut HeaderMap) {
        let error = match (self.status, self.fault.code, scope) {
            (StatusCode::UNAUTHORIZED, "invalid_token", _) => {
                format!(", error=\"invalid_token\", error_description=\"{}\"", self.fault.public)
            }
            (StatusCode::UNAUTHORIZED, ..) => String::new(),
            (StatusCode::FORBIDDEN, "insufficient_scope", Some(scope)) => {
                format!(", error=\"insufficient_scope\", scope=\"{scope}\"")
            }
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, ..) => {
                out.insert(header::RETRY_AFTER, self.fault.retry.map_or(1, |wait| wait.0.max(1)).into());
                return;
            }
            _ => return,
        };
        let challenge = format!("Bearer realm=\"chancery\"{error}, resource_metadata=\"{metadata}\"");
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            out.insert(header::WWW_AUTHENTICATE, value);
        }
    }

    /// Whether the operator has to look at it.
    pub(crate) fn is_ours(&self) -> bool {
        self.status.is_server_error()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

/// Answers of routes that do not exist, as a problem like every other.
pub(crate) async fn no_such_path() -> Problem {
    Problem::no_such_path()
}

pub(crate) async fn no_such_method() -> Problem {
    Problem::no_such_method()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_status() {
        for (kind, status) in [
            (Kind::Invalid, 400),
            (Kind::Unauthenticated, 401),
            (Kind::Forbidden, 403),
            (Kind::NotFound, 404),
            (Kind::Conflict, 409),
            (Kind::Stale, 412),
            (Kind::TooLarge, 413),
            (Kind::TooMany, 429),
            (Kind::Unavailable, 503),
            (Kind::Internal, 500),
        ] {
            assert_eq!(Problem::from(Fault::new(kind, "x", "y")).status().as_u16(), status);
        }
    }

    #[test]
    fn the_private_half_of_a_fault_stays_here() {
        let fault = Fault::internal("disk /dev/sda1 is on fire");
        let json = String::from_utf8(Problem::from(fault).to_json(None)).unwrap();
        assert!(!json.contains("/dev/sda1"), "{json}");
    }

    #[test]
    fn challenges_follow_rfc_6750() {
        let challenge = |problem: Problem, scope| {
            let mut headers = HeaderMap::new();
            problem.headers(scope, "m", &mut headers);
            headers.get(header::WWW_AUTHENTICATE).map(|v| v.to_str().unwrap().to_owned())
        };
        // Section 3.1: without a token, no error code.
        let bare = "Bearer realm=\"chancery\", resource_metadata=\"m\"";
        assert_eq!(challenge(Problem::token_missing(), None).unwrap(), bare);
        assert!(challenge(Problem::token_refused(), None).unwrap().contains("error=\"invalid_token\""));
        let forbidden = Fault::forbidden("insufficient_scope", "no");
        assert!(challenge(forbidden.into(), Some("agents.read")).unwrap().contains("scope=\"agents.read\""));
        assert_eq!(challenge(Problem::no_such_path(), None), None);
    }
}
