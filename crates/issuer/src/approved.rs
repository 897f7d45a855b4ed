//! What a person's yes to one request stands for in the decision that it is for, and in the token that comes of it.
//!
//! It is no grant of the directory: it raises the tier in this one decision, is used up with it, and no other request
//! finds it. Its grant id is in the token all the same, so that taking the yes back kills the token.

use std::sync::Arc;

use chancery_audit::Text;
use chancery_kernel::ScopeSet;
use chancery_model::{Answer, Approval, Grant, Meta, Origin};
use chancery_oauth::ApprovalClaim;
use chancery_policy::Proof;

use crate::decide::Ask;
use crate::grants::settle::Wanted;
use crate::mint::Authn;

/// As policy reads it.
pub(crate) fn grant(approval: &Approval) -> Grant {
    Grant {
        id: approval.grant,
        org: approval.org,
        origin: if approval.access.as_ref().is_some_and(|access| access.assigns) {
            Origin::Assignment
        } else {
            Origin::Approval
        },
        user: approval.user,
        client: approval.client,
        agent: approval.agent,
        application: approval.application,
        secret: None,
        run: None,
        scopes: approval.scopes.clone(),
        from: None,
        until: None,
        purpose: None,
        approved_by: Vec::new(),
        in_review: None,
        meta: Meta::new(approval.meta.created),
    }
}

/// What the client of this approval wants, as if the person concerned had said yes and nobody else had.
pub(crate) fn asked(approval: &Approval, issuer: Arc<str>) -> Wanted {
    Wanted {
        ask: Ask {
            org: approval.org,
            client: approval.client,
            chain: Vec::new(),
            user: Some((approval.user, Proof::Grant)),
            requested: approval.scopes.clone(),
            source: None,
            lifetime: approval.lifetime,
            approved: None,
        },
        resource: approval.resource.clone(),
        identity: approval.identity.clone(),
        grant_type: "ciba",
        run: None,
        session: None,
        family: None,
        authn: None,
        lease: None,
        issuer,
    }
}

/// The same with their yes, which they gave under their own sign-in.
pub(crate) fn given(approval: &Arc<Approval>, issuer: Arc<str>) -> Wanted {
    let wanted = asked(approval, issuer);
    Wanted {
        ask: Ask { approved: Some(approval.clone()), ..wanted.ask },
        run: approval.run,
        authn: authn(approval),
        ..wanted
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
