//! How pages are sent: with the policy that keeps foreign and inline code out, never stored, never framed.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use chancery_kernel::{Fault, Kind, RequestId};
use chancery_oauth::OAuthError;
use http::{HeaderValue, StatusCode, header};
use maud::Markup;

use crate::frame::Frame;
use crate::pages::problem;

/// A page.
pub(super) fn page(markup: Markup) -> Response {
    with_status(StatusCode::OK, markup)
}

pub(super) fn with_status(status: StatusCode, markup: Markup) -> Response {
    let mut response = Response::new(Body::from(markup.into_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, crate::CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A form's answer must be able to leave for the client's address: browsers apply `form-action` to redirects too.
pub(super) fn page_leading_to(markup: Markup, origin: &str) -> Response {
    let mut response = page(markup);
    let policy =
        crate::CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {origin}"));
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// 303: what was posted is not posted again (OAuth 2.1 §7.5.3 forbids 307 here).
pub(super) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    match HeaderValue::from_str(location) {
        Ok(value) => headers.insert(header::LOCATION, value),
        Err(_) => headers.insert(header::LOCATION, HeaderValue::from_static("/")),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The statuses of pages, by kind of fault: the console's one table.
pub(super) const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The page of a fault. Ours are logged with their chain; the caller sees the public half.
pub(super) fn problem(frame: &Frame, fault: &Fault, request: RequestId) -> Response {
    if matches!(fault.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(request_id = %request, fault = %fault.log_line(), "page");
    }
    let status = status(fault.kind);
    let view = problem::View {
        status: status.as_u16(),
        code: fault.code.to_owned(),
        sentence: fault.public.to_string(),
        mend: String::new(),
        request_id: request.to_string(),
    };
    with_status(status, problem::render(frame, &view))
}

/// The page of an authorization error that may not be redirected.
pub(super) fn oauth_problem(frame: &Frame, error: &OAuthError, request: RequestId) -> Response {
    let view = problem::View {
        status: 400,
        code: error.code.as_str().to_owned(),
        sentence: error.description().to_owned(),
        mend: "Go back to the program that sent you here, and tell whoever runs it.".to_owned(),
        request_id: request.to_string(),
    };
    with_status(StatusCode::BAD_REQUEST, problem::render(frame, &view))
}
