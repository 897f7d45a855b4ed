//! `approval_get`: one question, as the person reads it.

use axum::Json;
use chancery_governance::approvals;
use chancery_kernel::ApprovalId;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

pub async fn handle(Call(cx): Call, Path(id): Path<ApprovalId>) -> Answer<views::Approval> {
    let asked = approvals::get(&cx, id).await?;
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
