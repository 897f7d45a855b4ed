//! `grant_confirm`: a permission goes on, though whoever had said yes to it has left.

use axum::Json;
use chancery_governance::orphans;
use chancery_kernel::GrantId;

use crate::extract::{Call, Path};
use crate::{Problem, views};

pub async fn handle(Call(cx): Call, Path(id): Path<GrantId>) -> Result<Json<views::Grant>, Problem> {
    Ok(Json(views::Grant::at(cx.now(), &*orphans::confirm(&cx, id).await?)))
}
