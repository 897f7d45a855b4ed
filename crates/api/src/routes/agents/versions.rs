//! `agent_versions`: what an agent was at each of its versions, the latest first.

use axum::Json;
use chancery_directory::agents;
use chancery_kernel::AgentId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Call, Path};
use crate::{Answer, views};

#[derive(Serialize, ToSchema)]
pub struct History {
    items: Vec<views::Version>,
}

pub async fn handle(Call(cx): Call, Path(id): Path<AgentId>) -> Answer<History> {
    let versions = agents::versions(&cx, id).await?;
    Ok(Json(History { items: versions.iter().map(views::Version::from).collect() }))
}
