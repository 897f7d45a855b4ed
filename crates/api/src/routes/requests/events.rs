//! `request_events`: what becomes of an access request, as server-sent events.

use std::time::Duration;

use axum::response::Response;
use chancery_context::Cx;
use chancery_governance::requests;
use chancery_kernel::ApprovalId;
use chancery_model::State;
use serde_json::{Value, json};

use crate::Problem;
use crate::extract::{Call, Path};
use crate::waiting::{Outcome, stream};

struct Filed(Cx, ApprovalId);

impl Outcome for Filed {
    async fn look(&mut self, patience: Duration) -> Result<Option<Value>, ()> {
        let Self(cx, id) = self;
        let asked = requests::get(cx, *id, patience).await.map_err(drop)?;
        let state = asked.state_at(cx.now());
        let told = json!({ "id": asked.id, "state": state.as_str(), "grant": asked.grant });
        Ok((state != State::Pending).then_some(told))
    }
}

pub async fn handle(Call(cx): Call, Path(id): Path<ApprovalId>) -> Result<Response, Problem> {
    // Who may not see it is told so at once, and in the same words as everywhere.
    requests::get(&cx, id, Duration::ZERO).await?;
    Ok(stream(Filed(cx, id)))
}
