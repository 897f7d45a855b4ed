//! What can be known of plans before any question: whom they could ever allow, and which usersets are plain groups.

use std::collections::HashMap;

use super::bound::{Boolean, BoundType, Feed, Group, Plan, PlanId, What};
use super::registry::{Kind, TypeId, WordId, Words};

/// Fills in the types of users whom each plan could allow. Where a condition stands on the way it is everybody: the
/// condition may be one that cannot be evaluated, which has to be said.
pub(super) fn reach<'a>(plans: &mut [Plan], types: impl Iterator<Item = &'a BoundType>) {
    let bits: HashMap<TypeId, u128> = types.map(|one| (one.sort, one.bit)).collect();
    loop {
        let before: Vec<u128> = plans.iter().map(|plan| plan.reach).collect();
        let of = |plan: PlanId| before.get(plan as usize).copied().unwrap_or_default();
        for plan in plans.iter_mut() {
            for action in &plan.actions {
                plan.reach |= match action.what {
                    _ if action.condition.is_some() => u128::MAX,
                    What::Object | What::Wildcard => bits.get(&action.subject).copied().unwrap_or_default(),
                    What::Userset { plan, .. } | What::Parent { plan } => of(plan),
                };
            }
            for boolean in &plan.booleans {
                plan.reach |= match boolean {
                    Boolean::All(operands) => operands.iter().fold(u128::MAX, |all, one| all & of(*one)),
                    Boolean::Except { base, .. } => of(*base),
                };
            }
        }
        if plans.iter().zip(&before).all(|(plan, before)| plan.reach == *before) {
            return;
        }
    }
}

/// Finds the usersets that only unions of unconditional tuples fill, directly and through each other, and marks the
/// actions that name them.
pub(super) fn groups(plans: &mut [Plan], words: &Words) -> (Vec<Group>, Vec<Feed>) {
    let named = filled_plainly(plans);
    let mark =
        |plan: PlanId, relation: WordId| named.binary_search(&(plan, relation)).ok().map(|at| at as u32);
    for plan in plans.iter_mut() {
        for action in &mut plan.actions {
            if let What::Userset { relation, plan, group } = &mut action.what {
                *group = mark(*plan, *relation);
            }
        }
    }
    let sort = |plan: PlanId| plans.get(plan as usize).map_or(0, |plan| plan.sort);
    let group = |(plan, relation)| Group { plan, relation, sort: sort(plan) };
    let groups: Vec<Group> = named.into_iter().map(group).collect();
    let feeds = feeds(plans, words, &groups);
    (groups, feeds)
}

/// The usersets that plans name, without those that something else fills, and without those that these fill, and so on.
fn filled_plainly(plans: &[Plan]) -> Vec<(PlanId, WordId)> {
    let mut named: Vec<(PlanId, WordId)> = plans.iter().flat_map(usersets).collect();
    named.sort_unstable();
    named.dedup();
    named.retain(|(plan, _)| plans.get(*plan as usize).is_some_and(plain));
    loop {
        let all_named = |plan: &Plan| usersets(plan).all(|one| named.binary_search(&one).is_ok());
        let fits = |id: PlanId| plans.get(id as usize).is_some_and(all_named);
        let kept: Vec<_> = named.iter().copied().filter(|(plan, _)| fits(*plan)).collect();
        if kept.len() == named.len() {
            return named;
        }
        named = kept;
    }
}

/// By which tuples somebody comes into a group.
fn feeds(plans: &[Plan], words: &Words, groups: &[Group]) -> Vec<Feed> {
    let mut feeds: Vec<Feed> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let actions = plans.get(group.plan as usize).map_or(&[][..], |plan| &plan.actions);
        feeds.extend(actions.iter().map(|action| Feed {
            class: action.class,
            kind: words.class(action.class).map_or(Kind::Object, |class| class.kind),
            group: at as u32,
        }));
    }
    feeds.sort_by_key(|feed| (feed.class, feed.group));
    feeds.dedup_by_key(|feed| (feed.class, feed.group));
    feeds
}

/// Notes what each plan rests on, and which are open. After the groups are marked.
pub(super) fn rest(plans: &mut [Plan]) {
    for id in 0..plans.len() as PlanId {
        let below: Vec<&Plan> =
            super::order::below(plans, id).filter_map(|one| plans.get(one as usize)).collect();
        let mut rests_on: Vec<_> =
            below.iter().flat_map(|plan| plan.actions.iter().map(|action| action.class)).collect();
        rests_on.sort_unstable();
        rests_on.dedup();
        let conditional =
            below.iter().any(|plan| plan.actions.iter().any(|action| action.condition.is_some()));
        let plain = |plan: &&Plan| {
            let walked = |what: What| matches!(what, What::Userset { group: None, .. });
            plan.booleans.is_empty() && !plan.actions.iter().any(|action| walked(action.what))
        };
        let open = !conditional && below.iter().all(plain);
        if let Some(plan) = plans.get_mut(id as usize) {
            (plan.open, plan.rests_on, plan.conditional) = (open, rests_on, conditional);
        }
    }
}

fn usersets(plan: &Plan) -> impl Iterator<Item = (PlanId, WordId)> {
    plan.actions.iter().filter_map(|action| match action.what {
        What::Userset { relation, plan, .. } => Some((plan, relation)),
        _ => None,
    })
}

fn plain(plan: &Plan) -> bool {
    let unconditional = |what: What| !matches!(what, What::Parent { .. });
    plan.booleans.is_empty()
        && plan.actions.iter().all(|action| action.condition.is_none() && unconditional(action.what))
}
