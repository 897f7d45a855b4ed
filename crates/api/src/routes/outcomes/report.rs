//! `outcome_report`: guards say what came of calls.

use axum::Json;
use chancery_kernel::Timestamp;
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
    /// The guard's own name for this report, at most 64 characters: together with `at`, it makes a report that is sent
    /// again, as after a lost answer, be recorded once. What is a day old may be recorded twice
    #[serde(default)]
    #[schema(max_length = 64)]
    id: Option<String>,
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
    /// Milliseconds since 1970, by the guard's clock. The line's own time is this server's, which nobody else can set.
    #[serde(default)]
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
    /// How many were new.
    recorded: usize,
    /// Places in the list, counted from zero, of those that were not taken.
    refused: Vec<usize>,
}

impl From<Report> for OutcomeReport {
    fn from(report: Report) -> Self {
        let Report { id, at, jti, pos, method, path, status, decision, reason, .. } = report;
        let micros = |at: u64| Some(Timestamp::from_micros(i64::try_from(at).ok()?.checked_mul(1_000)?));
        let id = id.zip(at.and_then(micros));
        Self { id, jti, pos, method, path, status, allowed: decision == Decision::Allow, reason }
    }
}

pub async fn handle(Call(cx): Call, Body(reports): Body<Reports>) -> Answer<Received> {
    let reports = reports.outcomes.into_iter().map(OutcomeReport::from).collect();
    let outcomes::Received { recorded, refused } = outcomes::report(&cx, reports).await?;
    Ok(Json(Received { recorded, refused }))
}
