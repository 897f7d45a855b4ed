//! Metadata (RFC 8414, OpenID Connect Discovery 1.0) and keys (RFC 7517 §5): public, cacheable for a while.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use chancery_oauth::{Features, Metadata};
use http::{HeaderValue, header};

use crate::Api;

/// The same document under every well-known path; unknown query parameters are ignored.
pub(super) async fn document(State(api): State<Api>) -> Response {
    let metadata = Metadata::for_issuer(api.issuer.issuer(), &Features::default());
    cacheable(serde_json::to_string(&metadata).unwrap_or_default())
}

pub(super) async fn keys(State(api): State<Api>) -> Response {
    cacheable(api.platform.vault.ring().jwks().to_owned())
}

/// Keys are published long before they sign, so a minute in a cache hides nothing.
fn cacheable(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}
