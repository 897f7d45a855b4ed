//! `outcome_report`: guards say what came of calls.

use axum::Json;
use chancery_watch::outcomes::{self, OutcomeReport};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Body, Call};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// At most 200.
    #[schema(max_items = 200)]
    outcomes: Vec<Report>,
}

/// What came of one call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Names the token; the token itself is never sent.
    jti: String,
    /// The token's `pos`.
    pos: i64,
    method: String,
    /// Without its query.
    path: String,
    status: u16,
    decision: Decision,
    #[serde(default)]
    reason: Option<String>,
    /// Milliseconds since 1970, by the guard's clock.
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "guards send it; the line's own time is this server's, which nobody else can set"
    )]
    at: Option<u64>,
    /// As the token says it; the decision in the log says it better.
    #[serde(default)]
    #[expect(dead_code, reason = "guards send it; what counts is the log")]
    org_id: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "guards send it; what counts is the log")]
    audience: Option<String>,
}

/// Whether the guard let the call through.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    Deny,
}

#[derive(Serialize, ToSchema)]
pub struct Received {
    recorded: usize,
    /// Places in the list, counted from zero, of those that were not taken.
    refused: Vec<usize>,
}

impl From<Report> for OutcomeReport {
    fn from(report: Report) -> Self {
        let Report { jti, pos, method, path, status, decision, reason, .. } = report;
        Self { jti, pos, method, path, status, allowed: decision == Decision::Allow, reason }
    }
}

pub async fn handle(Call(cx): Call, Body(reports): Body<Reports>) -> Answer<Received> {
    let reports = reports.outcomes.into_iter().map(OutcomeReport::from).collect();
    let outcomes::Received { recorded, refused } = outcomes::report(&cx, reports).await?;
    Ok(Json(Received { recorded, refused }))
}
