//! The sides of `and` and `but not`.
//!
//! Where a way leads back to itself, nothing is proven. In a union that is a no like any other; below `but not` it must
//! deny as well, so there a no has to be certain. A walk that ends without a yes has seen every place there is to see;
//! it then looks whether those lead round in a circle. Verdicts of yes and of a certain no rest on nothing that led
//! there, so they are remembered for as long as the question lasts.

use super::bound::{Boolean, PlanId, What};
use super::page::Members;
use super::seen::{pair, parts};
use super::session::{Manner, Session, Verdict};
use crate::fault::Unanswered;

/// Whether a place's ways have been followed to their ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Closed,
}

impl<'a> Session<'a> {
    pub(super) fn boolean(&mut self, boolean: &'a Boolean, object: u32, manner: Manner) -> Verdict {
        match boolean {
            Boolean::All(operands) => self.all(operands, object, manner),
            Boolean::Except { base, subtract } => self.except(*base, *subtract, object, manner),
        }
    }

    fn all(&mut self, operands: &[PlanId], object: u32, manner: Manner) -> Verdict {
        let mut result = Verdict::Yes;
        for operand in operands {
            match (result, self.operand(*operand, object, manner)) {
                (_, denial @ (Verdict::No | Verdict::Cycle)) if !manner.careful => return denial,
                (_, Verdict::Cycle) => return Verdict::Cycle,
                (_, Verdict::No) => result = Verdict::No,
                (Verdict::Yes, Verdict::Unknown) => result = Verdict::Unknown,
                _ => {}
            }
        }
        result
    }

    fn except(&mut self, base: PlanId, subtract: PlanId, object: u32, manner: Manner) -> Verdict {
        let base = self.operand(base, object, manner);
        if base == Verdict::Cycle || (base == Verdict::No && !manner.careful) {
            return base;
        }
        match (base, self.operand(subtract, object, Manner { careful: true, ..manner })) {
            (_, Verdict::Cycle) => Verdict::Cycle,
            (Verdict::No, _) | (_, Verdict::Yes) => Verdict::No,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (base, Verdict::No) => base,
        }
    }

    pub(super) fn operand(&mut self, plan: PlanId, object: u32, manner: Manner) -> Verdict {
        let place = pair(plan, object);
        // The sides of the question itself are asked once; those further on, and sides of sides, may be met again.
        let again = manner.steps > 0 || !self.path.is_empty();
        if again && let Some(known) = self.known.get(&(place, manner.careful)) {
            return *known;
        }
        if self.path.contains(&place) {
            return self.round(plan);
        }
        if self.is_too_deep(manner) {
            return self.fail(Unanswered::TooComplex);
        }
        self.path.push(place);
        let mut verdict = self.union(plan, object, manner);
        let circular = self.bound.plan(plan).is_some_and(|plan| plan.circular);
        if verdict == Verdict::No && manner.careful && circular {
            verdict = self.certain(place);
        }
        self.path.pop();
        if again && matches!(verdict, Verdict::Yes | Verdict::No) {
            self.known.insert((place, manner.careful), verdict);
        }
        verdict
    }

    /// No, unless one of the ways from a place leads round in a circle in which the user could be.
    pub(super) fn certain(&mut self, place: u64) -> Verdict {
        match self.circle(place, |_, _| true) {
            Verdict::Cycle if !self.leads(parts(place).0) => Verdict::No,
            // Only now, since that is rare.
            Verdict::Cycle => self.circle(place, Self::leads),
            verdict => verdict,
        }
    }

    fn circle(&mut self, place: u64, counts: impl Fn(&mut Self, PlanId) -> bool) -> Verdict {
        let mut marks = std::collections::HashMap::with_hasher(self.bound.key);
        let mut path: Vec<(u64, Vec<u64>)> = vec![(place, self.ways(place))];
        marks.insert(place, Mark::Open);
        while let Some((place, ways)) = path.last_mut() {
            let Some(next) = ways.pop() else {
                marks.insert(*place, Mark::Closed);
                path.pop();
                continue;
            };
            match marks.get(&next) {
                Some(Mark::Open) => return Verdict::Cycle,
                Some(Mark::Closed) => {}
                None if !counts(self, parts(next).0) => {}
                None if self.is_over() => return self.fail(Unanswered::Deadline),
                None => {
                    marks.insert(next, Mark::Open);
                    path.push((next, self.ways(next)));
                }
            }
        }
        Verdict::No
    }

    /// The places to which the tuples of a place lead.
    fn ways(&mut self, place: u64) -> Vec<u64> {
        let (id, object) = parts(place);
        let Some(plan) = self.bound.plan(id) else { return Vec::new() };
        let mut ways = Vec::new();
        for action in &plan.actions {
            let (What::Userset { plan: next, .. } | What::Parent { plan: next }) = action.what else {
                continue;
            };
            let stored = self.inner.forward(plan.sort, object).members(action.class);
            let brought = self.overlay.forward(plan.sort, object).find(|entry| entry.class == action.class);
            let brought = brought.map(|entry| entry.members);
            let mut follow = |members: Option<Members<'_>>, stored: bool| {
                for (subject, context) in members.into_iter().flat_map(Members::each) {
                    let leads = match self.holds(action, object, subject, context, stored) {
                        Verdict::Unknown => self.membership_first,
                        counts => counts == Verdict::Yes,
                    };
                    ways.extend(leads.then(|| pair(next, subject)));
                }
            };
            follow(stored, true);
            follow(brought, false);
        }
        ways
    }
}
