//! The short way to an answer: one look at an object's record, at the groups of its user, and at whom what stands above it
//! names. Most questions are no more than that; whatever is, is left to the walk.

use super::bound::{Action, Boolean, Bound, Plan, PlanId, What};
use super::grants;
use super::graph::Inner;
use super::names::STAR;
use super::overlay::Overlay;
use super::page::{Members, Record};
use super::registry::Kind;
use super::seen::pair;
use super::subjects::{Circle, Subjects, User};

/// The most `and` and `but not` within one another.
const DEEP: u32 = 8;
/// The most sides that are looked at for one answer, those of sides among them: nothing is remembered on the way, and nobody
/// looks at the clock.
const MOST_SIDES: usize = 64;
/// Up to here a list of groups is gone through; of longer ones, the user's own are looked up in it.
const LONG: usize = 16;

/// What is asked for one user, an object, of tuples that are stored.
pub(super) struct Quick<'a> {
    bound: &'a Bound,
    inner: &'a Inner,
    user: User,
    circle: Option<Circle>,
}

impl<'a> Quick<'a> {
    /// For a question that brings nothing, about an object as its user.
    #[inline]
    pub(super) fn plain(bound: &'a Bound, inner: &'a Inner, user: User) -> Self {
        Self { bound, inner, user, circle: None }
    }

    /// None where the question brings tuples, or its user is not an object.
    pub(super) fn new(bound: &'a Bound, inner: &'a Inner, overlay: &Overlay, user: User) -> Option<Self> {
        if !overlay.is_empty() || user.kind != Kind::Object {
            return None;
        }
        // No cache may see a user whom only the question names.
        let unknown = || Circle::from(Subjects::of_user(bound, inner, overlay, user));
        let circle = (!overlay.is_plain()).then(unknown);
        Some(Self { circle, ..Self::plain(bound, inner, user) })
    }

    /// Whether a plan allows the user on the object of a record, if that is to be seen from here.
    #[inline]
    pub(super) fn check(&mut self, plan: &Plan, record: Record<'_>) -> Option<bool> {
        if plan.quick { self.union(plan, record) } else { None }
    }

    fn union(&mut self, plan: &Plan, record: Record<'_>) -> Option<bool> {
        let (mut actions, mut doubtful) = (plan.actions.as_slice(), false);
        for entry in record {
            while let Some((action, rest)) = actions.split_first()
                && action.class < entry.class
            {
                actions = rest;
            }
            for action in actions.iter().take_while(|action| action.class == entry.class) {
                match self.act(action, entry.members) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => doubtful = true,
                }
            }
        }
        for boolean in &plan.booleans {
            match self.boolean(boolean, record) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => doubtful = true,
            }
        }
        (!doubtful).then_some(false)
    }

    #[inline]
    fn act(&mut self, action: &Action, members: Members<'_>) -> Option<bool> {
        let same = action.subject == self.user.sort;
        let allows = match action.what {
            What::Object => same && members.find(self.user.id).is_some(),
            What::Wildcard => same && members.find(STAR).is_some(),
            // Those of a tuple with a condition are no members by that alone.
            What::Userset { group: Some(group), .. } if action.condition.is_none() => {
                self.belongs(group, members)
            }
            What::Parent { plan } if action.condition.is_none() => return self.above(plan, members),
            What::Userset { .. } | What::Parent { .. } => return None,
        };
        if allows && action.condition.is_some() { None } else { Some(allows) }
    }

    fn boolean(&mut self, boolean: &Boolean, record: Record<'_>) -> Option<bool> {
        match boolean {
            Boolean::All(operands) => {
                let mut all = Some(true);
                for operand in operands {
                    match self.side(*operand, record) {
                        Some(false) => return Some(false),
                        side => all = all.and(side),
                    }
                }
                all
            }
            Boolean::Except { base, subtract } => {
                Some(self.side(*base, record)? && !self.side(*subtract, record)?)
            }
        }
    }

    fn side(&mut self, plan: PlanId, record: Record<'_>) -> Option<bool> {
        let bound = self.bound;
        self.union(bound.plan(plan)?, record)
    }

    /// Whether the user is in one of these groups.
    #[inline]
    fn belongs(&mut self, group: u32, members: Members<'_>) -> bool {
        let circle = self.circle();
        if members.len() <= LONG {
            members.any(|object| circle.has(pair(group, object)))
        } else {
            circle.any_of(group, |object| members.find(object).is_some())
        }
    }

    /// Whether one of these, which stand above the object, is open to the user.
    fn above(&mut self, plan: PlanId, members: Members<'_>) -> Option<bool> {
        let (bound, inner, user) = (self.bound, self.inner, self.user);
        if bound.plan(plan).is_none_or(|plan| plan.reach & user.bit == 0) {
            return Some(false);
        }
        let (circle, mut doubtful) = (self.circle(), false);
        let allows = members.any(|object| {
            let named = grants::of_place(bound, inner, (plan, object), user, |pair| circle.has(pair));
            doubtful |= named.is_none();
            named == Some(true)
        });
        if allows { Some(true) } else { (!doubtful).then_some(false) }
    }

    #[inline]
    fn circle(&mut self) -> &Circle {
        let (bound, inner, user) = (self.bound, self.inner, self.user);
        self.circle.get_or_insert_with(|| Circle::of_user(bound, inner, user))
    }
}

/// Has what is known of everything above an object come into the processor's cache.
#[inline]
pub(super) fn reach_above(bound: &Bound, plan: &Plan, record: Record<'_>) {
    for entry in record {
        for (_, above) in plan.above.iter().filter(|(class, _)| *class == entry.class) {
            if let Members::Few { items, .. } = entry.members {
                items.iter().take(2).for_each(|object| grants::reach_for(bound, *above, *object));
            }
        }
    }
}

/// Notes which plans can be answered from here, and what stands above their objects. After it is known which are open.
pub(super) fn mark(plans: &mut [Plan]) {
    let mut costs = vec![1; plans.len()];
    for depth in 0..DEEP {
        let before: Vec<Plan> = plans.to_vec();
        let of = |id: PlanId| before.get(id as usize);
        let costs_before = costs.clone();
        let cost_of = |id: PlanId| costs_before.get(id as usize).copied().unwrap_or(MOST_SIDES);
        for (plan, cost) in plans.iter_mut().zip(&mut costs).filter(|(plan, _)| !plan.quick) {
            let sides = plan.booleans.iter().flat_map(sides);
            let known = |id: PlanId| of(id).is_some_and(|side| side.quick);
            *cost = sides.clone().map(cost_of).fold(1, usize::saturating_add);
            plan.quick = plan.booleans.iter().all(|one| is_quick(one, &of)) && sides.clone().all(known);
            plan.quick &= depth > 0 || plan.booleans.is_empty();
            plan.quick &= *cost <= MOST_SIDES;
            plan.quick &= plan.actions.iter().all(|action| match action.what {
                What::Parent { plan } => action.condition.is_some() || of(plan).is_some_and(|plan| plan.open),
                What::Userset { group, .. } => action.condition.is_some() || group.is_some(),
                What::Object | What::Wildcard => true,
            });
            let own = plan.actions.iter().filter_map(|action| match action.what {
                What::Parent { plan } => Some((action.class, plan)),
                _ => None,
            });
            let theirs = sides.filter_map(of).flat_map(|side| side.above.iter().copied());
            plan.above = own.chain(theirs).collect();
        }
    }
}

/// In a circle a no is not certain, and below `but not` it has to be.
fn is_quick<'p>(boolean: &Boolean, of: &impl Fn(PlanId) -> Option<&'p Plan>) -> bool {
    match boolean {
        Boolean::All(_) => true,
        Boolean::Except { subtract, .. } => of(*subtract).is_some_and(|plan| !plan.circular),
    }
}

fn sides(boolean: &Boolean) -> impl Iterator<Item = PlanId> + Clone {
    let (all, base, subtract) = match boolean {
        Boolean::All(operands) => (operands.as_slice(), None, None),
        Boolean::Except { base, subtract } => (&[][..], Some(*base), Some(*subtract)),
    };
    all.iter().copied().chain(base).chain(subtract)
}
