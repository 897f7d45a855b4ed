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

/// A form whose answer leads to another address: browsers hold redirects against `form-action` too, however many there
/// are between the form and the client.
pub(super) fn page_leading_to(markup: Markup, uri: &str) -> Response {
    leading_to(page(markup), uri)
}

pub(super) fn leading_to(mut response: Response, uri: &str) -> Response {
    let Some(source) = source(uri) else { return response };
    let policy =
        crate::CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}"));
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// An address as a source of a policy; none where it could say more there than an address (CSP3 §2.3.1).
fn source(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let plain = |text: &str, also: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
    };
    if !plain(scheme, "+-.") {
        return None;
    }
    if !matches!(scheme, "http" | "https") {
        // A private scheme belongs to one program.
        return Some(format!("{scheme}:"));
    }
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    if authority.starts_with('[') {
        // Policies cannot name an IPv6 host: loopback, since nothing else of the kind can be registered.
        return Some(format!("{scheme}:"));
    }
    plain(authority, ".-:").then(|| format!("{scheme}://{authority}"))
}

/// The host of an address, for people; a private scheme stands for itself.
pub(super) fn host(uri: &str) -> String {
    match uri.split_once("://") {
        Some(("http" | "https", rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned(),
        _ => format!("{}:", uri.split(':').next().unwrap_or_default()),
    }
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

/// Says when to try again, where that is known.
pub(super) fn to_retry(mut response: Response, fault: &Fault) -> Response {
    if let Some(wait) = fault.retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.0.max(1)));
    }
    response
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_source_and_nothing_more() {
        let of = |uri| source(uri);
        assert_eq!(of("https://a.example/cb?x=1").unwrap(), "https://a.example");
        assert_eq!(of("http://127.0.0.1:4711/cb").unwrap(), "http://127.0.0.1:4711");
        assert_eq!(of("http://[::1]:4711/cb").unwrap(), "http:");
        assert_eq!(of("com.example.app:/cb").unwrap(), "com.example.app:");
        for bad in ["https://a.example;script-src *", "https://a.example, x", "'self':x", "https:///cb", "cb"]
        {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
