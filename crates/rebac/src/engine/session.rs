//! Checking for one user: from objects towards whoever may reach them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bound::{Action, Boolean, Bound, Plan, PlanId, What};
use super::graph::Inner;
use super::hash::HashKey;
use super::names::STAR;
use super::overlay::Overlay;
use super::page::{Entry, Members};
use super::registry::Kind;
use super::seen::{pair, parts};
use super::subjects::{Subjects, User};
use crate::fault::Unanswered;

/// Steps from tuple to tuple (and into `and` and `but not`) that a check takes before it gives up.
const MOST_STEPS: u32 = 25;
/// So many objects are looked at between two looks at the clock.
const BREATH: u32 = 256;

/// Up to here, what a union has met is looked through; beyond, it is looked up.
const NEAR: usize = 24;

/// One union: where its part of the walk begins, and a set of it when it is long.
struct Front {
    base: usize,
    far: Option<HashSet<u64, HashKey>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// No, because the answer would have rested on itself: that denies on either side of `and` and `but not`.
    Cycle,
    /// There is a fault, which the answer rests on.
    Unknown,
}

pub(super) struct Session<'a> {
    pub bound: &'a Bound,
    pub inner: &'a Inner,
    pub overlay: &'a Overlay,
    pub over: &'a dyn Fn() -> bool,
    pub user: User,
    subjects: Option<Arc<Subjects>>,
    /// What the unions that are being answered have met, the inner ones after the outer ones.
    walk: Vec<u64>,
    /// The first of its kind.
    fault: Option<Unanswered>,
    stopped: bool,
    looked: u32,
    /// Sides of `and` and `but not` that are being answered.
    path: Vec<u64>,
    known: HashMap<u64, Verdict, HashKey>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        question: &super::question::Question<'a>,
        bound: &'a Bound,
        overlay: &'a Overlay,
        user: User,
    ) -> Self {
        Self {
            bound,
            inner: &question.graph.inner,
            overlay,
            over: question.over,
            user,
            subjects: None,
            walk: Vec::with_capacity(NEAR),
            fault: None,
            stopped: false,
            looked: 0,
            path: Vec::new(),
            known: HashMap::with_hasher(bound.key),
        }
    }

    /// Whether the plan allows the user on an object.
    pub(super) fn check(&mut self, plan: PlanId, object: u32) -> Result<bool, Unanswered> {
        let verdict = self.union(plan, object, 0);
        let fault = self.fault.take();
        match (verdict, fault) {
            (_, Some(Unanswered::Deadline)) => Err(Unanswered::Deadline),
            (Verdict::Yes, _) => Ok(true),
            (Verdict::No | Verdict::Cycle, _) => Ok(false),
            (Verdict::Unknown, fault) => Err(fault.unwrap_or(Unanswered::TooComplex)),
        }
    }

    /// Every way by unions and tuples, the short ones first.
    fn union(&mut self, plan: PlanId, object: u32, depth: u32) -> Verdict {
        let mut front = Front { base: self.walk.len(), far: None };
        self.push(&mut front, plan, object);
        let verdict = self.walk(&mut front, depth);
        self.walk.truncate(front.base);
        verdict
    }

    fn walk(&mut self, front: &mut Front, depth: u32) -> Verdict {
        let (mut next, mut level, mut level_end) = (front.base, depth, self.walk.len());
        let mut result = Verdict::No;
        while let Some(place) = self.walk.get(next).copied() {
            if next == level_end {
                (level, level_end) = (level + 1, self.walk.len());
            }
            if level > MOST_STEPS {
                return self.fail(Unanswered::TooComplex);
            }
            next += 1;
            if self.is_over() {
                return self.fail(Unanswered::Deadline);
            }
            match self.visit(place, level, front) {
                Verdict::Yes => return Verdict::Yes,
                verdict => result = either(result, verdict),
            }
        }
        result
    }

    /// Adds a place to those that are to be visited, unless it is among them or no way leads on from it.
    #[inline]
    fn push(&mut self, front: &mut Front, plan: PlanId, object: u32) {
        let able =
            |plan: &Plan| plan.reach & self.user.bit != 0 || matches!(self.user.kind, Kind::Userset(_));
        if !self.bound.plan(plan).is_some_and(able) {
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

    fn visit(&mut self, place: u64, level: u32, front: &mut Front) -> Verdict {
        let (id, object) = parts(place);
        let Some(plan) = self.bound.plan(id) else { return Verdict::No };
        if self.is_itself(plan, object) {
            return Verdict::Yes;
        }
        let mut result = Verdict::No;
        let (inner, overlay) = (self.inner, self.overlay);
        if !plan.actions.is_empty() {
            let record = inner.forward(plan.sort, object);
            result = self.entries(plan, object, record, false, front);
        }
        if result != Verdict::Yes && !overlay.is_empty() {
            result =
                either(result, self.entries(plan, object, overlay.forward(plan.sort, object), true, front));
        }
        for boolean in &plan.booleans {
            if result == Verdict::Yes {
                break;
            }
            result = either(result, self.boolean(boolean, object, level + 1));
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
        own: bool,
        front: &mut Front,
    ) -> Verdict {
        let (mut result, mut actions) = (Verdict::No, plan.actions.as_slice());
        for entry in entries {
            while let Some((action, rest)) = actions.split_first()
                && action.class < entry.class
            {
                actions = rest;
            }
            for action in actions.iter().take_while(|action| action.class == entry.class) {
                match self.act(action, object, entry.members, own, front) {
                    Verdict::Yes => return Verdict::Yes,
                    verdict => result = either(result, verdict),
                }
            }
        }
        result
    }

    #[inline]
    fn act(
        &mut self,
        action: &Action,
        object: u32,
        members: Members<'_>,
        own: bool,
        front: &mut Front,
    ) -> Verdict {
        let user = self.user;
        let same = action.subject == user.sort;
        match action.what {
            What::Object if same && user.kind == Kind::Object => self.direct(action, object, members, own),
            What::Wildcard if same && !matches!(user.kind, Kind::Userset(_)) => {
                self.grant(action, object, STAR, members)
            }
            What::Object | What::Wildcard => Verdict::No,
            What::Userset { relation, plan, group } => {
                let exact = same && user.kind == Kind::Userset(relation);
                let direct = if exact { self.direct(action, object, members, own) } else { Verdict::No };
                match (direct, group) {
                    (Verdict::Yes, _) => Verdict::Yes,
                    (_, Some(group)) if action.condition.is_none() => {
                        if self.subjects().meets(group, members) { Verdict::Yes } else { direct }
                    }
                    _ => either(direct, self.through(action, object, members, plan, front)),
                }
            }
            What::Parent { plan } => self.through(action, object, members, plan, front),
        }
    }

    /// The tuple that names the user itself: one that the question brings stands before one that is stored.
    fn direct(&mut self, action: &Action, object: u32, members: Members<'_>, own: bool) -> Verdict {
        if !own && !self.overlay.is_empty() && self.is_shadowed(action, object) {
            return Verdict::No;
        }
        self.grant(action, object, self.user.id, members)
    }

    fn is_shadowed(&self, action: &Action, object: u32) -> bool {
        let words = self.inner.registry.words();
        let Some(class) = words.class(action.class) else { return false };
        let siblings = words.siblings(class);
        let mut entries = self.overlay.forward(class.object, object);
        entries.any(|entry| siblings.contains(&entry.class) && entry.members.find(self.user.id).is_some())
    }

    #[inline]
    fn grant(&mut self, action: &Action, object: u32, subject: u32, members: Members<'_>) -> Verdict {
        match members.find(subject) {
            Some(context) => self.holds(action, object, subject, context),
            None => Verdict::No,
        }
    }

    /// Goes on to the objects that tuples name.
    fn through(
        &mut self,
        action: &Action,
        object: u32,
        members: Members<'_>,
        plan: PlanId,
        front: &mut Front,
    ) -> Verdict {
        let mut result = Verdict::No;
        for (subject, context) in members.each() {
            match self.holds(action, object, subject, context) {
                Verdict::Yes => self.push(front, plan, subject),
                verdict => result = either(result, verdict),
            }
        }
        result
    }

    fn boolean(&mut self, boolean: &'a Boolean, object: u32, depth: u32) -> Verdict {
        match boolean {
            Boolean::All(operands) => {
                let mut result = Verdict::Yes;
                for operand in operands {
                    match self.operand(*operand, object, depth) {
                        Verdict::Yes => {}
                        Verdict::Unknown => result = Verdict::Unknown,
                        verdict => return verdict,
                    }
                }
                result
            }
            Boolean::Except { base, subtract } => {
                let base = self.operand(*base, object, depth);
                if matches!(base, Verdict::No | Verdict::Cycle) {
                    return base;
                }
                match self.operand(*subtract, object, depth) {
                    Verdict::No => base,
                    Verdict::Yes => Verdict::No,
                    verdict => verdict,
                }
            }
        }
    }

    fn operand(&mut self, plan: PlanId, object: u32, depth: u32) -> Verdict {
        let place = pair(plan, object);
        // The sides of the question itself are asked once; those further on may be met again.
        if depth > 1
            && let Some(known) = self.known.get(&place)
        {
            return *known;
        }
        if self.path.contains(&place) {
            return Verdict::Cycle;
        }
        self.path.push(place);
        let verdict = self.union(plan, object, depth);
        self.path.pop();
        if depth > 1 && matches!(verdict, Verdict::Yes | Verdict::No) {
            self.known.insert(place, verdict);
        }
        verdict
    }

    fn subjects(&mut self) -> &Subjects {
        let (bound, inner, overlay, user) = (self.bound, self.inner, self.overlay, self.user);
        self.subjects.get_or_insert_with(|| Subjects::of_user(bound, inner, overlay, user))
    }

    /// Whether a tuple's condition is met; without one it is.
    #[inline]
    fn holds(&mut self, action: &Action, object: u32, subject: u32, context: u32) -> Verdict {
        match action.condition {
            None => Verdict::Yes,
            Some(condition) => self.evaluate(action, condition, object, subject, context),
        }
    }

    fn evaluate(
        &mut self,
        action: &Action,
        condition: u32,
        object: u32,
        subject: u32,
        _context: u32,
    ) -> Verdict {
        let condition = self.bound.condition(&self.inner.words, condition);
        let tuple = self.tuple(action, object, subject);
        self.fail(Unanswered::Condition {
            condition,
            reason: format!("tuple '{tuple}' needs conditions, which are not there yet"),
        })
    }

    /// A tuple in words.
    fn tuple(&self, action: &Action, object: u32, subject: u32) -> String {
        let words = self.inner.registry.words();
        let Some(class) = words.class(action.class) else { return String::new() };
        let name = |sort, number| {
            format!(
                "{}:{}",
                words.type_name(sort),
                self.overlay.name(self.inner, sort, number).unwrap_or_default()
            )
        };
        let (object, user) = (name(class.object, object), name(class.subject, subject));
        let relation = words.relation_name(class.relation);
        match class.kind {
            Kind::Userset(of) => format!("{object}#{relation}@{user}#{}", words.relation_name(of)),
            Kind::Object | Kind::Wildcard => format!("{object}#{relation}@{user}"),
        }
    }

    fn fail(&mut self, fault: Unanswered) -> Verdict {
        if self.fault.is_none() || fault == Unanswered::Deadline {
            self.fault = Some(fault);
        }
        Verdict::Unknown
    }

    #[inline]
    fn is_over(&mut self) -> bool {
        self.looked += 1;
        if self.looked.is_multiple_of(BREATH) {
            self.stopped = self.stopped || (self.over)();
        }
        self.stopped
    }
}

/// Of two ways, what is left of both.
#[inline]
fn either(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Cycle, _) | (_, Verdict::Cycle) => Verdict::Cycle,
        _ => Verdict::No,
    }
}
