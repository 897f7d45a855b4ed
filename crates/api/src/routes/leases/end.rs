//! `lease_end`: the end of a lease that others make, against the will of whoever has the secret.

use axum::Json;
use chancery_broker::leases;
use chancery_kernel::LeaseId;

use crate::Answer;
use crate::extract::{Body, Call, Path};
use crate::views;

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<LeaseId>,
    Body(reason): Body<views::Reason>,
) -> Answer<views::Lease> {
    Ok(Json(views::Lease::from(&leases::end(&cx, id, &reason.reason).await?)))
}
