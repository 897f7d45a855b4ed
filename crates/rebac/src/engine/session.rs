//! Checking for one user: from objects towards whoever may reach them.
//!
//! A union, however deep, is one walk by breadth over places (a plan on an object) with one memory of where it has been; only `and`
//! and `but not` begin new ones. Below `but not` the walk is *careful*: what cannot be decided without going in a circle must
//! not come out as a plain no there, since that would allow (see `sides`).

use std::collections::{HashMap, HashSet};

use super::bound::{Action, Bound, Plan, PlanId};
use super::graph::Inner;
use super::hash::HashKey;
use super::leads::Leads;
use super::literal::Literal;
use super::overlay::Overlay;
use super::page::Entry;
use super::question::Question;
use super::registry::Kind;
use super::seen::{pair, parts};
use super::subjects::{Subjects, User};
use crate::condition::EvalError;
use crate::fault::Unanswered;
use crate::model::AuthorizationModel;
use crate::tuple::{Context, Tuple};

/// Steps from tuple to tuple after which OpenFGA gives up. A walk by unions goes to its end, however deep that is; but sides
/// of `and` and `but not` that are still open by then are as many as may be (each is a call within a call).
pub(super) const MOST_STEPS: u32 = 25;
/// So many objects are looked at between two looks at the clock.
const BREATH: u32 = 256;
/// Up to here, what a walk has met is looked through; beyond, it is looked up.
const NEAR: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// No, because the answer would have rested on itself: that denies on either side of `and` and `but not`.
    Cycle,
    /// There is a fault, which the answer rests on.
    Unknown,
}

/// How a place is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Steps from tuple to tuple that led here.
    pub steps: u32,
    pub careful: bool,
}

/// One walk: where its part of the list begins, and a set of it when it is long.
pub(super) struct Front<'a> {
    base: usize,
    far: Option<HashSet<u64, HashKey>>,
    pub(super) careful: bool,
    /// Tuples that lead on if a condition is met that cannot be evaluated; they are followed after all others.
    pub(super) doubts: Vec<Doubt<'a>>,
    /// They are being followed: what allows now is not certain.
    pub(super) doubting: bool,
}

/// A tuple that may count, and the plan it leads on to.
pub(super) struct Doubt<'a> {
    pub action: &'a Action,
    pub object: u32,
    pub subject: u32,
    pub context: u32,
    pub plan: PlanId,
}

pub(super) struct Session<'a> {
    pub bound: &'a Bound,
    pub inner: &'a Inner,
    pub overlay: &'a Overlay,
    pub over: &'a dyn Fn() -> bool,
    pub user: User,
    /// A condition that cannot be evaluated matters only on a tuple whose userset or parent the user has.
    pub membership_first: bool,
    model: &'a AuthorizationModel,
    pub(super) contextual: &'a [Tuple],
    pub(super) context: &'a Context,
    subjects: Option<Subjects>,
    /// Found out where something goes round in a circle.
    leads: Option<Leads>,
    /// What the walks that are under way have met, the inner ones after the outer ones.
    walk: Vec<u64>,
    /// The first of its kind.
    fault: Option<Unanswered>,
    stopped: bool,
    looked: u32,
    /// Sides of `and` and `but not` that are being answered.
    pub(super) path: Vec<u64>,
    pub(super) known: HashMap<(u64, bool), Verdict, HashKey>,
    pub(super) evaluated: HashMap<(u32, u32), Result<bool, EvalError>, HashKey>,
}

impl<'a> Session<'a> {
    pub(super) fn new(question: &Question<'a>, bound: &'a Bound, overlay: &'a Overlay, user: User) -> Self {
        Self {
            bound,
            inner: &question.graph.inner,
            overlay,
            over: question.over,
            user,
            membership_first: false,
            model: question.model.model(),
            contextual: question.contextual,
            context: question.context,
            subjects: None,
            leads: None,
            walk: Vec::with_capacity(NEAR),
            fault: None,
            stopped: false,
            looked: 0,
            path: Vec::new(),
            known: HashMap::with_hasher(bound.key),
            evaluated: HashMap::with_hasher(bound.key),
        }
    }

    /// Whether the plan allows the user on an object. Where a condition that cannot be evaluated keeps OpenFGA from an answer,
    /// it is asked again in which places that condition matters: on a tuple that leads nowhere for this user it does not.
    pub(super) fn check(&mut self, plan: PlanId, object: u32) -> Result<bool, Unanswered> {
        match self.check_by(plan, object, false) {
            Err(Unanswered::Condition { .. } | Unanswered::Parameter { .. }) => {
                self.check_by(plan, object, true)
            }
            answer => answer,
        }
    }

    fn check_by(&mut self, plan: PlanId, object: u32, membership_first: bool) -> Result<bool, Unanswered> {
        if self.membership_first != membership_first {
            self.membership_first = membership_first;
            self.known.clear();
        }
        let verdict = match self.bound.plan(plan) {
            Some(knotted) if knotted.knotted => self.literal(knotted, object),
            _ => self.union(plan, object, Manner { steps: 0, careful: false }),
        };
        let fault = self.fault.take();
        match (verdict, fault) {
            (_, Some(Unanswered::Deadline)) => Err(Unanswered::Deadline),
            (Verdict::Yes, _) => Ok(true),
            (Verdict::No | Verdict::Cycle, _) => Ok(false),
            (Verdict::Unknown, fault) => Err(fault.unwrap_or(Unanswered::TooComplex)),
        }
    }

    fn literal(&mut self, plan: &Plan, object: u32) -> Verdict {
        let (words, model) = (self.inner.registry.words(), self.model);
        let relation = plan.includes.first().map_or("", |relation| words.relation_name(*relation));
        Literal::new(self, model, &words).visit(plan.sort, object, relation, 0)
    }

    /// Every way by unions and tuples, the short ones first.
    pub(super) fn union(&mut self, plan: PlanId, object: u32, manner: Manner) -> Verdict {
        let (base, careful) = (self.walk.len(), manner.careful);
        let mut front = Front { base, far: None, careful, doubts: Vec::new(), doubting: false };
        self.push(&mut front, plan, object);
        let verdict = self.walk(&mut front, manner);
        self.walk.truncate(front.base);
        verdict
    }

    fn walk(&mut self, front: &mut Front<'a>, manner: Manner) -> Verdict {
        let mut next = front.base;
        let mut result = self.go_on(front, &mut next, manner);
        if front.doubts.is_empty() || matches!(result, Verdict::Yes | Verdict::Unknown) {
            return result;
        }
        front.doubting = true;
        for doubt in std::mem::take(&mut front.doubts) {
            self.push(front, doubt.plan, doubt.subject);
            match self.go_on(front, &mut next, Manner { steps: manner.steps + 1, ..manner }) {
                Verdict::Yes => {
                    return self.blame(doubt.action, doubt.object, doubt.subject, doubt.context);
                }
                verdict => result = either(result, verdict),
            }
        }
        result
    }

    /// Visits what waits, and what that leads to.
    fn go_on(&mut self, front: &mut Front<'a>, next: &mut usize, mut manner: Manner) -> Verdict {
        let mut level_end = self.walk.len();
        let mut result = Verdict::No;
        while let Some(place) = self.walk.get(*next).copied() {
            if *next == level_end {
                manner.steps += 1;
                level_end = self.walk.len();
            }
            *next += 1;
            if self.is_over() {
                return self.fail(Unanswered::Deadline);
            }
            match self.visit(place, manner, front) {
                Verdict::Yes => return Verdict::Yes,
                verdict => result = either(result, verdict),
            }
        }
        result
    }

    /// Adds a place to those that are to be visited, unless it is among them or no way leads on from it.
    #[inline]
    pub(super) fn push(&mut self, front: &mut Front<'a>, plan: PlanId, object: u32) {
        let any = front.careful || matches!(self.user.kind, Kind::Userset(_));
        if !any && self.bound.plan(plan).is_none_or(|plan| plan.reach & self.user.bit == 0) {
            return;
        }
        let place = pair(plan, object);
        let met = self.walk.get(front.base..).unwrap_or_default();
        let new = if met.len() < NEAR {
            !met.contains(&place)
        } else {
            let key = self.bound.key;
            let far = front.far.get_or_insert_with(|| {
                let mut far = HashSet::with_capacity_and_hasher(NEAR * 4, key);
                far.extend(met);
                far
            });
            far.insert(place)
        };
        if new {
            self.walk.push(place);
        }
    }

    fn visit(&mut self, place: u64, manner: Manner, front: &mut Front<'a>) -> Verdict {
        let (id, object) = parts(place);
        let Some(plan) = self.bound.plan(id) else { return Verdict::No };
        if self.is_itself(plan, object) {
            return Verdict::Yes;
        }
        let mut result = Verdict::No;
        let (inner, overlay) = (self.inner, self.overlay);
        if !plan.actions.is_empty() {
            let record = inner.forward(plan.sort, object);
            result = self.entries(plan, object, record, true, front);
        }
        if result != Verdict::Yes && !overlay.is_empty() {
            let brought = overlay.forward(plan.sort, object);
            result = either(result, self.entries(plan, object, brought, false, front));
        }
        for boolean in &plan.booleans {
            if result == Verdict::Yes {
                break;
            }
            result = either(result, self.boolean(boolean, object, manner));
        }
        result
    }

    /// A userset has what it is defined by.
    fn is_itself(&self, plan: &Plan, object: u32) -> bool {
        let Kind::Userset(relation) = self.user.kind else { return false };
        plan.sort == self.user.sort && object == self.user.id && plan.includes.contains(&relation)
    }

    /// What the tuples of an object say; entries and actions are both in order of class.
    #[inline]
    fn entries<'b>(
        &mut self,
        plan: &'a Plan,
        object: u32,
        entries: impl Iterator<Item = Entry<'b>>,
        stored: bool,
        front: &mut Front<'a>,
    ) -> Verdict {
        let (mut result, mut actions) = (Verdict::No, plan.actions.as_slice());
        for entry in entries {
            while let Some((action, rest)) = actions.split_first()
                && action.class < entry.class
            {
                actions = rest;
            }
            for action in actions.iter().take_while(|action| action.class == entry.class) {
                match self.act(action, object, entry.members, stored, front) {
                    Verdict::Yes => return Verdict::Yes,
                    verdict => result = either(result, verdict),
                }
            }
        }
        result
    }

    pub(super) fn subjects(&mut self) -> &Subjects {
        let (bound, inner, overlay, user) = (self.bound, self.inner, self.overlay, self.user);
        self.subjects.get_or_insert_with(|| Subjects::of_user(bound, inner, overlay, user))
    }

    /// Whether a plan has anything to do with such users.
    pub(super) fn leads(&mut self, plan: PlanId) -> bool {
        let (bound, user) = (self.bound, self.user);
        self.leads.get_or_insert_with(|| Leads::to(bound, user.sort, user.kind)).contains(plan)
    }

    /// What a way comes to that led back to a plan: if nothing leads on from it to such users, that is certain.
    pub(super) fn round(&mut self, plan: PlanId) -> Verdict {
        if self.leads(plan) { Verdict::Cycle } else { Verdict::No }
    }

    /// Whether one more side would be one too many.
    pub(super) fn is_too_deep(&self, manner: Manner) -> bool {
        manner.steps >= MOST_STEPS && self.path.len() >= MOST_STEPS as usize
    }

    pub(super) const fn has_fault(&self) -> bool {
        self.fault.is_some()
    }

    /// The fault that was met; it is met again if it is asked for again.
    pub(super) fn take_fault(&mut self) -> Unanswered {
        self.fault.take().unwrap_or(Unanswered::TooComplex)
    }

    pub(super) fn fail(&mut self, fault: Unanswered) -> Verdict {
        if self.fault.is_none() || fault == Unanswered::Deadline {
            self.fault = Some(fault);
        }
        Verdict::Unknown
    }

    #[inline]
    pub(super) fn is_over(&mut self) -> bool {
        self.looked += 1;
        if self.looked.is_multiple_of(BREATH) {
            self.stopped = self.stopped || (self.over)();
        }
        self.stopped
    }
}

/// What is left of two ways.
#[inline]
pub(super) fn either(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Cycle, _) | (_, Verdict::Cycle) => Verdict::Cycle,
        _ => Verdict::No,
    }
}
