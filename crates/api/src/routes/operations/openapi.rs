//! `openapi`: the document, written once at start.

use axum::Extension;
use bytes::Bytes;
use chancery_context::Settings;
use http::{HeaderName, header};

/// The document as it goes out.
#[derive(Clone)]
pub struct Document(Bytes);

impl Document {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self(serde_json::to_vec(&crate::openapi::document(settings)).unwrap_or_default().into())
    }
}

pub async fn handle(Extension(document): Extension<Document>) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], document.0)
}
