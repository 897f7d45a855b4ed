//! The best so many that everybody may see, of candidates that come page by page: the caller asks its index for as many
//! more as the share of those that passed makes likely to be enough.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use chancery_kernel::{Fault, Outcome};

use super::filter::{Look, looked};
use super::{Filter, MOST_CANDIDATES};
use crate::access::{Asker, Here};
use crate::ask::{Ground, Terms};
use crate::{Authz, fault};

/// The pages asked for: never fewer, for fear of many round trips, and never more than one look takes.
const SMALLEST: usize = 10;

/// A search on its way.
pub struct Top {
    authz: Authz,
    here: Here,
    terms: Terms,
    filter: Filter,
    wanted: usize,
    have: usize,
    examined: usize,
    /// Hashes of what was on a page: a million names would be a hundred megabytes. Where two meet, the later one is passed over.
    seen: HashSet<u64>,
    hasher: RandomState,
}

/// What came of one page.
pub struct Round {
    pub ground: Ground,
    /// Those of this page that passed, and were not on one before.
    pub objects: Vec<String>,
    pub have: usize,
    pub examined: usize,
    /// How many candidates to send next; none: there are enough.
    pub next: usize,
    pub complete: bool,
    /// Candidates that could not be decided, and why: they did not pass.
    pub undecided: Vec<(String, Fault)>,
}

impl Authz {
    /// Begins a search; its first line says who, what and how many.
    pub async fn top(
        &self,
        asker: &Asker,
        store: &str,
        filter: Filter,
        at_least: Option<u64>,
    ) -> Outcome<Top> {
        let wanted = filter.limit.filter(|limit| (1..=MOST_CANDIDATES).contains(limit));
        let wanted = wanted.ok_or_else(|| {
            fault::invalid(format!("limit says how many are wanted: give 1 to {MOST_CANDIDATES}"))
        })?;
        let exactness = filter.consistency.with(at_least);
        let (asked, filter) = self.asked_of(asker, store, filter, at_least).await?;
        let model = crate::stores::ulid(asked.model.id);
        let (contextual, context) = (asked.contextual.clone(), Some(asked.context.clone()));
        let terms = Terms { model, contextual, context, exactness };
        let (authz, here) = (self.clone(), asked.here);
        let (seen, hasher) = Default::default();
        Ok(Top { authz, here, terms, filter, wanted, have: 0, examined: 0, seen, hasher })
    }
}

impl Top {
    /// Looks through one page, at the tuples as they are now.
    pub async fn page(&mut self, mut objects: Vec<String>) -> Outcome<Round> {
        if objects.len() > MOST_CANDIDATES {
            return Err(fault::invalid(format!("a page holds {MOST_CANDIDATES} candidates at most")));
        }
        if self.seen.len() + objects.len() > MOST_CANDIDATES * 100 {
            return Err(fault::too_many("this search has seen a million candidates: begin another"));
        }
        objects.retain(|object| self.seen.insert(self.hasher.hash_one(object)));
        let store = self.authz.db().hot().stores.find(self.here.store.org, self.here.store.id).cloned();
        self.here.store = store.ok_or_else(fault::no_store)?;
        self.here.check_key()?;
        let asked = self.authz.asked_here(self.here.clone(), self.terms.clone()).await?;
        let ground = asked.ground();
        let filter = Filter { objects, limit: Some(self.wanted - self.have), ..self.filter.clone() };
        let Look { allowed, examined, complete, undecided } = looked(asked, filter).await?;
        self.have += allowed.len();
        self.examined += examined;
        let (have, examined, next) = (self.have, self.examined, self.next());
        Ok(Round { ground, objects: allowed, have, examined, next, complete, undecided })
    }

    fn next(&self) -> usize {
        next_page(self.wanted, self.have, self.examined)
    }
}

/// So many more as the share that passed so far makes likely to be enough, with a tenth on top; twice what was looked at
/// where nothing passed.
fn next_page(wanted: usize, have: usize, examined: usize) -> usize {
    let missing = wanted.saturating_sub(have);
    if missing == 0 {
        return 0;
    }
    let likely = match have {
        0 => examined.saturating_mul(2),
        have => missing.saturating_mul(examined).div_ceil(have).saturating_mul(11).div_ceil(10),
    };
    likely.clamp(SMALLEST.max(missing), MOST_CANDIDATES)
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn pages_grow_as_fewer_pass_and_end_with_the_last_that_is_wanted() {
        assert_eq!(next_page(10, 10, 500), 0);
        assert_eq!(next_page(10, 0, 50), 100, "nothing passed: twice as many");
        assert_eq!(next_page(10, 5, 50), 55, "one in ten passed, five are missing");
        assert_eq!(next_page(10, 9, 10), 10, "never a page of two");
        assert_eq!(next_page(10_000, 1, 9_000), 10_000);
        assert_eq!(next_page(50, 0, 0), 50);
    }
}
