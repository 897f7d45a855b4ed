//! How long: the least of all limits (domain: "Derived ⊆ source, always").

use chancery_kernel::{GrantId, ScopeSet, Seconds, Timestamp};
use chancery_model::{Application, Grant, Tier};

use crate::assigned::{self, Held};
use crate::case::{Case, Face};
use crate::facts::ActorFacts;
use crate::scopes::{approval, tier};

/// Longest chain of agents that may act (RFC 8693 §4.1 sets none; the actor profile and we set five).
pub const DEEPEST_CHAIN: usize = 5;

/// The lifetime for these scopes, and the approvals they rest on.
pub(crate) fn bounds(case: &Case<'_>, scopes: &ScopeSet) -> (Seconds, Vec<GrantId>) {
    let mut least = Least { now: case.now, seconds: case.application.token_lifetime };
    if matches!(case.face, Face::Agents(_)) {
        least.seconds(Some(Application::LONGEST_LIFETIME));
    }
    least.seconds(case.lifetime_wanted);
    least.seconds(case.source.map(|s| s.remaining));
    let mut grants = Vec::new();
    for actor in case.actors() {
        least.until(actor.agent.expires);
        least.until(actor.connection.and_then(|c| c.ends));
        least.seconds(actor.connection.and_then(|c| c.longest_lifetime));
        approvals(case, actor, scopes, &mut least, &mut grants);
    }
    assignments(case, scopes, &mut least, &mut grants);
    (least.seconds, grants)
}

fn approvals(
    case: &Case<'_>,
    actor: &ActorFacts<'_>,
    scopes: &ScopeSet,
    least: &mut Least,
    used: &mut Vec<GrantId>,
) {
    for scope in scopes {
        let asks = case.application.rule(scope.as_str()).is_some_and(|r| tier(actor, r) == Tier::Approval);
        if let Some(grant) = asks.then(|| approval(case, actor, scope.as_str())).flatten() {
            least.rests_on(grant, used);
        }
    }
}

/// What somebody is assigned for a while ends then.
fn assignments(case: &Case<'_>, scopes: &ScopeSet, least: &mut Least, used: &mut Vec<GrantId>) {
    for scope in scopes.iter().map(|scope| scope.as_str()) {
        let of_actors = case.actors().iter().map(|actor| assigned::actor(case, actor, scope));
        for held in of_actors.chain([assigned::human(case, scope)]) {
            if let Held::ForAWhile(grant) = held {
                least.rests_on(grant, used);
            }
        }
    }
}

struct Least {
    now: Timestamp,
    seconds: Seconds,
}

impl Least {
    fn seconds(&mut self, limit: Option<Seconds>) {
        if let Some(limit) = limit {
            self.seconds = self.seconds.min(limit);
        }
    }

    fn rests_on(&mut self, grant: &Grant, used: &mut Vec<GrantId>) {
        self.until(grant.until);
        if !used.contains(&grant.id) {
            used.push(grant.id);
        }
    }

    fn until(&mut self, end: Option<Timestamp>) {
        self.seconds(end.map(|end| end.since(self.now)));
    }
}
