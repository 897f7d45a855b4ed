//! Waiting for what becomes of a question, on an event stream: comments while it is open, one event `outcome` at its end.
//!
//! The stream says how it came out and gives nothing out: what was approved is fetched as always, so that nothing is lost
//! with a connection. It ends after a few minutes, whatever happens, and whoever still waits opens another: by then the
//! token may have ended on which this one was opened.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;
use tokio::time::Instant;

/// A comment goes out so often: nobody in between takes the connection for dead, and the other side hears that we live.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// No stream lasts longer: tokens of the management API do not either.
const LONGEST: Duration = Duration::from_secs(300);

pub(crate) const MEDIA: &str = "text/event-stream";

/// Something that comes out one day.
pub(crate) trait Outcome: Send + 'static {
    /// How it came out, or nothing when the patience is at its end. An error ends the stream: whoever asks again is told
    /// why.
    fn look(&mut self, patience: Duration) -> impl Future<Output = Result<Option<Value>, ()>> + Send;
}

enum Phase {
    Opening,
    Open,
    Over,
}

/// The stream. What is known already is its first and last event.
pub(crate) fn stream(outcome: impl Outcome) -> Response {
    let until = Instant::now() + LONGEST;
    let body = unfold((outcome, Phase::Opening), move |(mut outcome, phase)| async move {
        let patience = match phase {
            Phase::Opening => Duration::ZERO,
            Phase::Open => HEARTBEAT.min(until.saturating_duration_since(Instant::now())),
            Phase::Over => return None,
        };
        let (text, phase) = match outcome.look(patience).await {
            Ok(Some(told)) => (format!("event: outcome\ndata: {told}\n\n"), Phase::Over),
            Ok(None) if Instant::now() < until => (": waiting\n\n".to_owned(), Phase::Open),
            Ok(None) | Err(()) => ("event: again\ndata: {}\n\n".to_owned(), Phase::Over),
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (outcome, phase)))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // Proxies that gather answers before they pass them on would keep the outcome to themselves.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
