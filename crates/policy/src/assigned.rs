//! Who is assigned: for good, by the directory, or for a while, by a request that was granted. What is assigned for a while
//! counts beside what is assigned for good, for the one it names and nobody else.

use chancery_kernel::{AgentId, UserId};
use chancery_model::{Assignment, Grant, Origin, Principal};

use crate::case::Case;
use crate::facts::ActorFacts;

/// How somebody has a scope by assignment.
pub(crate) enum Held<'a> {
    No,
    ForGood,
    /// As long as this lasts; of several that which lasts longest.
    ForAWhile(&'a Grant),
}

/// Whether this is the assignment of that principal to this application, and not another one passed by mistake.
pub(crate) fn holds(case: &Case<'_>, assignment: Option<&Assignment>, principal: Principal) -> bool {
    assignment.is_some_and(|a| {
        a.org == case.org && a.principal == principal && a.application == case.application.id
    })
}

/// Whether the agent is assigned at all.
pub(crate) fn is_actor(case: &Case<'_>, actor: &ActorFacts<'_>) -> bool {
    holds(case, actor.assignment, Principal::Agent(actor.agent.id))
        || lent_to_actor(case, actor).next().is_some()
}

/// The same for one scope.
pub(crate) fn actor<'a>(case: &Case<'a>, actor: &ActorFacts<'_>, scope: &str) -> Held<'a> {
    let own = actor.assignment.filter(|a| holds(case, Some(a), Principal::Agent(actor.agent.id)));
    if own.is_some_and(|a| a.scopes.as_ref().is_none_or(|scopes| scopes.contains(scope))) {
        return Held::ForGood;
    }
    longest(lent_to_actor(case, actor), scope)
}

/// Whether the human is assigned for a while, if not for good.
pub(crate) fn is_human_for_a_while(case: &Case<'_>) -> bool {
    lent_to_human(case).next().is_some()
}

/// How the human has a scope; without one there is nobody who could lack it.
pub(crate) fn human<'a>(case: &Case<'a>, scope: &str) -> Held<'a> {
    match case.person() {
        None => Held::ForGood,
        Some((_, Some(scopes))) if scopes.contains(scope) => Held::ForGood,
        Some(_) => longest(lent_to_human(case), scope),
    }
}

fn longest<'a>(lent: impl Iterator<Item = &'a Grant>, scope: &str) -> Held<'a> {
    let covering = lent.filter(|grant| grant.scopes.contains(scope));
    let longest = covering.max_by_key(|g| g.until.map_or(i64::MAX, chancery_kernel::Timestamp::micros));
    longest.map_or(Held::No, Held::ForAWhile)
}

/// To the agent, for the person it acts for. One that acts for nobody acts at the word of its sponsor.
fn lent_to_actor<'a>(case: &Case<'a>, actor: &ActorFacts<'_>) -> impl Iterator<Item = &'a Grant> {
    let user = if case.has_human() { case.person().map(|(user, _)| user.id) } else { actor.agent.sponsor };
    lent(case, user, Some(actor.agent.id))
}

fn lent_to_human<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Grant> {
    lent(case, case.person().map(|(user, _)| user.id), None)
}

fn lent<'a>(
    case: &Case<'a>,
    user: Option<UserId>,
    agent: Option<AgentId>,
) -> impl Iterator<Item = &'a Grant> {
    let (org, now, application) = (case.org, case.now, case.application.id);
    case.grants.iter().copied().filter(move |g| {
        g.origin == Origin::Assignment
            && g.org == org
            && Some(g.user) == user
            && g.agent == agent
            && g.application == Some(application)
            && g.in_force(now)
    })
}
