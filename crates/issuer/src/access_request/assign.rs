//! A request to be assigned to an application for a while: by an agent for itself, by a person for themselves or for an
//! agent that acts for them.
//!
//! It takes the yes of whoever answers for the application, and of those whom its scopes name; for an agent, that of the
//! person it acts for too, or of its sponsor where it acts for nobody. Nobody says yes to their own wish. What comes of it
//! counts like an assignment for good, for so long; tiers, consent and the rest are as they are.

use std::sync::Arc;

use chancery_kernel::{Fault, ScopeSet};
use chancery_model::{Application, ApproverRule, Approvers, FourEyes, Grant, Group, Need, Origin, Principal};
use chancery_policy::{Verdict, caller_text};
use chancery_store::Tx;
use chancery_store::hot::{Assigned, Hot};

use super::{Filing, draft};
use crate::decide::{self, Ask, Parties};

/// The scopes to be assigned, and whose yes that takes.
pub(super) fn lacking(
    tx: &Tx<'_>,
    filing: &Filing,
    parties: &Parties,
    application: &Arc<Application>,
) -> Result<(ScopeSet, Vec<Approvers>), Box<Fault>> {
    let refused = |fault: Fault| Err(Box::new(fault));
    let scopes = &filing.wanted.ask.requested;
    if application.builtin {
        // Else `requests.manage` and one yes would make an administrator.
        let text = "rights over this server are assigned by an administrator, and not asked for";
        return refused(Fault::forbidden("builtin", text));
    }
    if filing.access.extends.is_none() && is_assigned(tx, filing, parties, application) {
        return refused(Fault::conflict("nothing_to_ask", "this is assigned already: just use it"));
    }
    match as_if(tx, filing, parties, application) {
        Verdict::Deny(reasons) => {
            let text = format!("no assignment would help: {}", caller_text(&reasons));
            refused(Fault::forbidden("not_available", text))
        }
        Verdict::Allow(_) | Verdict::NeedsApproval { .. } | Verdict::NeedsConsent { .. } => {
            Ok((scopes.clone(), approvers(tx.hot(), parties, application, scopes)))
        }
    }
}

/// What would be decided with the assignment that is asked for.
fn as_if(tx: &Tx<'_>, filing: &Filing, parties: &Parties, application: &Arc<Application>) -> Verdict {
    let ask = &filing.wanted.ask;
    let Some(user) = parties.user.as_deref() else { return Verdict::Deny(Vec::new()) };
    let given = draft(tx, filing, parties, (user, application), (ask.requested.clone(), &[]));
    let person = ask.user.filter(|_| !filing.alone);
    let ask = Ask { user: person, approved: Some(Arc::new(given)), ..ask.clone() };
    let parties = Parties { user: parties.user.clone().filter(|_| !filing.alone), ..parties.clone() };
    decide::over(tx.hot(), tx.now(), &ask, parties, application).verdict
}

/// Whether it is assigned for good, or now for a while where it is not asked for a later time.
fn is_assigned(tx: &Tx<'_>, filing: &Filing, parties: &Parties, application: &Application) -> bool {
    let (hot, now, scopes) = (tx.hot(), tx.now(), &filing.wanted.ask.requested);
    let agent = parties.client.agent;
    let user = parties.user.as_deref().map(|user| user.id);
    let for_good = match (agent, user) {
        (Some(agent), _) => match hot.assignment(Principal::Agent(agent), application.id) {
            Some(assignment) => assignment.scopes.as_ref().is_none_or(|own| scopes.is_subset(own)),
            None => false,
        },
        (None, Some(user)) => match hot.assigned_user(user, application.id) {
            Assigned::No => false,
            Assigned::Fully => true,
            Assigned::To(own) => scopes.is_subset(&own),
        },
        (None, None) => false,
    };
    let lent = |grant: &Arc<Grant>| {
        grant.origin == Origin::Assignment
            && grant.agent == agent
            && grant.application == Some(application.id)
            && scopes.is_subset(&grant.scopes)
            && grant.in_force(now)
    };
    let held = user.map_or(&[][..], |user| hot.grants_of(user));
    for_good || filing.access.starts.is_none() && held.iter().any(lent)
}

/// Whoever answers for the application; where nobody does, or only whoever asks, the administrators. And those whom the
/// scopes name.
fn approvers(hot: &Hot, parties: &Parties, application: &Application, scopes: &ScopeSet) -> Vec<Approvers> {
    let asks = parties.user.as_deref().map(|user| user.id);
    let owner = application.owner.filter(|owner| Some(*owner) != asks);
    let owner = owner.and_then(|id| hot.users.find(application.org, id)).filter(|user| user.is_active());
    let group = hot.groups.of(application.org).find(|group| group.name == Group::ADMINISTRATORS);
    let who = match (owner, group) {
        (None, Some(group)) => ApproverRule::Group { group: group.id },
        (Some(_), _) | (None, None) => ApproverRule::ApplicationOwner,
    };
    let first = Approvers(vec![Need { who, four_eyes: FourEyes::NotRequester, ..Need::default() }]);
    let of_scopes = application.scopes.iter().filter(|rule| scopes.contains(rule.name.as_str()));
    std::iter::once(first).chain(of_scopes.filter_map(|rule| rule.approver.clone())).collect()
}
