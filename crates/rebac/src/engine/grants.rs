//! Whom the tuples of an object and of everything above it name: one short list in the place of a walk.
//!
//! Only for plans that are *open*: unions through and through, without conditions, of users, wildcards, groups and the same of
//! parents. A list that is long or deep is not made; it is walked.

use std::sync::Arc;

use super::bound::{Bound, PlanId, What};
use super::graph::Inner;
use super::names::STAR;
use super::near::{Few, Items, Known, Near, all_packed, packed, unpacked};
use super::registry::Kind;
use super::seen::{Seen, pair, parts};
use super::subjects::User;

/// The most that a list names.
const MOST: usize = 64;
/// The most levels above.
const LEVELS: u32 = 12;
/// Marks the members of a group among objects.
const GROUP: u64 = 1 << 63;

/// Those that are short.
pub(super) type Lists = Near<WORDS>;
const WORDS: usize = 24;

/// None where it would be too long.
pub(super) type Grants = Option<Arc<[u64]>>;

/// Whether the list of a place, known or found out, names the user or a group the user is in; nothing where there is none.
#[inline]
pub(super) fn of_place(
    bound: &Bound,
    inner: &Inner,
    (plan, object): (PlanId, u32),
    user: User,
    has: impl Fn(u64) -> bool + Copy,
) -> Option<bool> {
    let place = (plan, object);
    let key = pair(plan, object);
    let known = bound.near_grants.with(slot(plan, object), key, stamp(bound, inner, plan), |items| {
        (
            names_packed(items, user, has),
            cfg!(debug_assertions).then(|| items.iter().map(unpacked).collect::<Vec<_>>()),
        )
    });
    match known {
        Known::Here((named, seen)) => {
            debug_assert!(
                find(bound, inner, plan, object).is_none_or(|all| seen.is_some_and(|seen| *all == *seen)),
                "the list of grants is not what the tuples say"
            );
            Some(named)
        }
        Known::Far => of_far_place(bound, inner, place, |grants| name(grants, user, has)),
        Known::Not => {
            let found = compose(bound, inner, place).or_else(|| find(bound, inner, plan, object));
            let packed = found.as_deref().and_then(all_packed).filter(|list| list.len() <= Lists::most());
            keep(bound, inner, place, packed.as_deref());
            let named = found.as_deref().map(|grants| name(grants, user, has));
            if packed.is_none() {
                bound.grants.put(slot(plan, object), pair(plan, object), stamp(bound, inner, plan), found);
            }
            named
        }
    }
}

/// The same of a list that is long, or that there is none: a quick look, since others wait meanwhile.
fn of_far_place<T>(
    bound: &Bound,
    inner: &Inner,
    (plan, object): (PlanId, u32),
    look: impl Fn(&[u64]) -> T,
) -> Option<T> {
    let (key, at, stamp) = (pair(plan, object), slot(plan, object), stamp(bound, inner, plan));
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
    bound.near_grants.reach_for(slot(plan, object));
}

#[inline]
fn slot(plan: PlanId, object: u32) -> usize {
    // Plans are spread, so that the first objects of each do not meet.
    (object as usize).wrapping_add(plan as usize * 0x3_1415)
}

/// The event that last changed what the lists of a plan rest on.
#[inline]
fn stamp(bound: &Bound, inner: &Inner, plan: PlanId) -> u64 {
    bound.plan(plan).map_or(0, |plan| plan.stamp(inner))
}

/// What is known of a place.
#[inline]
fn known(bound: &Bound, inner: &Inner, (plan, object): (PlanId, u32)) -> Known<Few<WORDS>> {
    bound.near_grants.get(slot(plan, object), pair(plan, object), stamp(bound, inner, plan))
}

/// Keeps a list that is short; none stands for one that is not.
fn keep(bound: &Bound, inner: &Inner, (plan, object): (PlanId, u32), list: Option<&[u32]>) {
    bound.near_grants.put(slot(plan, object), pair(plan, object), stamp(bound, inner, plan), list);
}

/// The list of a place from that of the only one above it, as far up as it takes to meet one that is known; those in between
/// are known from then on. None where that is not to be had: there are several above, or it is far or long.
fn compose(bound: &Bound, inner: &Inner, asked: (PlanId, u32)) -> Grants {
    // What each place names by itself, and where that begins, from the one asked for upwards.
    let (mut own, mut chain, mut place) = (Vec::with_capacity(MOST), Vec::new(), asked);
    let mut list = loop {
        chain.push((place, own.len()));
        let (mut above, mut several) = (None, false);
        name_all(bound, inner, place, &mut own, |place| {
            several |= above.replace(place).is_some_and(|known| known != place);
        })?;
        match above {
            None => break Vec::with_capacity(MOST),
            Some(_) if several || chain.len() >= LEVELS as usize => return None,
            Some(above) => match known(bound, inner, above) {
                Known::Here(few) => break few.iter().map(unpacked).collect(),
                Known::Far => return None,
                Known::Not => place = above,
            },
        }
    };
    while let Some((place, start)) = chain.pop() {
        list.extend(own.drain(start..));
        list.sort_unstable();
        list.dedup();
        if list.len() > MOST {
            return None;
        }
        if place != asked {
            keep(bound, inner, place, all_packed(&list).as_deref());
        }
    }
    Some(list.into())
}

/// The list of a place by a walk through everything above it.
fn find(bound: &Bound, inner: &Inner, plan: PlanId, object: u32) -> Grants {
    let mut seen = Seen::new(bound.key);
    seen.insert(pair(plan, object));
    let (mut next, mut level, mut level_end) = (0, 0, 1);
    let mut grants = Vec::new();
    while let Some(place) = seen.list().get(next).map(|place| parts(*place)) {
        if next == level_end {
            (level, level_end) = (level + 1, seen.list().len());
        }
        next += 1;
        if level >= LEVELS || seen.list().len() > MOST {
            return None;
        }
        name_all(bound, inner, place, &mut grants, |(plan, above)| {
            seen.insert(pair(plan, above));
        })?;
    }
    grants.sort_unstable();
    grants.dedup();
    Some(grants.into())
}

/// Adds whom the tuples of a place name, and tells what stands above it. None where these are too many, or no plain groups.
#[inline]
fn name_all(
    bound: &Bound,
    inner: &Inner,
    (plan, object): (PlanId, u32),
    names: &mut Vec<u64>,
    mut above: impl FnMut((PlanId, u32)),
) -> Option<()> {
    let plan = bound.plan(plan)?;
    for entry in inner.forward(plan.sort, object) {
        for action in plan.actions.iter().filter(|action| action.class == entry.class) {
            if names.len() + entry.members.len() > MOST {
                return None;
            }
            let members = entry.members.each().map(|(subject, _)| subject);
            match action.what {
                What::Object => names.extend(members.map(|subject| pair(action.subject, subject))),
                What::Wildcard => names.push(pair(action.subject, STAR)),
                What::Userset { group: Some(group), .. } => {
                    names.extend(members.map(|subject| GROUP | pair(group, subject)));
                }
                What::Userset { group: None, .. } => return None,
                What::Parent { plan } => members.for_each(|subject| above((plan, subject))),
            }
        }
    }
    Some(())
}

/// Whether a list names the user, or a group the user is in.
#[inline]
fn name(grants: &[u64], user: User, has: impl Fn(u64) -> bool) -> bool {
    debug_assert_eq!(user.kind, Kind::Object);
    let (own, everybody) = (pair(user.sort, user.id), pair(user.sort, STAR));
    grants.iter().any(|one| match one & GROUP {
        0 => *one == own || *one == everybody,
        _ => has(one ^ GROUP),
    })
}

/// The same of a list whose items are packed.
#[inline]
fn names_packed(grants: Items<'_>, user: User, has: impl Fn(u64) -> bool) -> bool {
    // A user whose number cannot be packed is named in no such list.
    let own = packed(pair(user.sort, user.id));
    let everybody = packed(pair(user.sort, STAR));
    grants.iter().any(|one| match one >> 31 {
        0 => Some(one) == own || Some(one) == everybody,
        _ => has(unpacked(one) ^ GROUP),
    })
}
