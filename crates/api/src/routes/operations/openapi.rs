//! `openapi`: the document, written once at start.

use axum::extract::State;
use bytes::Bytes;
use http::{HeaderName, header};

use crate::Api;

pub async fn handle(State(api): State<Api>) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], api.document.clone())
}
