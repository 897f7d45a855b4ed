//! `health`: the process is alive, and says nothing more.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or there is a problem instead.
    pub status: &'static str,
}

pub async fn handle() -> Json<Health> {
    Json(Health { status: "ok" })
}
