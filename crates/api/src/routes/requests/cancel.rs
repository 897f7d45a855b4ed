//! `request_cancel`: an access request taken back.

use axum::Json;
use chancery_governance::requests;
use chancery_kernel::ApprovalId;

use crate::Answer;
use crate::extract::{Body, Call, Path};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ApprovalId>,
    Body(reason): Body<views::Reason>,
) -> Answer<views::Approval> {
    let asked = requests::cancel(&cx, id, &reason.reason).await?;
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
