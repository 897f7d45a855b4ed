//! `revocation_follow`: the signed feed of marks, as server-sent events.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chancery_watch::feed::{Frame, Subscription};
use futures_util::stream::unfold;
use http::{HeaderName, HeaderValue, header};

use crate::extract::Call;
use crate::{Api, Problem};

pub async fn handle(State(api): State<Api>, Call(cx): Call) -> Result<Response, Problem> {
    let subscription = api.feed.subscribe(&cx).await?;
    let mut response = Body::from_stream(unfold(subscription, next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // Reverse proxies that gather answers before they pass them on would turn milliseconds into minutes.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

async fn next(mut subscription: Subscription) -> Option<(Result<Bytes, Infallible>, Subscription)> {
    let frame = subscription.next().await?;
    Some((Ok(Bytes::from_owner(Shared(frame))), subscription))
}

/// All subscribers send the same bytes.
struct Shared(Frame);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
