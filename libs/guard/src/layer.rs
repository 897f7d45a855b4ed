//! The tower layer.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower::{Layer, Service};

use crate::{
    Guard, Require,
    cache::Entry,
    check, clock,
    refusal::Refusal,
    reports::{Outcome, fresh_id},
};

/// Puts a [`Guard`] in front of a service; made by [`Guard::layer`].
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    require: Arc<Require>,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard, require: Require) -> Self {
        Self { guard, require: Arc::new(require) }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { inner, layer: self.clone() }
    }
}

/// A guarded service.
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    layer: GuardLayer,
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The instance that is ready must be the one that is called; the clone takes its place.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let GuardLayer { guard, require } = self.layer.clone();
        Box::pin(async move {
            let settings = &guard.shared().settings;
            let (realm, metadata) = (&settings.realm, settings.metadata.as_deref());
            // Owned, because the body of the request need not be shareable between threads.
            let token = match check::bearer(request.headers(), request.uri()) {
                Ok(token) => token.to_owned(),
                Err(refusal) => return Ok(refusal.response(realm, metadata)),
            };
            let entry = match guard.shared().prove(&token).await {
                Ok(entry) => entry,
                Err(refusal) => return Ok(refusal.response(realm, metadata)),
            };
            let mut report = Report::new(&guard, &entry, &request);
            if let Err(refusal) = guard.shared().admit(&entry, &require) {
                let response = refusal.response(realm, metadata);
                report.denied(&refusal, response.status().as_u16());
                return Ok(response);
            }
            request.extensions_mut().insert(entry.caller.clone());
            let response = inner.call(request).await;
            report.allowed(response.as_ref().map_or(500, |response| response.status().as_u16()));
            response
        })
    }
}

/// Reports when it goes out of scope, so that a call whose client hung up is in the evidence too.
struct Report {
    guard: Guard,
    outcome: Option<Outcome>,
}

impl Report {
    fn new<B>(guard: &Guard, entry: &Entry, request: &Request<B>) -> Self {
        let settings = &guard.shared().settings;
        let claims = &entry.caller.claims;
        // With several audiences configured, the one the token was issued for.
        let named = |audience: &&String| match claims.get("aud") {
            Some(serde_json::Value::Array(all)) => all.iter().any(|aud| *aud == ***audience),
            Some(one) => *one == ***audience,
            None => false,
        };
        let outcome = Outcome {
            id: fresh_id(),
            jti: entry.caller.jti.clone(),
            pos: entry.caller.pos,
            org_id: entry.caller.org.clone(),
            audience: settings.audiences.iter().find(named).cloned().unwrap_or_default(),
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            status: 499,
            decision: "allow",
            reason: "the client hung up".to_owned(),
            at: clock::milliseconds(),
        };
        Self { guard: guard.clone(), outcome: Some(outcome) }
    }

    fn allowed(&mut self, status: u16) {
        if let Some(outcome) = &mut self.outcome {
            outcome.status = status;
            outcome.reason = String::new();
        }
    }

    fn denied(&mut self, refusal: &Refusal, status: u16) {
        if let Some(outcome) = &mut self.outcome {
            outcome.status = status;
            outcome.decision = "deny";
            outcome.reason = format!("{}: {}", refusal.code(), refusal.description());
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(outcome) = self.outcome.take() {
            self.guard.shared().reports.put(outcome);
        }
    }
}
