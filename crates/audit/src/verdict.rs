//! How an event came out, where something was decided: what was refused is found by it, whoever was refused.

use crate::event::Event;
use crate::evidence::Verdict;

/// The kinds that have a verdict. A test holds the list against [`Event::verdict`].
pub const JUDGED: &[&str] = &[
    "token_decided",
    "token_used",
    "client_token_decided",
    "person_token_decided",
    "client_authentication_failed",
    "access_denied",
    "refresh_reuse_detected",
    "code_replayed",
    "sign_in_succeeded",
    "sign_in_failed",
    "sign_in_throttled",
    "consent_refused",
    "password_change_refused",
    "approval_requested",
    "approval_granted",
    "approval_denied",
    "approval_redeemed",
    "approval_refused",
    "secret_revealed",
    "secret_refused",
    "secret_taken",
    "secret_not_taken",
    "relation_decided",
    "own_request_filed",
    "own_request_granted",
    "own_request_denied",
];

impl Event {
    /// Absent for what decides nothing: changes, and the server about itself.
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            // A guard may still turn away a token that was issued.
            Self::TokenUsed { evidence, .. } if evidence.outcome.as_str().starts_with("refused") => {
                Some(Verdict::Deny)
            }
            Self::ClientTokenDecided { allow, .. }
            | Self::PersonTokenDecided { allow, .. }
            | Self::RelationDecided { allow, .. } => {
                Some(if *allow { Verdict::Allow } else { Verdict::Deny })
            }
            Self::SignInSucceeded { .. }
            | Self::ApprovalGranted { .. }
            | Self::SecretTaken { .. }
            | Self::OwnRequestGranted { .. } => Some(Verdict::Allow),
            Self::OwnRequestFiled { .. } => Some(Verdict::Pending),
            Self::ClientAuthenticationFailed { .. }
            | Self::AccessDenied { .. }
            | Self::RefreshReuseDetected { .. }
            | Self::CodeReplayed { .. }
            | Self::SignInFailed { .. }
            | Self::SignInThrottled { .. }
            | Self::ConsentRefused { .. }
            | Self::PasswordChangeRefused { .. }
            | Self::ApprovalDenied { .. }
            | Self::ApprovalRefused { .. }
            | Self::SecretNotTaken { .. }
            | Self::OwnRequestDenied { .. } => Some(Verdict::Deny),
            other => other.evidence().map(|evidence| evidence.decision.verdict),
        }
    }
}
