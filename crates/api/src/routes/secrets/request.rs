//! `secret_request`: how a request for a secret stands, at once or as soon as it is answered.

use axum::Json;
use chancery_broker::requests;
use chancery_kernel::{ApprovalId, GrantId, RunId, Seconds, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Call, Query, RequestPath};
use crate::{Answer, LongWait};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// Seconds to wait for the answer, at most 60.
    #[param(value_type = Option<i64>)]
    wait: Option<Seconds>,
}

#[derive(Serialize, ToSchema)]
pub struct SecretRequest {
    #[schema(value_type = String)]
    request: ApprovalId,
    /// `pending`, `approved`, `denied`, `lapsed`, `canceled`, or `over`: what was approved has ended.
    state: &'static str,
    #[schema(value_type = String)]
    user: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// The permission, while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    grant: Option<GrantId>,
    #[schema(value_type = String, format = DateTime)]
    lapses: Timestamp,
}

pub async fn handle(
    Call(cx): Call,
    RequestPath(spot, id): RequestPath,
    Query(patience): Query<Patience>,
    long: LongWait,
) -> Answer<SecretRequest> {
    let mut standing = requests::get(&cx, &spot, id, Seconds(0)).await?;
    if let Some(wait) = patience.wait.filter(|wait| wait.0 > 0 && standing.word() == "pending") {
        long.begin();
        standing = requests::get(&cx, &spot, id, wait).await?;
    }
    let asked = &standing.asked;
    Ok(Json(SecretRequest {
        request: asked.id,
        state: standing.word(),
        user: asked.user,
        run: asked.run,
        grant: standing.granted.then_some(asked.grant),
        lapses: asked.lapses,
    }))
}
