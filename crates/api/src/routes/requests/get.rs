//! `request_get`: one access request, at once or as soon as it is decided.

use std::time::Duration;

use axum::Json;
use chancery_governance::requests;
use chancery_kernel::ApprovalId;
use chancery_model::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{Call, Path, Query};
use crate::{Answer, LongWait, views};

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
    long: LongWait,
) -> Answer<views::Approval> {
    let mut asked = requests::get(&cx, id, Duration::ZERO).await?;
    if patience.wait > 0 && asked.state_at(cx.now()) == State::Pending {
        long.begin();
        asked = requests::get(&cx, id, Duration::from_secs(patience.wait.into())).await?;
    }
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
