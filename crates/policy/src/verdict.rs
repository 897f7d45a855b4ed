//! What comes out of a decision.

use chancery_kernel::{GrantId, ScopeSet, Seconds};
use chancery_model::Approvers;

use crate::reason::Reason;

#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    Allow(Bounds),
    /// Everything else holds; somebody has to say yes to these scopes first.
    NeedsApproval {
        scopes: ScopeSet,
        /// The rules that hold: of the connection, and of the scopes.
        approvers: Vec<Approvers>,
        reasons: Vec<Reason>,
    },
    /// Everything else holds, approvals aside; the person has to consent to these scopes first.
    NeedsConsent {
        scopes: ScopeSet,
        reasons: Vec<Reason>,
    },
    Deny(Vec<Reason>),
}

/// How far the allowance reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub scopes: ScopeSet,
    /// The least of all limits; at least one second.
    pub lifetime: Seconds,
    /// The approvals it rests on: when one of them ends, so does what was built on it.
    pub grants: Vec<GrantId>,
    /// By which rule, for the event.
    pub rule: &'static str,
}

impl Verdict {
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The decision as the event names it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::NeedsApproval { .. } => "needs_approval",
            Self::NeedsConsent { .. } => "needs_consent",
            Self::Deny(_) => "deny",
        }
    }

    /// Why not; empty exactly when allowed.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Allow(_) => &[],
            Self::NeedsApproval { reasons, .. }
            | Self::NeedsConsent { reasons, .. }
            | Self::Deny(reasons) => reasons,
        }
    }
}

/// All reasons as one text for the caller, each sentence once.
pub fn caller_text(reasons: &[Reason]) -> String {
    joined(reasons, Reason::caller_text)
}

/// All reasons as one text for the event.
pub fn full_text(reasons: &[Reason]) -> String {
    joined(reasons, Reason::full_text)
}

fn joined(reasons: &[Reason], say: fn(&Reason) -> String) -> String {
    let mut sentences: Vec<String> = Vec::with_capacity(reasons.len());
    for sentence in reasons.iter().map(say) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences.join("; ")
}
