//! Everything a user reaches by a relation, from the user's side.
//!
//! Each plan gets two sets: what is *sure*, and what is *maybe*, because a condition or a circle through `and` or `but not`
//! stands in the way. Plans that need each other are solved together, those they need before them, so that `and` and
//! `but not` are operations on whole sets. What is maybe in the end is for the check to decide, one by one.

use super::bits::Bits;
use super::bound::{Action, Boolean, Bound, Plan, PlanId, What};
use super::graph::Inner;
use super::names::STAR;
use super::overlay::Overlay;
use super::page::Entry;
use super::registry::{ClassId, Kind, TypeId};
use super::seen::parts;
use super::subjects::{Subjects, User};

/// So many objects are reached between two looks at the clock.
const BREATH: usize = 4096;

#[derive(Clone, Default)]
pub(super) struct Found {
    pub sure: Bits,
    /// None of them is sure.
    pub maybe: Bits,
}

/// What names a user: kind, type and number, and which group it is the members of, if that is one.
type Subject = (Kind, TypeId, u32, Option<u32>);

pub(super) struct Reach<'a> {
    bound: &'a Bound,
    inner: &'a Inner,
    overlay: &'a Overlay,
    user: User,
    over: &'a dyn Fn() -> bool,
    subjects: Vec<Subject>,
    found: Vec<Found>,
    /// The turn in which a plan was solved; 0 for never.
    solved: Vec<u32>,
    queue: Vec<(PlanId, u32, bool)>,
    /// Plans of whose objects something may follow, in the circle that is being solved.
    leads: Vec<bool>,
    steps: usize,
    /// When the clock is looked at next.
    due: usize,
    /// What is being looked at is stored, not brought by the question.
    stored: bool,
}

/// The time was over.
pub(super) struct Over;

impl<'a> Reach<'a> {
    pub(super) fn new(
        bound: &'a Bound,
        inner: &'a Inner,
        overlay: &'a Overlay,
        user: User,
        over: &'a dyn Fn() -> bool,
    ) -> Self {
        let subjects = subjects(bound, user, &Subjects::of_user(bound, inner, overlay, user));
        let plans = bound.plans.len();
        let (found, solved) = (vec![Found::default(); plans], vec![0; plans]);
        Self {
            bound,
            inner,
            overlay,
            user,
            over,
            subjects,
            found,
            solved,
            queue: Vec::new(),
            leads: Vec::new(),
            steps: 0,
            due: BREATH,
            stored: false,
        }
    }

    /// What the plan allows the user.
    pub(super) fn solve(mut self, plan: PlanId) -> Result<Found, Over> {
        for (turn, circle) in super::order::circles(&self.bound.plans, plan).into_iter().enumerate() {
            circle.iter().for_each(|plan| self.mark(*plan, turn as u32 + 1));
            self.circle(&circle)?;
        }
        Ok(self.found.get_mut(plan as usize).map(std::mem::take).unwrap_or_default())
    }

    fn mark(&mut self, plan: PlanId, turn: u32) {
        if let Some(place) = self.solved.get_mut(plan as usize) {
            *place = turn;
        }
    }

    fn turn(&self, plan: PlanId) -> u32 {
        self.solved.get(plan as usize).copied().unwrap_or_default()
    }

    /// Solves plans that need each other; whatever else they need is solved.
    fn circle(&mut self, circle: &[PlanId]) -> Result<(), Over> {
        let bound = self.bound;
        let mut uses: Vec<(ClassId, PlanId, &Action)> = Vec::new();
        let plans = || circle.iter().filter_map(|id| Some((*id, bound.plan(*id)?)));
        for (id, plan) in plans() {
            uses.extend(plan.actions.iter().map(|action| (action.class, id, action)));
        }
        self.note_leads(&uses, circle);
        for (id, plan) in plans() {
            self.itself(id, plan);
            self.booleans(id, plan);
        }
        uses.sort_by_key(|one| (one.0, one.1));
        self.name(&uses)?;
        self.carry_on(&uses, circle)?;
        while let Some((plan, object, sure)) = self.queue.pop() {
            self.steps += 1;
            self.breathe()?;
            self.follow(plan, object, sure, &uses);
            self.circular(plan, object, circle);
        }
        Ok(())
    }

    fn itself(&mut self, id: PlanId, plan: &Plan) {
        if let Kind::Userset(relation) = self.user.kind
            && plan.sort == self.user.sort
            && plan.includes.contains(&relation)
        {
            self.add(id, self.user.id, true);
        }
    }

    /// What tuples allow that name the user or a group it is in.
    fn name(&mut self, uses: &[(ClassId, PlanId, &Action)]) -> Result<(), Over> {
        for (kind, sort, number, group) in std::mem::take(&mut self.subjects) {
            self.each(sort, number, |reach, entry| {
                for (_, plan, action) in used(uses, entry.class) {
                    let takes = match action.what {
                        What::Object => kind == Kind::Object && action.subject == sort,
                        What::Wildcard => kind == Kind::Wildcard && action.subject == sort,
                        What::Userset { relation, group: own, .. } => {
                            kind == Kind::Userset(relation)
                                && action.subject == sort
                                && (group.is_none() || group == own)
                        }
                        What::Parent { .. } => false,
                    };
                    if takes {
                        reach.add_all(*plan, entry, action.condition.is_none());
                    }
                }
            });
            self.subjects.push((kind, sort, number, group));
            self.breathe()?;
        }
        Ok(())
    }

    /// What follows from plans that were solved before.
    fn carry_on(&mut self, uses: &[(ClassId, PlanId, &Action)], circle: &[PlanId]) -> Result<(), Over> {
        let mut before: Vec<PlanId> = uses.iter().filter_map(|(_, _, action)| source(action)).collect();
        before.sort_unstable();
        before.dedup();
        before.retain(|plan| !circle.contains(plan));
        for plan in before {
            let found = self.found.get(plan as usize).cloned().unwrap_or_default();
            let sure = found.sure.iter().map(|object| (object, true));
            for (object, sure) in sure.chain(found.maybe.iter().map(|object| (object, false))) {
                self.follow(plan, object, sure, uses);
                self.breathe()?;
            }
        }
        Ok(())
    }

    fn breathe(&mut self) -> Result<(), Over> {
        if self.steps < self.due {
            return Ok(());
        }
        self.due = self.steps + BREATH;
        if (self.over)() { Err(Over) } else { Ok(()) }
    }

    /// Notes which plans lead on, so that what ends where it was found is not gone through again.
    fn note_leads(&mut self, uses: &[(ClassId, PlanId, &Action)], circle: &[PlanId]) {
        self.leads = vec![false; self.bound.plans.len()];
        let booleans = circle.iter().filter_map(|id| self.bound.plan(*id)).flat_map(|plan| &plan.booleans);
        let by_boolean = booleans.filter_map(leading);
        for plan in uses.iter().filter_map(|(_, _, action)| source(action)).chain(by_boolean) {
            if let Some(leads) = self.leads.get_mut(plan as usize) {
                *leads = true;
            }
        }
    }

    /// What follows from one object that a plan allows.
    fn follow(&mut self, from: PlanId, object: u32, sure: bool, uses: &[(ClassId, PlanId, &Action)]) {
        let Some(sort) = self.bound.plan(from).map(|plan| plan.sort) else { return };
        if !uses.iter().any(|(_, _, action)| source(action) == Some(from)) {
            return;
        }
        self.each(sort, object, |reach, entry| {
            for (_, plan, action) in used(uses, entry.class) {
                if source(action) == Some(from) && action.subject == sort {
                    reach.add_all(*plan, entry, sure && action.condition.is_none());
                }
            }
        });
    }

    /// Looks at everything that names a subject.
    fn each(&mut self, sort: TypeId, number: u32, mut look: impl FnMut(&mut Self, Entry<'_>)) {
        let (inner, overlay) = (self.inner, self.overlay);
        self.stored = true;
        inner.reverse(sort, number).for_each(|entry| look(self, entry));
        self.stored = false;
        if !overlay.is_empty() {
            overlay.reverse(sort, number).for_each(|entry| look(self, entry));
        }
    }

    fn add_all(&mut self, plan: PlanId, entry: Entry<'_>, sure: bool) {
        let sure = sure && !(self.stored && self.overlay.may_weaken());
        for (items, _) in entry.members.runs() {
            items.iter().for_each(|object| self.add(plan, *object, sure));
        }
    }

    #[inline]
    fn add(&mut self, plan: PlanId, object: u32, sure: bool) {
        let Some(found) = self.found.get_mut(plan as usize) else { return };
        let new = if sure {
            found.sure.insert(object)
        } else {
            !found.sure.contains(object) && found.maybe.insert(object)
        };
        self.steps += 1;
        if new && self.leads.get(plan as usize).copied().unwrap_or_default() {
            self.queue.push((plan, object, sure));
        }
    }

    /// `and` and `but not` over sides that are solved.
    fn booleans(&mut self, id: PlanId, plan: &Plan) {
        for boolean in &plan.booleans {
            let found = match boolean {
                Boolean::All(operands) if operands.iter().all(|one| self.is_before(*one, id)) => {
                    self.all(operands)
                }
                Boolean::Except { base, subtract }
                    if self.is_before(*base, id) && self.is_before(*subtract, id) =>
                {
                    self.except(*base, *subtract)
                }
                _ => self.side(boolean, id),
            };
            found.sure.iter().for_each(|object| self.add(id, object, true));
            found.maybe.iter().for_each(|object| self.add(id, object, false));
        }
    }

    fn is_before(&self, plan: PlanId, than: PlanId) -> bool {
        self.turn(plan) != 0 && self.turn(plan) < self.turn(than)
    }

    fn found(&self, plan: PlanId) -> Found {
        let mut found = self.found.get(plan as usize).cloned().unwrap_or_default();
        found.maybe = found.maybe.without(&found.sure);
        found
    }

    fn all(&self, operands: &[PlanId]) -> Found {
        let mut operands = operands.iter().map(|one| self.found(*one));
        let Some(first) = operands.next() else { return Found::default() };
        operands.fold(first, |one, other| {
            let (mut mine, mut others) = (one.maybe, other.maybe);
            mine.extend(&one.sure);
            others.extend(&other.sure);
            let sure = one.sure.and(&other.sure);
            Found { maybe: mine.and(&others).without(&sure), sure }
        })
    }

    fn except(&self, base: PlanId, subtract: PlanId) -> Found {
        // Tuples that lead round in a circle deny as well; that is not to be seen from here.
        let uncertain = self.bound.plan(subtract).is_none_or(|plan| plan.circular);
        let (base, subtract) = (self.found(base), self.found(subtract));
        let mut any = base.maybe;
        any.extend(&base.sure);
        let sure = match uncertain {
            true => Bits::default(),
            false => base.sure.without(&subtract.sure).without(&subtract.maybe),
        };
        Found { maybe: any.without(&subtract.sure).without(&sure), sure }
    }

    /// In a circle: a side that is solved already bounds what the whole can be.
    fn side(&self, boolean: &Boolean, id: PlanId) -> Found {
        let Some(side) = leading(boolean).filter(|side| self.is_before(*side, id)) else {
            return Found::default();
        };
        let mut found = self.found(side);
        let sure = std::mem::take(&mut found.sure);
        found.maybe.extend(&sure);
        found
    }

    /// In a circle: what the leading side of `and` or `but not` allows, the whole may allow.
    fn circular(&mut self, plan: PlanId, object: u32, circle: &[PlanId]) {
        for id in circle {
            let booleans = self.bound.plan(*id).map_or(&[][..], |plan| &plan.booleans);
            if booleans.iter().any(|boolean| leading(boolean) == Some(plan)) {
                self.add(*id, object, false);
            }
        }
    }
}

fn subjects(bound: &Bound, user: User, groups: &Subjects) -> Vec<Subject> {
    let own = (user.kind, user.sort, user.id, None);
    let all = (Kind::Wildcard, user.sort, STAR, None);
    let by_name = match user.kind {
        Kind::Object => vec![own, all],
        Kind::Wildcard => vec![all],
        Kind::Userset(_) => vec![own],
    };
    let by_groups = groups.list().iter().filter_map(|one| {
        let (group, object) = parts(*one);
        let named = bound.groups.get(group as usize)?;
        Some((Kind::Userset(named.relation), named.sort, object, Some(group)))
    });
    by_name.into_iter().chain(by_groups).collect()
}

/// The side without which there is nothing.
fn leading(boolean: &Boolean) -> Option<PlanId> {
    match boolean {
        Boolean::All(operands) => operands.first().copied(),
        Boolean::Except { base, .. } => Some(*base),
    }
}

/// The plan whose objects an action goes on from.
fn source(action: &Action) -> Option<PlanId> {
    match action.what {
        What::Parent { plan } | What::Userset { plan, group: None, .. } => Some(plan),
        // Its members are among the user's groups, unless the tuple that names it has a condition: then too.
        What::Userset { .. } | What::Object | What::Wildcard => None,
    }
}

fn used<'a, 'b>(
    uses: &'b [(ClassId, PlanId, &'a Action)],
    class: ClassId,
) -> impl Iterator<Item = &'b (ClassId, PlanId, &'a Action)> {
    let start = uses.partition_point(|one| one.0 < class);
    uses.iter().skip(start).take_while(move |one| one.0 == class)
}
