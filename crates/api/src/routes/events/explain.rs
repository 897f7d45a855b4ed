//! `event_explain`: one event in sentences, with its evidence and its proof.

use axum::Json;
use chancery_kernel::EventId;
use chancery_watch::events;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

/// An event in plain words, and what is needed to check without this server that it is in the log.
#[derive(Serialize, ToSchema)]
pub struct Explained {
    event: views::Event,
    sentences: Vec<String>,
    /// User, agent, application, resource, task, decision, outcome; where this was done on behalf of an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<String>>,
    /// The canonical line (RFC 8785): SHA-256 over a zero byte and it is the leaf hash.
    line: String,
    /// Absent within the first second, until a checkpoint covers the event, and in very large logs: the export proves
    /// the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<views::Proof>,
}

pub async fn handle(Call(cx): Call, Path(event): Path<EventId>) -> Answer<Explained> {
    let told = events::explain(&cx, event).await?;
    Ok(Json(Explained {
        event: views::Event::from(&told.seen),
        sentences: told.sentences,
        evidence: told.evidence.map(Vec::from),
        line: String::from_utf8_lossy(&told.seen.line).into_owned(),
        proof: told.proof.map(views::Proof::from),
    }))
}
