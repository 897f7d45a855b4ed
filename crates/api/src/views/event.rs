//! A line of the log, as the API shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chancery_kernel::{EventId, OrgId, RequestId, Timestamp};
use chancery_watch::events::Seen;
use serde::Serialize;
use utoipa::ToSchema;

/// One event. `data` is what the log holds, in its own spelling: points in time are microseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    #[schema(value_type = String, example = "evt_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: EventId,
    /// Place in the organization's log; the first is 1.
    seq: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(value_type = String)]
    organization: OrgId,
    /// Id of who did it, `system`, or `anonymous`.
    actor: String,
    kind: String,
    /// `decision`, `use`, `change`, `sign_in`, `security` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    /// `info`, `notice`, `warning` or `alert`.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_id: Option<RequestId>,
    #[schema(value_type = Object)]
    data: serde_json::Value,
    /// The seven facts of the call, where an agent made it and `data` does not hold them itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    evidence: Option<serde_json::Value>,
}

impl From<&Seen> for Event {
    fn from(seen: &Seen) -> Self {
        let (entry, kind) = (&seen.entry, seen.entry.kind());
        let envelope = &entry.envelope;
        let mut line = seen.json();
        Self {
            id: envelope.id,
            seq: envelope.seq,
            at: envelope.at,
            organization: envelope.log,
            actor: entry.actor(),
            kind: entry.kind_name().to_owned(),
            class: kind.map(|kind| kind.class.as_str()),
            severity: kind.map(|kind| kind.severity.as_str()),
            request_id: envelope.request,
            data: line.get_mut("data").map(serde_json::Value::take).unwrap_or_default(),
            evidence: line.get_mut("evidence").map(serde_json::Value::take),
        }
    }
}

/// Leads from the line's leaf hash to the root that the checkpoint signs (RFC 6962 §2.1.1). Hashes are base 64.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proof {
    /// Counted from zero.
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: String,
    /// From the leaf's sibling upwards.
    path: Vec<String>,
    /// Signed note (C2SP tlog-checkpoint).
    checkpoint: String,
}

impl From<chancery_watch::events::Proof> for Proof {
    fn from(proof: chancery_watch::events::Proof) -> Self {
        Self {
            leaf_index: proof.index,
            tree_size: proof.size,
            leaf_hash: STANDARD.encode(proof.leaf),
            path: proof.path.iter().map(|hash| STANDARD.encode(hash)).collect(),
            checkpoint: proof.checkpoint,
        }
    }
}
