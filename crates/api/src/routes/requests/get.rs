//! `request_get`: one access request, at once or as soon as it is decided.

use std::time::Duration;

use axum::Json;
use chancery_governance::requests;
use chancery_kernel::ApprovalId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Answer;
use crate::extract::{Call, Path, Query};
use crate::views;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// Seconds to wait for a decision, at most 60: the answer comes as soon as there is one.
    #[serde(default)]
    wait: u16,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ApprovalId>,
    Query(patience): Query<Patience>,
) -> Answer<views::Approval> {
    let asked = requests::get(&cx, id, Duration::from_secs(patience.wait.into())).await?;
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
