//! `token_revoke`: the end of one token, and of nothing else.

use axum::Json;
use axum::extract::RawPathParams;
use chancery_kernel::{Fault, Timestamp};
use chancery_watch::tokens;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenRevocation)]
pub struct Order {
    /// Why, in one sentence: it stands in the log.
    reason: Option<String>,
}

/// From now on this token is refused here and at every guard.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenRevoked)]
pub struct Revoked {
    jti: String,
    /// Where the revocation stands in the log.
    pos: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

pub async fn handle(Call(cx): Call, path: RawPathParams, Body(order): Body<Order>) -> Answer<Revoked> {
    let decided = path.iter().next().and_then(|(_, pos)| pos.parse().ok());
    let decided = decided.ok_or_else(|| Fault::not_found("token"))?;
    let done = tokens::revoke(&cx, decided, order.reason.as_deref()).await?;
    Ok(Json(Revoked { jti: done.jti, pos: done.pos, at: done.at }))
}
