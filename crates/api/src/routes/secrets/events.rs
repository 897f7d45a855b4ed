//! `secret_events`: what becomes of a request for a secret, as server-sent events.

use std::time::Duration;

use axum::response::Response;
use chancery_broker::{Spot, requests};
use chancery_context::Cx;
use chancery_kernel::{ApprovalId, Seconds};
use chancery_model::State;
use serde_json::{Value, json};

use crate::Problem;
use crate::extract::{Call, RequestPath};
use crate::waiting::{Outcome, stream};

struct Asked(Cx, Spot, ApprovalId);

impl Outcome for Asked {
    async fn look(&mut self, patience: Duration) -> Result<Option<Value>, ()> {
        let Self(cx, spot, id) = self;
        let patience = Seconds(i64::try_from(patience.as_secs()).unwrap_or(0));
        let standing = requests::get(cx, spot, *id, patience).await.map_err(drop)?;
        let told = json!({ "request": id, "state": standing.word() });
        Ok((standing.state != State::Pending).then_some(told))
    }
}

pub async fn handle(Call(cx): Call, RequestPath(spot, id): RequestPath) -> Result<Response, Problem> {
    requests::get(&cx, &spot, id, Seconds(0)).await?;
    Ok(stream(Asked(cx, spot, id)))
}
