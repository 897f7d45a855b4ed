//! Who is told of approvals, as the API shows it. No shape here but one has a place for a secret, and none for an address.

use chancery_kernel::{ApprovalId, DeliveryId, EndpointId, Timestamp};
use chancery_model::{EndpointKind, Told};
use chancery_notify::endpoints::{Delivered, Keyed};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meta;

/// An address that is told of approvals.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    #[schema(value_type = String, example = "end_06u1k9v2h8qjt5m3c7n4p0r6sd")]
    id: EndpointId,
    name: String,
    /// `webhook`, `slack` or `teams`.
    #[schema(value_type = String)]
    kind: EndpointKind,
    /// Scheme, host and port of its address. The rest is sealed.
    origin: String,
    /// Of `asked`, `answered`, `expired`, `canceled`.
    #[schema(value_type = Vec<String>)]
    events: Vec<Told>,
    enabled: bool,
    /// Why it was switched off, where nobody did that.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<String>,
    /// Until when the secret before the present one signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    overlap: Option<Timestamp>,
    #[serde(flatten)]
    meta: Meta,
}

impl From<&chancery_model::Endpoint> for Endpoint {
    fn from(e: &chancery_model::Endpoint) -> Self {
        Self {
            id: e.id,
            name: e.name.clone(),
            kind: e.kind,
            origin: e.origin.clone(),
            events: e.events.clone(),
            enabled: e.enabled,
            gone: e.gone.clone(),
            overlap: e.overlap,
            meta: (&e.meta).into(),
        }
    }
}

/// An endpoint, and the secret that verifies what it is told. Keep it: it is not shown again.
#[derive(Serialize, ToSchema)]
pub struct EndpointKey {
    /// `whsec_…` (Standard Webhooks). Chats have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(flatten)]
    endpoint: Endpoint,
}

impl From<&Keyed> for EndpointKey {
    fn from(keyed: &Keyed) -> Self {
        let secret = keyed.secret.as_ref().map(|secret| secret.expose().to_owned());
        Self { secret, endpoint: (&*keyed.endpoint).into() }
    }
}

/// One message to an endpoint. Nothing of what it answered is kept but the status.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// What `webhook-id` says, at every attempt.
    #[schema(value_type = String)]
    id: DeliveryId,
    /// Absent: a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    approval: Option<ApprovalId>,
    /// `asked`, `answered`, `expired`, `canceled` or `test`.
    event: String,
    /// `waiting`, `delivered`, `failed`, or `overtaken`: it was no longer so, and nothing was sent.
    state: &'static str,
    /// Of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    tries: i64,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// When it was last tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    tried: Option<Timestamp>,
    /// Why the last attempt failed, or nothing was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl From<Delivered> for Delivery {
    fn from(d: Delivered) -> Self {
        Self {
            id: d.id,
            approval: d.approval,
            event: d.event,
            state: d.outcome.as_str(),
            status: d.status,
            tries: d.tries,
            created: d.at,
            tried: d.tried,
            problem: d.problem,
        }
    }
}
