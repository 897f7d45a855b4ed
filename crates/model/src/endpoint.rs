//! Endpoints of an organization: who, beside people and agents, is told what becomes of questions.

use chancery_kernel::{EndpointId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Meta, State, noun};

/// In which form it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// A signed message for a program (Standard Webhooks).
    Webhook,
    /// A line for people, as Slack's incoming webhooks and those compatible with them take it.
    Slack,
    /// A card for people, as Microsoft Teams takes it.
    Teams,
}

impl EndpointKind {
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Slack, Self::Teams];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether what it gets is signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Webhook)
    }
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A question waits for people.
    Asked,
    /// It has its answer.
    Answered,
    /// Its time was over before that.
    Expired,
    /// It was taken back.
    Canceled,
}

impl Told {
    pub const ALL: [Self; 4] = [Self::Asked, Self::Answered, Self::Expired, Self::Canceled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.as_str() == text)
    }

    /// What is true of a question in this state.
    pub const fn of(state: State) -> Self {
        match state {
            State::Pending => Self::Asked,
            State::Approved | State::Denied | State::Redeemed => Self::Answered,
            State::Expired => Self::Expired,
            State::Canceled => Self::Canceled,
        }
    }
}

/// One of them. Its address and its secrets are sealed elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub org: OrgId,
    pub name: String,
    pub kind: EndpointKind,
    /// Scheme, host and port of its address. The rest may be a secret.
    pub origin: String,
    /// What it is told, in the order of [`Told::ALL`].
    pub events: Vec<Told>,
    pub enabled: bool,
    /// Why it was switched off, where nobody did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
    /// Until when the secret before the present one signs too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Timestamp>,
    pub meta: Meta,
}

impl Endpoint {
    pub fn wants(&self, told: Told) -> bool {
        self.enabled && self.events.contains(&told)
    }
}

noun!(Endpoint, EndpointId, "endpoint", |e| e.name.clone());
