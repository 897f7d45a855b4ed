//! What a person's yes to one request stands for in the decision that it is for, and in the token that comes of it.
//!
//! It is no grant of the directory: it raises the tier in this one decision, is used up with it, and no other request
//! finds it. Its grant id is in the token all the same, so that taking the yes back kills the token.

use chancery_audit::Text;
use chancery_kernel::ScopeSet;
use chancery_model::{Answer, Approval, Grant, Meta, Origin};
use chancery_oauth::ApprovalClaim;

use crate::mint::Authn;

/// As policy reads it.
pub(crate) fn grant(approval: &Approval) -> Grant {
    Grant {
        id: approval.grant,
        org: approval.org,
        origin: Origin::Approval,
        user: approval.user,
        client: approval.client,
        agent: approval.agent,
        application: approval.application,
        scopes: approval.scopes.clone(),
        until: None,
        purpose: None,
        meta: Meta::new(approval.meta.created),
    }
}

/// The person concerned read the scopes and said yes: that is a consent too.
pub(crate) fn with_consent(consented: Option<ScopeSet>, approval: Option<&Approval>) -> Option<ScopeSet> {
    let given = approval.map(|approval| approval.scopes.clone());
    match (consented, given) {
        (Some(one), Some(other)) => Some(one.union(&other)),
        (one, other) => one.or(other),
    }
}

/// The rule by which it was allowed, as events name it.
pub(crate) fn rule(approval: &Approval) -> Text {
    Text::new(&format!("approval {}", approval.id))
}

pub(crate) fn claim(approval: &Approval) -> ApprovalClaim {
    ApprovalClaim {
        id: approval.id,
        by: approval.approved_by().map(|answer| answer.by).collect(),
        seen: approval.seen.clone(),
        at: approval.approved_by().map(|answer| answer.at.seconds()).max().unwrap_or_default(),
    }
}

/// How the person concerned had proved themselves when they said yes; nothing where that is not known.
pub(crate) fn authn(approval: &Approval) -> Option<Authn> {
    let own = |answer: &&Answer| answer.by == approval.user;
    let answer = approval.approved_by().find(own)?;
    Some(Authn { at: answer.auth_time?, amr: answer.amr.clone() })
}
