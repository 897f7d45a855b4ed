//! Which scopes come out: each one is held against every actor's assignment and tier, the human's assignment, the
//! consent and the source.

use chancery_kernel::{Scope, ScopeSet};
use chancery_model::{Approvers, Grant, Origin, ScopeRule, Tier};

use crate::assigned::{self, Held};
use crate::case::{Case, Face};
use crate::facts::{ActorFacts, HumanFacts};
use crate::reason::Reason;

pub(crate) enum Judged {
    Free(ScopeSet),
    Consent(ScopeSet),
    Approval(ScopeSet, Vec<Approvers>),
    Refused,
}

/// What stands between one scope and the caller; the number says which actor. Small and free to make, so that the
/// allow path explains nothing.
#[derive(Clone, Copy)]
enum Hindrance {
    Consent,
    Approval(usize),
    Unknown,
    ActorLacks(usize),
    ToolLacks,
    HumanLacks,
    Never(usize),
    NobodyToAsk(usize),
    BeyondSource,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Free,
    Approval,
    Consent,
    Refused,
}

impl Hindrance {
    const fn standing(self) -> Standing {
        match self {
            Self::Consent => Standing::Consent,
            Self::Approval(_) => Standing::Approval,
            _ => Standing::Refused,
        }
    }
}

/// Judges the scopes asked for. A named scope is never dropped silently: one that cannot be had refuses them all.
pub(crate) fn judge(case: &Case<'_>, reasons: &mut Vec<Reason>) -> Judged {
    if case.requested.is_empty() {
        return defaults(case, reasons);
    }
    let worst = case.requested.iter().map(|s| standing(case, s)).max().unwrap_or(Standing::Refused);
    if worst == Standing::Free {
        return Judged::Free(case.requested.clone());
    }
    let clean = reasons.is_empty();
    case.requested.iter().for_each(|scope| explain(case, scope, reasons));
    match worst {
        Standing::Consent if clean => Judged::Consent(lacking_consent(case, case.requested.iter())),
        Standing::Approval if clean => awaiting_approval(case),
        _ => Judged::Refused,
    }
}

/// No scope named: those that come out allowed without asking; if only the consent is missing, that is asked for.
fn defaults(case: &Case<'_>, reasons: &mut Vec<Reason>) -> Judged {
    if !reasons.is_empty() {
        return Judged::Refused;
    }
    let names = || case.application.scopes.iter().map(|rule| &rule.name);
    let with = |wanted: Standing| names().filter(move |name| standing(case, name) == wanted);
    let free: ScopeSet = with(Standing::Free).cloned().collect();
    if !free.is_empty() {
        return Judged::Free(free);
    }
    // A scope that would need an approval too is not among the defaults, with or without consent.
    let agreeable: ScopeSet =
        with(Standing::Consent).filter(|name| !awaits_approval(case, name)).cloned().collect();
    if !agreeable.is_empty() {
        agreeable.iter().for_each(|scope| explain(case, scope, reasons));
        return Judged::Consent(agreeable);
    }
    names().for_each(|scope| explain(case, scope, reasons));
    reasons.push(Reason::NothingAllowed { application: case.application.into() });
    Judged::Refused
}

fn standing(case: &Case<'_>, scope: &Scope) -> Standing {
    let mut worst = Standing::Free;
    hindrances(case, scope, &mut |h| worst = worst.max(h.standing()));
    worst
}

fn awaits_approval(case: &Case<'_>, scope: &Scope) -> bool {
    let mut found = false;
    hindrances(case, scope, &mut |h| found |= matches!(h, Hindrance::Approval(_)));
    found
}

fn lacking_consent<'s>(case: &Case<'_>, scopes: impl Iterator<Item = &'s Scope>) -> ScopeSet {
    scopes.filter(|s| case.lacks_consent(s.as_str())).cloned().collect()
}

/// The approval to ask for first: that of the actor nearest to the caller who needs one.
fn awaiting_approval(case: &Case<'_>) -> Judged {
    let needed_by = |wanted: usize| -> ScopeSet {
        let asks = |scope: &&Scope| {
            let mut found = false;
            hindrances(case, scope, &mut |h| found |= matches!(h, Hindrance::Approval(i) if i == wanted));
            found
        };
        case.requested.iter().filter(asks).cloned().collect()
    };
    for (i, actor) in case.actors().iter().enumerate() {
        let scopes = needed_by(i);
        if !scopes.is_empty() {
            let own = case.application.scopes.iter().filter(|rule| scopes.contains(rule.name.as_str()));
            let own = own.filter_map(|rule| rule.approver.clone());
            let rules = actor.connection.map(|c| c.approver.clone()).into_iter().chain(own).collect();
            return Judged::Approval(scopes, rules);
        }
    }
    Judged::Refused
}

fn hindrances(case: &Case<'_>, scope: &Scope, tell: &mut dyn FnMut(Hindrance)) {
    let name = scope.as_str();
    let Some(rule) = case.application.rule(name) else {
        tell(Hindrance::Unknown);
        return;
    };
    for (i, actor) in case.actors().iter().enumerate() {
        of_actor(case, rule, i, actor, tell);
    }
    if let Face::Tool(_, assignment) = case.face
        && lacks(assignment.and_then(|a| a.scopes.as_ref()), name)
    {
        tell(Hindrance::ToolLacks);
    }
    if human_lacks(case, name) {
        tell(Hindrance::HumanLacks);
    }
    if case.lacks_consent(name) {
        tell(Hindrance::Consent);
    }
    if case.source.is_some_and(|s| lacks(s.scopes, name)) {
        tell(Hindrance::BeyondSource);
    }
}

fn of_actor(
    case: &Case<'_>,
    rule: &ScopeRule,
    i: usize,
    actor: &ActorFacts<'_>,
    tell: &mut dyn FnMut(Hindrance),
) {
    if actor_lacks(case, actor, rule.name.as_str()) {
        tell(Hindrance::ActorLacks(i));
    }
    match tier(actor, rule) {
        Tier::Auto => {}
        Tier::Never => tell(Hindrance::Never(i)),
        Tier::Approval if matches!(case.human, HumanFacts::Absent) => tell(Hindrance::NobodyToAsk(i)),
        Tier::Approval if approval(case, actor, rule.name.as_str()).is_none() => tell(Hindrance::Approval(i)),
        Tier::Approval => {}
    }
}

/// An absent list means all; a missing assignment has been refused already.
fn lacks(scopes: Option<&ScopeSet>, name: &str) -> bool {
    scopes.is_some_and(|s| !s.contains(name))
}

/// Whoever is not assigned at all has been refused already, and lacks no scope in particular.
fn actor_lacks(case: &Case<'_>, actor: &ActorFacts<'_>, name: &str) -> bool {
    matches!(assigned::actor(case, actor, name), Held::No) && assigned::is_actor(case, actor)
}

fn human_lacks(case: &Case<'_>, name: &str) -> bool {
    let assigned = || case.person().is_some_and(|(_, s)| s.is_some()) || assigned::is_human_for_a_while(case);
    matches!(assigned::human(case, name), Held::No) && assigned()
}

/// The connection's word, else the application's.
pub(crate) fn tier(actor: &ActorFacts<'_>, rule: &ScopeRule) -> Tier {
    actor.connection.and_then(|c| c.tier(rule.name.as_str())).unwrap_or(rule.tier)
}

/// The approval in force for this agent, this human and this scope; of several the one that lasts longest.
pub(crate) fn approval<'a>(case: &Case<'a>, actor: &ActorFacts<'_>, scope: &str) -> Option<&'a Grant> {
    let (user, _) = case.person()?;
    case.grants
        .iter()
        .copied()
        .filter(|g| {
            g.origin == Origin::Approval
                && g.org == case.org
                && g.user == user.id
                && g.agent == Some(actor.agent.id)
                && g.application == Some(case.application.id)
                && g.scopes.contains(scope)
                && g.in_force(case.now)
        })
        .max_by_key(|g| g.until.map_or(i64::MAX, chancery_kernel::Timestamp::micros))
}

fn explain(case: &Case<'_>, scope: &Scope, out: &mut Vec<Reason>) {
    hindrances(case, scope, &mut |h| out.extend(reason(case, scope.clone(), h)));
}

fn reason(case: &Case<'_>, scope: Scope, hindrance: Hindrance) -> Option<Reason> {
    let application = case.application.into();
    let agent = |i: usize| case.actors().get(i).map(|a| a.agent.into());
    let user = || case.person().map(|(user, _)| user.into());
    Some(match hindrance {
        Hindrance::Unknown => Reason::ScopeUnknown { application, scope },
        Hindrance::BeyondSource => Reason::BeyondSource { scope },
        Hindrance::ActorLacks(i) => Reason::AgentScopeNotAssigned { agent: agent(i)?, application, scope },
        Hindrance::Never(i) => Reason::ScopeNever { agent: agent(i)?, application, scope },
        Hindrance::NobodyToAsk(i) => Reason::ApprovalNeedsPerson { agent: agent(i)?, application, scope },
        Hindrance::Approval(i) => Reason::ApprovalRequired { agent: agent(i)?, application, scope },
        Hindrance::HumanLacks => Reason::HumanScopeNotAssigned { user: user()?, application, scope },
        Hindrance::Consent => Reason::ConsentRequired { user: user()?, application, scope },
        Hindrance::ToolLacks => match case.face {
            Face::Tool(client, _) => {
                Reason::ClientScopeNotAssigned { client: client.into(), application, scope }
            }
            Face::Agents(_) | Face::Page(_) => return None,
        },
    })
}
