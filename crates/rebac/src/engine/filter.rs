//! Which of many candidates all of several subjects may reach: what retrieval asks after a search.

use super::bound::{Bound, PlanId};
use super::overlay::Overlay;
use super::question::Question;
use super::registry::TypeId;
use super::session::Session;
use super::subjects::User;
use crate::fault::Unanswered;

/// So many candidates are looked up together: their misses of the processor's cache overlap.
const ABREAST: usize = 16;

/// The candidates that all subjects may reach, and how far the list was gone through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filtered {
    /// Places in the list of candidates, in order.
    pub allowed: Vec<usize>,
    /// So many candidates were looked at, from the first.
    pub examined: usize,
    /// Whether that was all of them.
    pub exhausted: bool,
    /// Candidates that cannot be answered, and why; they are not allowed.
    pub unanswered: Vec<(usize, Unanswered)>,
}

/// A candidate in numbers.
type Found = Result<(PlanId, TypeId, u32), Unanswered>;

impl Question<'_> {
    /// Goes through the candidates (`type:id`) in their order until so many are found that every one of the users has the
    /// relation to. Without users, nothing is allowed.
    pub fn filter<T: AsRef<str>>(
        &self,
        users: &[&str],
        relation: &str,
        objects: &[T],
        most: usize,
    ) -> Result<Filtered, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            let asked: Result<Vec<User>, _> =
                users.iter().map(|user| self.user(bound, &mut overlay, user)).collect();
            let mut sessions: Vec<Session<'_>> =
                asked?.into_iter().map(|user| Session::new(self, bound, &overlay, user)).collect();
            let mut filtered = Filtered::default();
            for lot in objects.chunks(ABREAST) {
                let found = self.abreast(bound, &overlay, relation, lot);
                if filtered.go_through(&mut sessions, found, most) {
                    return Ok(filtered);
                }
            }
            filtered.exhausted = true;
            Ok(filtered)
        })
    }

    fn abreast<T: AsRef<str>>(
        &self,
        bound: &Bound,
        overlay: &Overlay,
        relation: &str,
        lot: &[T],
    ) -> Vec<Found> {
        let inner = &*self.graph.inner;
        let named: Vec<_> =
            lot.iter().map(|object| self.named_object(bound, object.as_ref(), relation)).collect();
        let hash = |sort, id: &str| {
            let names = inner.names(sort);
            let hash = names.map(|names| names.hash(id)).unwrap_or_default();
            names.inspect(|names| names.reach_for(hash));
            hash
        };
        let hashes: Vec<u64> = named
            .iter()
            .map(|one| one.as_ref().map(|(_, sort, id)| hash(*sort, id)).unwrap_or_default())
            .collect();
        let guess = |one: &Result<(PlanId, TypeId, &str), Unanswered>, hash| {
            let guess =
                one.as_ref().ok().and_then(|(_, sort, _)| Some((*sort, inner.names(*sort)?.guess(hash)?)));
            guess.inspect(|(sort, number)| inner.reach_for(*sort, *number))
        };
        let guesses: Vec<_> = named.iter().zip(&hashes).map(|(one, hash)| guess(one, *hash)).collect();
        let numbers = named.into_iter().zip(hashes).zip(guesses).map(|((one, hash), guess)| {
            let (plan, sort, id) = one?;
            let known = guess.and_then(|(_, guess)| inner.names(sort)?.confirm(id, hash, guess));
            // What no tuple names is reached by nobody.
            let number = known.or_else(|| overlay.own(sort, id)).unwrap_or(u32::MAX);
            Ok((plan, sort, number))
        });
        numbers.collect()
    }
}

impl Filtered {
    /// Whether enough is found, or the time is over.
    fn go_through(&mut self, sessions: &mut [Session<'_>], lot: Vec<Found>, most: usize) -> bool {
        for found in lot {
            if self.allowed.len() >= most {
                return true;
            }
            let verdict = found.and_then(|(plan, _, object)| {
                for session in sessions.iter_mut() {
                    if !session.check(plan, object)? {
                        return Ok(false);
                    }
                }
                Ok(!sessions.is_empty())
            });
            match verdict {
                Ok(true) => self.allowed.push(self.examined),
                Ok(false) => {}
                Err(Unanswered::Deadline) => return true,
                Err(fault) => self.unanswered.push((self.examined, fault)),
            }
            self.examined += 1;
        }
        false
    }
}
