//! `ready`: something can be recorded now, so requests may be sent here.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use chancery_watch::health::writable;
use tokio::sync::Mutex;

use super::health::Health;
use crate::{Answer, Api};

/// When the database last proved itself. Asking is open to everybody, so asking a thousand times costs one proof.
#[derive(Default)]
pub struct Proven(Mutex<Option<Instant>>);

const KEPT: Duration = Duration::from_millis(500);

pub async fn handle(State(api): State<Api>) -> Answer<Health> {
    let mut last = api.proven.0.lock().await;
    if last.is_none_or(|then| then.elapsed() > KEPT) {
        *last = None;
        writable(&api.platform).await?;
        *last = Some(Instant::now());
    }
    Ok(Json(Health { status: "ok" }))
}
