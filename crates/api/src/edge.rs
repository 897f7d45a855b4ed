//! The edge: every request gets its id here, every answer its headers, every failure its one line in the log.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use chancery_kernel::{Env, RequestId};
use http::{HeaderName, HeaderValue, Method, header};

use crate::fault::{Failed, Problem};
use crate::metrics::Metrics;
use crate::{headers, routes};

// In answers `X-Request-Id`, in problems and in the log `request_id`. Always made here: an id that a caller chose would
// let it write into our log.
pub use chancery_context::Requested;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the edge works with.
#[derive(Clone)]
pub(crate) struct Edge {
    pub env: Env,
    pub metrics: Arc<Metrics>,
    pub https: bool,
    /// Where the metadata of the management API is.
    pub resource: Arc<str>,
}

pub(crate) async fn serve(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let id: RequestId = edge.env.id();
    request.extensions_mut().insert(Requested(id));
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let path = path.as_ref().map(MatchedPath::as_str);
    if let Some(Failed(problem)) = response.extensions_mut().remove::<Failed>() {
        log(&problem, id, &method, path);
        render(
            &problem,
            id,
            path.and_then(|path| routes::scope_of(&method, path)),
            &edge.resource,
            &mut response,
        );
    }
    edge.metrics.count(&method, path, response.status());
    headers::secure(response.headers_mut(), edge.https);
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// The one line of a failure, with its whole chain. The path is the route's, never the caller's text.
fn log(problem: &Problem, id: RequestId, method: &Method, path: Option<&str>) {
    let (status, line) = (problem.status().as_u16(), problem.fault().log_line());
    let path = path.unwrap_or("(none)");
    if problem.is_ours() {
        tracing::error!(request_id = %id, %method, path, status, "{line}");
    } else {
        tracing::info!(request_id = %id, %method, path, status, "{line}");
    }
}

fn render(problem: &Problem, id: RequestId, scope: Option<&str>, metadata: &str, response: &mut Response) {
    *response.body_mut() = Body::from(problem.to_json(Some(id)));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    problem.headers(scope, metadata, headers);
}
