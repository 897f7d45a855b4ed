//! The edge: every request gets its id here, every answer its headers, every failure its one line in the log.
//!
//! One layer does all of it: each layer of a router clones its services and boxes a future for every request.

use std::collections::HashSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use chancery_kernel::{Env, Id, IdText, RequestId};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tower::{Layer, Service};

use crate::extract::MOST_BYTES;
use crate::fault::{Failed, Problem};
use crate::metrics::Metrics;
use crate::{headers, long_wait, routes};

// In answers `X-Request-Id`, in problems and in the log `request_id`. Always made here: an id that a caller chose would
// let it write into our log.
pub use chancery_context::Requested;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a request that is given back.
const LONGEST_ID: usize = 128;

/// What the edge works with.
pub(crate) struct Facts {
    pub env: Env,
    pub metrics: Arc<Metrics>,
    pub https: bool,
    /// Where the metadata of the management API is.
    pub resource: String,
    /// Routes that pages of every origin may call.
    pub any_origin: HashSet<String>,
}

/// The layer around all routes.
#[derive(Clone)]
pub(crate) struct Edge(pub Arc<Facts>);

impl<S> Layer<S> for Edge {
    type Service = Edged<S>;

    fn layer(&self, inner: S) -> Edged<S> {
        Edged { facts: self.0.clone(), inner }
    }
}

/// A route with the edge around it.
#[derive(Clone)]
pub(crate) struct Edged<S> {
    facts: Arc<Facts>,
    inner: S,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for Edged<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Answering {
        let arrival = self.facts.arrive(&mut request);
        let facts = self.facts.clone();
        if arrival.any_origin && headers::is_preflight(&request) {
            return Box::pin(async move {
                let mut response = StatusCode::NO_CONTENT.into_response();
                headers::allow_preflight(response.headers_mut());
                Ok(facts.finish(&arrival, response))
            });
        }
        let answering = self.inner.call(request);
        Box::pin(async move {
            let response = answering.await?;
            Ok(long_wait::finish(response, move |response| facts.finish(&arrival, response)))
        })
    }
}

/// What is kept of a request until it is answered.
struct Arrival {
    id: RequestId,
    method: Method,
    path: Option<MatchedPath>,
    any_origin: bool,
    /// Of the relationship API, whose clients want errors of OpenFGA's form.
    related: bool,
    /// The id by which AuthZEN's caller knows its request (§10.1.3). In our log it never stands.
    known_as: Option<HeaderValue>,
}

impl Arrival {
    /// The route's path, never the caller's text.
    fn path(&self) -> Option<&str> {
        self.path.as_ref().map(MatchedPath::as_str)
    }
}

impl Facts {
    fn arrive(&self, request: &mut Request) -> Arrival {
        let id: RequestId = self.env.id();
        request.extensions_mut().insert(Requested(id));
        let path = request.extensions().get::<MatchedPath>().cloned();
        let related = request
            .uri()
            .path()
            .strip_prefix("/fga")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // No page of another origin holds a key of a store.
        let any_origin =
            !related && path.as_ref().is_some_and(|path| self.any_origin.contains(path.as_str()));
        // Those have bounds of their own (`extract::Asked`), and no extractor that would look for this one.
        if !related {
            DefaultBodyLimit::max(MOST_BYTES).apply(request);
        }
        let keeps_id = related && request.uri().path().contains("/access/v1/");
        let known_as = keeps_id.then(|| request.headers().get(X_REQUEST_ID)).flatten();
        let known_as = known_as.filter(|id| id.len() <= LONGEST_ID).cloned();
        Arrival { id, method: request.method().clone(), path, any_origin, related, known_as }
    }

    fn finish(&self, arrival: &Arrival, mut response: Response) -> Response {
        let (id, path) = (arrival.id, arrival.path());
        if let Some(Failed(problem)) = response.extensions_mut().remove::<Failed>() {
            log(&problem, id, &arrival.method, path);
            let scope = path.and_then(|path| routes::scope_of(&arrival.method, path));
            render(&problem, id, scope, &self.resource, &mut response);
            if arrival.related {
                render_related(&problem, &mut response);
            }
        }
        self.metrics.count(&arrival.method, path, response.status());
        let headers = response.headers_mut();
        if arrival.any_origin {
            headers::allow_any_origin(headers);
        }
        headers::secure(headers, self.https);
        let ours = || HeaderValue::from_bytes(IdText::new(RequestId::PREFIX, id.uuid()).as_bytes()).ok();
        if let Some(value) = arrival.known_as.clone().or_else(ours) {
            headers.insert(X_REQUEST_ID, value);
        }
        response
    }
}

/// The one line of a failure, with its whole chain.
fn log(problem: &Problem, id: RequestId, method: &Method, path: Option<&str>) {
    let (status, line) = (problem.status().as_u16(), problem.fault().log_line());
    let path = path.unwrap_or("(none)");
    if problem.is_ours() {
        tracing::error!(request_id = %id, %method, path, status, "{line}");
    } else {
        tracing::info!(request_id = %id, %method, path, status, "{line}");
    }
}

/// The same in the form that OpenFGA's clients read.
fn render_related(problem: &Problem, response: &mut Response) {
    let (status, body) = problem.to_related();
    *response.status_mut() = status;
    *response.body_mut() = Body::from(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

fn render(problem: &Problem, id: RequestId, scope: Option<&str>, metadata: &str, response: &mut Response) {
    *response.body_mut() = Body::from(problem.to_json(Some(id)));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    problem.headers(scope, metadata, headers);
}
