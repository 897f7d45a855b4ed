//! `serving`: the relationship API is there, as OpenFGA's clients ask it.

use axum::response::Response;

use crate::related::text;

pub async fn handle() -> Response {
    text(r#"{"status":"SERVING"}"#)
}
