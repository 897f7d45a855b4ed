//! `run_stop`: the end of one task.

use axum::Json;
use chancery_kernel::{RunId, Timestamp};
use chancery_watch::runs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call, Path};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StopOrder)]
pub struct Order {
    /// Why, in one sentence: it stands in the log.
    reason: String,
}

/// Every token of the run that was decided before `pos` is dead from now on.
#[derive(Serialize, ToSchema)]
pub struct Stopped {
    #[schema(value_type = String)]
    run: RunId,
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

pub async fn handle(Call(cx): Call, Path(run): Path<RunId>, Body(order): Body<Order>) -> Answer<Stopped> {
    let done = runs::stop(&cx, run, &order.reason).await?;
    Ok(Json(Stopped { run: done.run, pos: done.pos, at: done.at }))
}
