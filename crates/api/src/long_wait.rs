//! What a handler says to the connection when its answer may take minutes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::Extensions;
use http::request::Parts;

/// The connection's ear, in the extensions of every request. A handler that waits for a person says so after it has let
/// go of the request; the connection then gives back the memory that it needs for talking, and keeps the answer's place.
#[derive(Clone, Debug, Default)]
pub struct LongWait(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    waits: AtomicBool,
    converses: AtomicBool,
}

impl LongWait {
    /// Of the connection that brought the request; of none, where a test calls without one.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    pub fn begin(&self) {
        self.0.waits.store(true, Ordering::Relaxed);
    }

    pub fn has_begun(&self) -> bool {
        self.0.waits.load(Ordering::Relaxed)
    }

    /// Body and answer go on side by side, and the handler itself sees to it that the client is not waited for too long: the
    /// body as a whole has no limit then.
    pub(crate) fn converse(&self) {
        self.0.converses.store(true, Ordering::Relaxed);
    }

    pub fn converses(&self) -> bool {
        self.0.converses.load(Ordering::Relaxed)
    }

    /// Stands for an answer that comes later: the connection waits for it, and the router and all it holds are gone.
    pub(crate) fn until(&self, answer: impl Future<Output = Response> + Send + 'static) -> Response {
        self.begin();
        later(answer)
    }

    /// For the next request of the connection.
    pub fn forget(&self) {
        self.0.waits.store(false, Ordering::Relaxed);
        self.0.converses.store(false, Ordering::Relaxed);
    }
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Extensions can be copied and shared, an answer cannot: the first to ask has it.
#[derive(Clone)]
struct Later(Arc<Mutex<Option<Answer>>>);

fn later(answer: impl Future<Output = Response> + Send + 'static) -> Response {
    let mut response = ().into_response();
    response.extensions_mut().insert(Later(Arc::new(Mutex::new(Some(Box::pin(answer))))));
    response
}

/// The answer that this one stands for. Whoever calls the router looks for it.
pub fn comes_later(response: &mut Response) -> Option<Answer> {
    let later = response.extensions_mut().remove::<Later>()?;
    later.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Does to an answer what has to be done, now or when it is here.
pub(crate) fn finish(
    mut response: Response,
    with: impl FnOnce(Response) -> Response + Send + 'static,
) -> Response {
    match comes_later(&mut response) {
        None => with(response),
        Some(answer) => later(async { with(answer.await) }),
    }
}

impl<S: Sync> FromRequestParts<S> for LongWait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}
