//! Which plans need each other, and in which order they are solved.

use super::bound::{Boolean, Plan, PlanId, What};

/// The plans that one needs, in circles that need each other; each after those it needs (Tarjan's algorithm).
pub(super) fn circles(plans: &[Plan], from: PlanId) -> Vec<Vec<PlanId>> {
    search(plans, from, needs)
}

/// The plans that one may lead to, itself among them.
pub(super) fn below(plans: &[Plan], from: PlanId) -> impl Iterator<Item = PlanId> {
    search(plans, from, links).into_iter().flatten()
}

/// Notes which plans may come back to themselves or rest on one that may, whether by tuples or by groups, and for which of
/// them the way leads through `and` or `but not`.
pub(super) fn mark_circles(plans: &mut [Plan]) {
    let (mut circular, mut knotted) = (vec![false; plans.len()], vec![false; plans.len()]);
    let read: &[Plan] = plans;
    for from in 0..read.len() as PlanId {
        for circle in search(read, from, links) {
            let each = |links: fn(&Plan) -> Vec<PlanId>| {
                circle.iter().flat_map(move |plan| read.get(*plan as usize).map(links).unwrap_or_default())
            };
            let closed = each(links).any(|next| circle.contains(&next) || at(&circular, next));
            let tied = each(sides).any(|next| circle.contains(&next));
            let knot = tied || each(links).any(|next| at(&knotted, next));
            circle.iter().for_each(|plan| set(&mut circular, *plan, closed));
            circle.iter().for_each(|plan| set(&mut knotted, *plan, knot));
        }
    }
    for (plan, (circular, knotted)) in plans.iter_mut().zip(circular.into_iter().zip(knotted)) {
        (plan.circular, plan.knotted) = (circular, knotted);
    }
}

fn search(plans: &[Plan], from: PlanId, needs: fn(&Plan) -> Vec<PlanId>) -> Vec<Vec<PlanId>> {
    let mut search = Search {
        plans,
        needs,
        index: vec![0; plans.len()],
        low: vec![0; plans.len()],
        stack: Vec::new(),
        done: vec![false; plans.len()],
        next: 1,
        circles: Vec::new(),
    };
    search.visit(from);
    search.circles
}

struct Search<'a> {
    plans: &'a [Plan],
    needs: fn(&Plan) -> Vec<PlanId>,
    index: Vec<u32>,
    low: Vec<u32>,
    done: Vec<bool>,
    stack: Vec<PlanId>,
    next: u32,
    circles: Vec<Vec<PlanId>>,
}

impl Search<'_> {
    /// Without recursion: a model may chain thousands of relations.
    fn visit(&mut self, from: PlanId) {
        let mut path: Vec<(PlanId, Vec<PlanId>)> = Vec::new();
        self.enter(from, &mut path);
        while let Some((plan, rest)) = path.last_mut() {
            let plan = *plan;
            match rest.pop() {
                Some(next) if at(&self.index, next) == 0 => self.enter(next, &mut path),
                Some(next) if !at(&self.done, next) => self.lower(plan, at(&self.index, next)),
                Some(_) => {}
                None => {
                    path.pop();
                    self.leave(plan);
                    if let Some((parent, _)) = path.last() {
                        self.lower(*parent, at(&self.low, plan));
                    }
                }
            }
        }
    }

    fn enter(&mut self, plan: PlanId, path: &mut Vec<(PlanId, Vec<PlanId>)>) {
        set(&mut self.index, plan, self.next);
        set(&mut self.low, plan, self.next);
        self.next += 1;
        self.stack.push(plan);
        path.push((plan, self.plans.get(plan as usize).map(self.needs).unwrap_or_default()));
    }

    fn leave(&mut self, plan: PlanId) {
        if at(&self.low, plan) != at(&self.index, plan) {
            return;
        }
        let start = self.stack.iter().rposition(|one| *one == plan).unwrap_or_default();
        let circle = self.stack.split_off(start);
        circle.iter().for_each(|one| set(&mut self.done, *one, true));
        self.circles.push(circle);
    }

    fn lower(&mut self, plan: PlanId, to: u32) {
        let low = at(&self.low, plan).min(to);
        set(&mut self.low, plan, low);
    }
}

fn needs(plan: &Plan) -> Vec<PlanId> {
    let by_tuple = plan.actions.iter().filter_map(|action| match action.what {
        What::Parent { plan } | What::Userset { plan, group: None, .. } => Some(plan),
        _ => None,
    });
    by_tuple.chain(sides(plan)).collect()
}

fn sides(plan: &Plan) -> Vec<PlanId> {
    let sides = plan.booleans.iter().flat_map(|boolean| match boolean {
        Boolean::All(operands) => operands.clone(),
        Boolean::Except { base, subtract } => vec![*base, *subtract],
    });
    sides.collect()
}

/// The same with the members of groups.
fn links(plan: &Plan) -> Vec<PlanId> {
    let groups = plan.actions.iter().filter_map(|action| match action.what {
        What::Userset { plan, group: Some(_), .. } => Some(plan),
        _ => None,
    });
    needs(plan).into_iter().chain(groups).collect()
}

fn at<T: Copy + Default>(list: &[T], plan: PlanId) -> T {
    list.get(plan as usize).copied().unwrap_or_default()
}

fn set<T>(list: &mut [T], plan: PlanId, value: T) {
    if let Some(place) = list.get_mut(plan as usize) {
        *place = value;
    }
}
