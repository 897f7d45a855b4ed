//! Headers that keep answers from being stored, sniffed, framed or read by foreign pages.

use std::sync::LazyLock;

use axum::extract::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// For answers that are data: nothing in them may load or run, whatever a browser takes them for.
pub const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, DATA_POLICY),
];

/// What an answer of the relationship API begins with: to copy it takes a fraction of setting each.
static JSON: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut headers = HeaderMap::with_capacity(MOST);
    secure(&mut headers, false);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
});

pub(crate) fn of_json() -> HeaderMap {
    JSON.clone()
}

/// Sets what the handler has not set itself.
pub(crate) fn secure(headers: &mut HeaderMap, https: bool) {
    // An answer that began with them has them.
    if !headers.keys().take(ALWAYS.len()).eq(ALWAYS.iter().map(|(name, _)| name)) {
        for (name, value) in ALWAYS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
    }
    if https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
}

/// More headers than these nobody gets from here: the map is made large enough at once.
pub(crate) const MOST: usize = 12;

/// Whether a browser asks what a page of another origin may do (Fetch standard, CORS protocol).
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Lets pages of every origin read the answers of a route (Fetch standard, CORS protocol). For routes that are
/// authorized by a token or not at all: metadata, keys, token, revocation, userinfo. Never where a cookie speaks, so
/// never for authorization: `*` also keeps browsers from sending credentials along.
pub(crate) fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_METHODS) {
        let names = HeaderValue::from_static("www-authenticate, dpop-nonce, x-request-id, retry-after");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
    }
}

/// What the answer to a preflight says besides.
pub(crate) fn allow_preflight(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    let names = HeaderValue::from_static("authorization, content-type, dpop");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_begins_with_is_what_secures_it() {
        let mut headers = of_json();
        assert!(
            headers.keys().take(ALWAYS.len()).eq(ALWAYS.iter().map(|(name, _)| name)),
            "it is known again"
        );
        let before = headers.clone();
        secure(&mut headers, false);
        assert_eq!(headers, before);
        assert!(ALWAYS.iter().all(|(name, value)| headers.get_all(name).iter().eq([value])));
        secure(&mut headers, true);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_handler_may_set_some_of_them_and_gets_the_rest() {
        for (own, _) in ALWAYS {
            let mut headers = HeaderMap::from_iter([(own.clone(), HeaderValue::from_static("its own"))]);
            secure(&mut headers, false);
            assert!(ALWAYS.iter().all(|(name, _)| headers.contains_key(name)));
            assert_eq!(headers.get(own).unwrap(), "its own");
        }
    }
}
