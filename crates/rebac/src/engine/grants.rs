//! Whom the tuples of an object and of everything above it name: one short list in the place of a walk.
//!
//! Only for plans that are *open*: unions through and through, without conditions, of users, wildcards, groups and the same of
//! parents. A list that is long or deep is not made; it is walked.

use std::sync::Arc;

use super::bound::{Bound, PlanId, What};
use super::graph::Inner;
use super::names::STAR;
use super::registry::Kind;
use super::seen::{Seen, pair, parts};
use super::subjects::{Subjects, User};

/// The most that a list names.
const MOST: usize = 64;
/// The most levels above.
const LEVELS: u32 = 12;
/// Marks the members of a group among objects.
const GROUP: u64 = 1 << 63;

/// None where it would be too long.
pub(super) type Grants = Option<Arc<[u64]>>;

/// Looks at what is known of a place, or found out; a quick look, since others wait meanwhile.
#[inline]
pub(super) fn of_place<T>(
    bound: &Bound,
    inner: &Inner,
    (plan, object): (PlanId, u32),
    look: impl Fn(&[u64]) -> T,
) -> Option<T> {
    let stamp = bound.plan(plan).map_or(0, |plan| plan.stamp(inner));
    let (key, at) = (pair(plan, object), slot(plan, object));
    let known = bound.grants.with(at, &key, stamp, |known| {
        debug_assert_eq!(
            *known,
            find(bound, inner, plan, object),
            "the cache of grants is not what the tuples say"
        );
        known.as_deref().map(&look)
    });
    known.unwrap_or_else(|| {
        let found = find(bound, inner, plan, object);
        let seen = found.as_deref().map(look);
        bound.grants.put(at, key, stamp, found);
        seen
    })
}

/// Has what is known of a place come into the processor's cache.
#[inline]
pub(super) fn reach_for(bound: &Bound, plan: PlanId, object: u32) {
    bound.grants.reach_for(slot(plan, object));
}

#[inline]
fn slot(plan: PlanId, object: u32) -> usize {
    // Plans are spread, so that the first objects of each do not meet.
    (object as usize).wrapping_add(plan as usize * 0x3_1415)
}

fn find(bound: &Bound, inner: &Inner, plan: PlanId, object: u32) -> Grants {
    let mut seen = Seen::new(bound.key);
    seen.insert(pair(plan, object));
    let (mut next, mut level, mut level_end) = (0, 0, 1);
    let mut grants = Vec::new();
    while let Some((id, object)) = seen.list().get(next).map(|place| parts(*place)) {
        if next == level_end {
            (level, level_end) = (level + 1, seen.list().len());
        }
        next += 1;
        if level >= LEVELS || seen.list().len() > MOST {
            return None;
        }
        let plan = bound.plan(id)?;
        for entry in inner.forward(plan.sort, object) {
            for action in plan.actions.iter().filter(|action| action.class == entry.class) {
                if grants.len() + entry.members.len() > MOST {
                    return None;
                }
                let members = entry.members.each().map(|(subject, _)| subject);
                match action.what {
                    What::Object => grants.extend(members.map(|subject| pair(action.subject, subject))),
                    What::Wildcard => grants.push(pair(action.subject, STAR)),
                    What::Userset { group: Some(group), .. } => {
                        grants.extend(members.map(|subject| GROUP | pair(group, subject)));
                    }
                    What::Userset { group: None, .. } => return None,
                    What::Parent { plan } => members.for_each(|subject| {
                        seen.insert(pair(plan, subject));
                    }),
                }
            }
        }
    }
    grants.sort_unstable();
    grants.dedup();
    Some(grants.into())
}

/// Whether a list names the user, or a group the user is in.
#[inline]
pub(super) fn name(grants: &[u64], user: User, subjects: &Subjects) -> bool {
    debug_assert_eq!(user.kind, Kind::Object);
    let groups = grants.partition_point(|one| *one < GROUP);
    let (objects, groups) = grants.split_at_checked(groups).unwrap_or((grants, &[]));
    let (own, everybody) = (pair(user.sort, user.id), pair(user.sort, STAR));
    if objects.iter().any(|one| *one == own || *one == everybody) {
        return true;
    }
    !groups.is_empty() && subjects.has_one_of(groups, GROUP)
}
