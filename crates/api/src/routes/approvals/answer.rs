//! `approval_answer`: a person's yes or no, with the digest of what they saw.

use axum::Json;
use chancery_governance::answer;
use chancery_governance::approvals;
use chancery_kernel::ApprovalId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call, Path};
use crate::views;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalReply)]
pub struct Reply {
    answer: Word,
    /// `seen` of the approval, as it was read.
    seen: String,
    /// The two digits that the requester shows, where the question weighs much.
    number: Option<String>,
    /// With a no: it should not have been asked.
    #[serde(default)]
    report: bool,
    /// With a report: what you have to say of it.
    note: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalWord)]
pub enum Word {
    Approve,
    Deny,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ApprovalId>,
    Body(reply): Body<Reply>,
) -> Answer<views::Approval> {
    let allow = reply.answer == Word::Approve;
    let Reply { seen, number, report, note, .. } = reply;
    let reply = answer::Reply { allow, seen, number, report, note };
    let asked = approvals::answer(&cx, id, reply).await?;
    Ok(Json(views::Approval::at(cx.now(), &asked)))
}
