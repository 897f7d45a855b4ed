//! Approvals: a question to a person, in the exact sentences that are shown, and what became of it.

use chancery_kernel::{
    AgentId, AppId, ApprovalId, ClientId, GrantId, OrgId, RunId, ScopeSet, Seconds, SecretId, SessionId,
    Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

use crate::approver::Need;
use crate::backchannel::Delivery;
use crate::weight::Weight;
use crate::{Meta, noun};

/// `pending → approved | denied | expired | canceled`, and from `approved` on to `redeemed`, once.
///
/// What was approved and not fetched lapses too, and is canceled like what still waits: nothing is left lying about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Pending,
    Approved,
    Denied,
    Expired,
    Canceled,
    Redeemed,
}

impl State {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Approved, Self::Denied, Self::Expired, Self::Canceled, Self::Redeemed];

    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Approved | Self::Denied | Self::Expired | Self::Canceled)
                | (Self::Approved, Self::Redeemed | Self::Expired | Self::Canceled)
        )
    }

    /// Something can still become of it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Approved)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
            Self::Redeemed => "redeemed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Whose word a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// This server knows it.
    Server,
    /// The agent says so; shown as its words.
    Agent,
    /// Something about the agent's words that the reader should mind.
    Warning,
}

/// One line of what the person reads, exactly as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    pub voice: Voice,
    /// `What`, `System`, `Data`, …
    pub term: String,
    pub text: String,
}

/// What one person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub by: UserId,
    pub allow: bool,
    pub at: Timestamp,
    /// Digest of the sentences that were on the page.
    pub seen: String,
    /// Which of the approval's needs this answer meets, by their place.
    #[serde(default)]
    pub meets: Vec<usize>,
    /// Whose word it is, for each of them: their own where it is not said, or that of somebody they stand in for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<UserId>,
    /// When a second factor was last proven in the session they answered in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second: Option<Timestamp>,
    /// The number they typed, which the requester shows: compared, and not kept.
    #[serde(skip)]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<SessionId>,
    /// When and how the person had signed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<Timestamp>,
    #[serde(default)]
    pub amr: Vec<String>,
}

impl Answer {
    /// Whose word this answer is for a need; nobody's for one it does not meet.
    pub fn right_for(&self, need: usize) -> Option<UserId> {
        let at = self.meets.iter().position(|met| *met == need)?;
        Some(self.rights.get(at).copied().unwrap_or(self.by))
    }
}

/// What an access request says beyond what any question says: it asks for a permission that lasts for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// In the words of whoever asks.
    #[serde(default)]
    pub purpose: String,
    /// It is to begin then, and not with the answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts: Option<Timestamp>,
    /// It asks to be assigned to the application, and not for a yes that an assignment lacks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assigns: bool,
    /// The permission that is to last longer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extends: Option<GrantId>,
    /// The person who asked, where no agent did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<UserId>,
    /// Nobody was asked: somebody took the permission in an emergency, and somebody else looks at it afterwards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emergency: Option<Emergency>,
}

/// What was taken without asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// Absent: nobody has looked at it yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub review: Option<Review>,
}

/// What somebody else thinks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub by: UserId,
    pub at: Timestamp,
    pub justified: bool,
    pub note: String,
}

/// Why nothing more can become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub at: Timestamp,
    pub why: String,
}

/// How the client is to be told. What is sealed is the `auth_req_id` and the `client_notification_token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    pub delivery: Delivery,
    pub sealed: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub id: ApprovalId,
    pub org: OrgId,
    pub state: State,
    /// Keyed hash of the `auth_req_id`, in hexadecimal.
    pub ticket: String,
    /// The person whom the agent wants to act for.
    pub user: UserId,
    pub client: ClientId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// A secret of the vault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<SecretId>,
    /// Scopes of the application.
    pub scopes: ScopeSet,
    /// Scopes of the person's own profile.
    pub identity: ScopeSet,
    /// `authorization_details` as they were asked for (RFC 9396), for the token.
    #[serde(default)]
    pub details: Vec<serde_json::Value>,
    /// Everything the person reads.
    pub sentences: Vec<Sentence>,
    /// Digest of the sentences: the answer has to carry it.
    pub seen: String,
    /// All of these have to say yes; one no is enough.
    pub needs: Vec<Need>,
    /// What it weighs as. Where it does, a yes takes the number and a fresh second factor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<Weight>,
    /// Two digits that the requester shows and the person types.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// How often another number was typed.
    #[serde(default)]
    pub misses: u32,
    /// It was noted that others may answer too by now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// Somebody said that it should not have been asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reported: bool,
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// What a token that rests on it names as its grant: the mark on it kills that token.
    pub grant: GrantId,
    /// No token that rests on it lives longer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lifetime: Option<Seconds>,
    /// A yes becomes a permission for so long, as often as it is needed; absent: one token, once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grants_for: Option<Seconds>,
    /// The person concerned has to prove a second factor for it: the client asked for that (`acr_values`).
    #[serde(default)]
    pub needs_factor: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notify: Option<Box<Notify>>,
    /// Present on every question whose yes becomes such a permission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access: Option<Access>,
    /// How long the client has to wait between two polls; longer after it was slowed down.
    pub interval: Seconds,
    /// From this moment on nobody can answer it, and nobody can fetch anything for it.
    pub lapses: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Closing>,
    #[serde(flatten)]
    pub meta: Meta,
}

impl Approval {
    /// How it stands at this moment: one whose time is over has lapsed, whether or not somebody has noted that.
    pub fn state_at(&self, now: Timestamp) -> State {
        if self.state.is_live() && now >= self.lapses { State::Expired } else { self.state }
    }

    /// The yes that completed it.
    pub fn approved_by(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(|answer| answer.allow)
    }
}

noun!(Approval, ApprovalId, "approval", |a| a.id.to_string());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_an_end() {
        for from in State::ALL {
            let onward = State::ALL.into_iter().filter(|to| from.may_become(*to)).count();
            assert_eq!(onward > 0, from.is_live(), "{from:?}");
            assert!(!from.may_become(from), "{from:?}");
            assert_eq!(State::parse(from.as_str()), Some(from));
        }
    }

    #[test]
    fn only_a_yes_can_be_redeemed() {
        let before: Vec<State> = State::ALL.into_iter().filter(|s| s.may_become(State::Redeemed)).collect();
        assert_eq!(before, [State::Approved]);
    }
}
