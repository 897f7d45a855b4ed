//! Which of many candidates everybody may see.

use std::time::Duration;

use chancery_kernel::{Fault, Outcome};
use chancery_rebac::engine;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::write_rules;

use super::Filter;
use crate::access::Asker;
use crate::ask::{Asked, Ground, INLINE, PATIENCE, Terms};
use crate::{Authz, fault};

/// Candidates of one request.
pub const MOST_CANDIDATES: usize = 10_000;
/// Users that have to pass.
const MOST_USERS: usize = 10;
/// Candidates, each for each user, that are looked at in less than a millisecond.
const FEW: usize = 2_048;

/// Those that passed, in the order in which they came.
pub struct Filtered {
    pub ground: Ground,
    pub objects: Vec<String>,
    /// How many candidates were looked at: all, or up to the last one that was wanted.
    pub examined: usize,
    /// Whether all were looked at.
    pub exhausted: bool,
    /// False where the time was over first.
    pub complete: bool,
    /// Candidates that could not be decided, and why: they did not pass.
    pub undecided: Vec<(String, Fault)>,
}

/// How far one look got.
pub(super) struct Look {
    pub undecided: Vec<(String, Fault)>,
    pub allowed: Vec<String>,
    pub examined: usize,
    pub complete: bool,
}

impl Authz {
    pub async fn filter(
        &self,
        asker: &Asker,
        store: &str,
        filter: Filter,
        at_least: Option<u64>,
    ) -> Outcome<Filtered> {
        let (asked, filter) = self.asked_of(asker, store, filter, at_least).await?;
        if filter.objects.len() > MOST_CANDIDATES {
            return Err(fault::invalid(format!(
                "objects holds {} candidates: send {MOST_CANDIDATES} at most",
                filter.objects.len()
            )));
        }
        let (ground, all) = (asked.ground(), filter.objects.len());
        let Look { allowed, examined, complete, undecided } = looked(asked, filter).await?;
        Ok(Filtered { ground, objects: allowed, examined, exhausted: examined == all, complete, undecided })
    }

    /// What a filter asks, checked as far as it is the same for all candidates.
    pub(super) async fn asked_of(
        &self,
        asker: &Asker,
        store: &str,
        mut filter: Filter,
        at_least: Option<u64>,
    ) -> Outcome<(Asked, Filter)> {
        let terms = Terms {
            model: std::mem::take(&mut filter.authorization_model_id),
            contextual: std::mem::take(&mut filter.contextual_tuples).tuples(),
            context: filter.context.take(),
            exactness: filter.consistency.with(at_least),
        };
        let asked = self.asked(asker, store, terms).await?;
        if !(1..=MOST_USERS).contains(&filter.users.len()) {
            return Err(fault::invalid(format!("name 1 to {MOST_USERS} users: all of them have to pass")));
        }
        if filter.relation.is_empty() {
            return Err(fault::invalid("relation says what they have to be allowed, such as can_read"));
        }
        for user in &filter.users {
            write_rules::check_user(&asked.model.source, user)
                .map_err(|reason| fault::invalid(format!("{user}: {reason}")))?;
        }
        asked.check_contextual()?;
        Ok((asked, filter))
    }
}

/// Looks through the candidates: on this thread where those are few, since handing them to another takes as long.
pub(super) async fn looked(asked: Asked, filter: Filter) -> Outcome<Look> {
    if filter.objects.len() * filter.users.len() <= FEW {
        let found = find(&asked, &filter, INLINE)?;
        if is_complete(&filter, &found) {
            return Ok(told(filter, &found));
        }
    }
    asked.aside(move |asked| find(asked, &filter, PATIENCE).map(|found| told(filter, &found))).await?
}

fn find(asked: &Asked, filter: &Filter, patience: Duration) -> Outcome<engine::Filtered> {
    let wanted = filter.limit.unwrap_or(usize::MAX);
    let users: Vec<&str> = filter.users.iter().map(String::as_str).collect();
    let found = asked.within(patience, |q| q.filter(&users, &filter.relation, &filter.objects, wanted));
    found.map_err(|why| fault::unanswered(&why))
}

fn is_complete(filter: &Filter, found: &engine::Filtered) -> bool {
    found.exhausted || filter.limit.is_some_and(|wanted| found.allowed.len() >= wanted)
}

fn told(mut filter: Filter, found: &engine::Filtered) -> Look {
    let complete = is_complete(&filter, found);
    let undecided = found.unanswered.iter().filter_map(|(at, why)| match why {
        // What the model does not know is nothing to anybody.
        Unanswered::Invalid(_) => None,
        why => Some((filter.objects.get(*at)?.clone(), fault::unanswered(why))),
    });
    let undecided = undecided.collect();
    let taken = |at: &usize| filter.objects.get_mut(*at).map(std::mem::take);
    Look {
        undecided,
        allowed: found.allowed.iter().filter_map(taken).collect(),
        examined: found.examined,
        complete,
    }
}
