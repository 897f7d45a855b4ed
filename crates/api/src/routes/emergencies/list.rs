//! `emergency_list`: what was taken in emergencies, and what others think of it.

use axum::Json;
use chancery_governance::emergencies;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Answer;
use crate::extract::{Call, Query};
use crate::views;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only those that nobody has reviewed yet.
    #[serde(default)]
    unreviewed: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EmergencyList)]
pub struct Emergencies {
    items: Vec<views::Approval>,
}

pub async fn handle(Call(cx): Call, Query(filter): Query<Filter>) -> Answer<Emergencies> {
    let taken = emergencies::list(&cx, filter.unreviewed).await?;
    let items = taken.iter().map(|taken| views::Approval::at(cx.now(), taken)).collect();
    Ok(Json(Emergencies { items }))
}
