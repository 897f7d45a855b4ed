//! `event_export`: the whole log as `.chlog`, streamed as it is read.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chancery_watch::export::{Export, begin};
use futures_util::stream::try_unfold;
use http::{HeaderValue, header};

use crate::Problem;
use crate::extract::Call;

pub async fn handle(Call(cx): Call) -> Result<Response, Problem> {
    let export = begin(&cx).await?;
    let name = format!("attachment; filename=\"{}.chlog\"", cx.org);
    let mut response = Body::from_stream(try_unfold(export, piece)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The next piece. The status is long sent when this fails: the connection breaks off, and an export without its
/// footer does not verify.
async fn piece(mut export: Export) -> Result<Option<(Bytes, Export)>, Broken> {
    match export.next().await {
        Ok(piece) => Ok(piece.map(|piece| (Bytes::from(piece), export))),
        Err(fault) => {
            tracing::error!("an export broke off: {}", fault.log_line());
            Err(Broken)
        }
    }
}

#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the export broke off")
    }
}

impl std::error::Error for Broken {}
