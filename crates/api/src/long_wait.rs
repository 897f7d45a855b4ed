//! What a handler says to the connection when its answer may take minutes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;

/// The connection's ear, in the extensions of every request. A handler that waits for a person says so after it has let
/// go of the request; the connection then gives back the memory that it needs for talking, and keeps the answer's place.
#[derive(Clone, Debug, Default)]
pub struct LongWait(Arc<AtomicBool>);

impl LongWait {
    /// Of the connection that brought the request; of none, where a test calls without one.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For the next request of the connection.
    pub fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<S: Sync> FromRequestParts<S> for LongWait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}
