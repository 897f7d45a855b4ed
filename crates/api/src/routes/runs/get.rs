//! `run_get`: one run.

use axum::Json;
use chancery_kernel::RunId;
use chancery_watch::runs;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

pub async fn handle(Call(cx): Call, Path(run): Path<RunId>) -> Answer<views::Run> {
    Ok(Json(runs::get(&cx, run).await?.into()))
}
