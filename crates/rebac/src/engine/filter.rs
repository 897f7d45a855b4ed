//! Which of many candidates all of several subjects may reach: what retrieval asks after a search.

use super::bound::{Bound, PlanId};
use super::graph::Inner;
use super::overlay::Overlay;
use super::page::{Record, SLOTS};
use super::question::{Question, bears_out};
use super::quick::{Quick, reach_above};
use super::registry::TypeId;
use super::session::Session;
use super::subjects::User;
use crate::fault::Unanswered;

/// So many candidates are looked up together: their misses of the processor's cache overlap.
const ABREAST: usize = 32;

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

/// One of the users that have to pass.
struct Asker<'a> {
    quick: Option<Quick<'a>>,
    session: Session<'a>,
}

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
            let asker = |user| Asker {
                quick: Quick::new(bound, inner, &overlay, user),
                session: Session::new(self, bound, &overlay, user),
            };
            let mut askers: Vec<Asker<'_>> = asked?.into_iter().map(asker).collect();
            let (mut filtered, mut found) = (Filtered::default(), Vec::with_capacity(ABREAST));
            for lot in objects.chunks(ABREAST) {
                self.abreast(bound, &overlay, relation, lot, &mut found);
                if filtered.go_through(inner, &mut askers, found.drain(..), most) {
                    return Ok(filtered);
                }
            }
            filtered.exhausted = true;
            Ok(filtered)
        })
    }

    /// Candidates in numbers, step by step: each step has what the next one looks at come into the processor's cache.
    fn abreast<T: AsRef<str>>(
        &self,
        bound: &Bound,
        overlay: &Overlay,
        relation: &str,
        lot: &[T],
        found: &mut Vec<Found>,
    ) {
        let inner = &*self.graph.inner;
        let mut looked = self.looked(bound, relation, lot);
        self.reach_for(bound, &mut looked);
        found.extend(lot.iter().zip(looked).map(|(object, one)| {
            if !one.known {
                let named = self.named_object(bound, object.as_ref(), relation);
                return named.map(|(plan, sort, _)| (plan, sort, u32::MAX));
            }
            let known = one.guess.and_then(|guess| inner.names(one.sort)?.confirm(one.id, one.hash, guess));
            // What no tuple names is reached by nobody.
            let number = known.or_else(|| overlay.own(one.sort, one.id)).unwrap_or(u32::MAX);
            Ok((one.plan, one.sort, number))
        }));
    }

    /// Guesses their numbers, in loops that do nothing else, so that the processor waits for many of them at once.
    fn reach_for(&self, bound: &Bound, looked: &mut [Looked<'_>]) {
        let inner = &*self.graph.inner;
        for one in looked.iter().filter(|one| one.known) {
            inner.names(one.sort).inspect(|names| names.reach_for(one.hash));
        }
        for one in looked.iter_mut().filter(|one| one.known) {
            one.guess = inner.names(one.sort).and_then(|names| names.guess(one.hash));
        }
        let guessed = || looked.iter().filter_map(|one| Some((one, one.guess?)));
        let names = |sort, id| inner.names(sort)?.page(id);
        for (one, guess) in guessed() {
            names(one.sort, guess).inspect(|names| names.reach_for(guess));
            inner.page(one.sort, guess).inspect(|page| page.reach_for(guess as usize % SLOTS));
        }
        for (one, guess) in guessed() {
            names(one.sort, guess).inspect(|names| names.reach_for_text(guess));
            inner.page(one.sort, guess).inspect(|page| page.reach_for_record(guess as usize % SLOTS));
        }
        for (one, guess) in guessed() {
            if let Some(plan) = bound.plan(one.plan) {
                reach_above(bound, plan, inner.forward(one.sort, guess));
            }
        }
    }

    /// What the names of candidates say by themselves.
    fn looked<'c, T: AsRef<str>>(
        &self,
        bound: &Bound,
        relation: &str,
        lot: &'c [T],
    ) -> [Looked<'c>; ABREAST] {
        let mut looked = [Looked::default(); ABREAST];
        // Neighbours are mostly of one type.
        let mut last: Option<(&str, TypeId, PlanId)> = None;
        for (object, one) in lot.iter().zip(&mut looked) {
            let parts = object.as_ref().split_once(':').filter(|(_, id)| !matches!(*id, "" | "*"));
            let Some((type_name, id)) = parts else { continue };
            if last.is_none_or(|(known, _, _)| known != type_name) {
                let known = self.relation(bound, type_name, relation).ok();
                last = known.map(|(sort, plan)| (type_name, sort, plan));
            }
            let Some((_, sort, plan)) = last else { continue };
            let hash = self.graph.inner.names(sort).map(|names| names.hash(id)).unwrap_or_default();
            *one = Looked { known: true, sort, plan, id, hash, guess: None };
        }
        looked
    }
}

/// A candidate on its way to its number.
#[derive(Clone, Copy, Default)]
struct Looked<'c> {
    /// Whether it is of a type that has the relation.
    known: bool,
    sort: TypeId,
    plan: PlanId,
    id: &'c str,
    hash: u64,
    guess: Option<u32>,
}

impl Asker<'_> {
    fn check(&mut self, plan: PlanId, object: u32, record: Record<'_>) -> Result<bool, Unanswered> {
        let bound = self.session.bound;
        let quick =
            self.quick.as_mut().zip(bound.plan(plan)).and_then(|(quick, plan)| quick.check(plan, record));
        match quick {
            Some(answer) if !self.session.is_over() => {
                debug_assert!(
                    bears_out(&self.session.check(plan, object), answer),
                    "the short way leads elsewhere"
                );
                Ok(answer)
            }
            Some(_) => Err(Unanswered::Deadline),
            None => self.session.check(plan, object),
        }
    }
}

impl Filtered {
    /// Whether enough is found, or the time is over.
    fn go_through(
        &mut self,
        inner: &Inner,
        askers: &mut [Asker<'_>],
        lot: impl Iterator<Item = Found>,
        most: usize,
    ) -> bool {
        for found in lot {
            if self.allowed.len() >= most {
                return true;
            }
            let verdict = found.and_then(|(plan, sort, object)| {
                let record = inner.forward(sort, object);
                for asker in askers.iter_mut() {
                    if !asker.check(plan, object, record)? {
                        return Ok(false);
                    }
                }
                Ok(!askers.is_empty())
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
