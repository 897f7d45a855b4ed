//! `approval_cancel`: a question taken back.

use axum::Json;
use chancery_governance::approvals;
use chancery_kernel::ApprovalId;

use crate::Answer;
use crate::extract::{Body, Call, Path};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ApprovalId>,
    Body(reason): Body<views::Reason>,
) -> Answer<views::Approval> {
    let asked = approvals::cancel(&cx, id, &reason.reason).await?;
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
