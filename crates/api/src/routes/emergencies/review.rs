//! `emergency_review`: somebody else's look at what was taken.

use axum::Json;
use chancery_governance::emergencies::{self, Finding};
use chancery_kernel::ApprovalId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call, Path};
use crate::views;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmergencyFinding)]
pub struct Review {
    /// What was not justified ends now.
    justified: bool,
    /// Why, in one sentence.
    note: String,
}

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ApprovalId>,
    Body(review): Body<Review>,
) -> Answer<views::Approval> {
    let Review { justified, note } = review;
    let reviewed = emergencies::review(&cx, id, Finding { justified, note }).await?;
    Ok(Json(views::Approval::at(cx.now(), &reviewed)))
}
