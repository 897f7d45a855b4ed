//! Which plans have anything to do with a kind of user, by the model alone. What goes round in a circle elsewhere is a certain
//! no: nobody of that kind is there, wherever its tuples lead.

use super::bound::{Action, Boolean, Bound, Plan, PlanId, What};
use super::registry::{Kind, TypeId};

/// The plans from which some edge of the model leads to such users, by whatever side of `and` and `but not`.
pub(super) struct Leads(Vec<bool>);

impl Leads {
    pub(super) fn to(bound: &Bound, sort: TypeId, kind: Kind) -> Self {
        let mut found = Self(vec![false; bound.plans.len()]);
        loop {
            let mut is_over = true;
            for (at, plan) in bound.plans.iter().enumerate() {
                if !found.contains(at as PlanId) && found.leads(plan, sort, kind) {
                    found.0.get_mut(at).into_iter().for_each(|found| *found = true);
                    is_over = false;
                }
            }
            if is_over {
                return found;
            }
        }
    }

    pub(super) fn contains(&self, plan: PlanId) -> bool {
        self.0.get(plan as usize).copied().unwrap_or_default()
    }

    fn leads(&self, plan: &Plan, sort: TypeId, kind: Kind) -> bool {
        let itself = matches!(kind, Kind::Userset(of) if plan.sort == sort && plan.includes.contains(&of));
        itself
            || plan.actions.iter().any(|action| self.acts(action, sort, kind))
            || plan.booleans.iter().any(|boolean| match boolean {
                Boolean::All(sides) => sides.iter().any(|side| self.contains(*side)),
                Boolean::Except { base, subtract } => self.contains(*base) || self.contains(*subtract),
            })
    }

    fn acts(&self, action: &Action, sort: TypeId, kind: Kind) -> bool {
        match action.what {
            What::Object | What::Wildcard => action.subject == sort && !matches!(kind, Kind::Userset(_)),
            What::Userset { plan, relation, .. } => {
                (action.subject == sort && kind == Kind::Userset(relation)) || self.contains(plan)
            }
            What::Parent { plan } => self.contains(plan),
        }
    }
}
