//! `user_factors`: the second factors of a person, without their keys.

use axum::Json;
use chancery_directory::users::factors;
use chancery_kernel::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Call, Path};
use crate::{Answer, views};

#[derive(Serialize, ToSchema)]
pub struct FactorsOf {
    items: Vec<views::Factor>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i64,
}

pub async fn handle(Call(cx): Call, Path(id): Path<UserId>) -> Answer<FactorsOf> {
    let found = factors::list(&cx, id).await?;
    let items = found.factors.iter().map(views::Factor::from).collect();
    Ok(Json(FactorsOf { items, recovery_codes_left: found.codes_left }))
}
