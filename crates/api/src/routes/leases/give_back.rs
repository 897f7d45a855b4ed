//! `lease_give_back`: whoever has a secret returns it; what they obtained with it is dead.

use axum::Json;
use chancery_broker::leases;
use chancery_kernel::LeaseId;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

pub async fn handle(Call(cx): Call, Path(id): Path<LeaseId>) -> Answer<views::Lease> {
    Ok(Json(views::Lease::from(&leases::give_back(&cx, id).await?)))
}
