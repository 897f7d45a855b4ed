//! The groups a user is in, directly and through other groups: found once, then each userset of a tuple is a look-up.

use std::sync::Arc;

use super::bound::{Bound, Feed};
use super::graph::Inner;
use super::names::STAR;
use super::near::{Few, Known, Near, all_packed, packed, unpacked};
use super::overlay::Overlay;
use super::page::{Entry, Members};
use super::registry::{Kind, TypeId};
use super::seen::{Seen, pair, parts};

/// Words that a user's few groups take.
const SHORT: usize = 16;
/// Those of users who are in few.
pub(super) type Lines = Near<SHORT>;

/// Who is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub sort: TypeId,
    pub id: u32,
    pub kind: Kind,
    /// The bit of its type; every bit where it is a userset.
    pub bit: u128,
}

/// The members of [`Bound::groups`] that contain a user: group and object, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subjects {
    groups: Arc<[u64]>,
}

impl User {
    /// Where caches keep what is known of it. Types are spread, so that the first users of each do not meet.
    #[inline]
    pub(super) fn slot(self) -> usize {
        (self.id as usize).wrapping_add(self.sort as usize * 0x3_1415)
    }
}

impl Subjects {
    /// The groups of a user, remembered where the question brings no tuples of its own.
    pub(super) fn of_user(bound: &Bound, inner: &Inner, overlay: &Overlay, user: User) -> Self {
        let find = || Self::find(bound, inner, overlay, user);
        if overlay.is_plain() && user.kind == Kind::Object {
            match known(bound, inner, user) {
                Known::Here(few) => Self { groups: few.iter().map(unpacked).collect() },
                Known::Far => Self::of_far_user(bound, inner, overlay, user),
                Known::Not => {
                    let found = find();
                    found.remember(bound, inner, user);
                    found
                }
            }
        } else {
            find()
        }
    }

    /// Of a user who is in many groups.
    fn of_far_user(bound: &Bound, inner: &Inner, overlay: &Overlay, user: User) -> Self {
        let (at, key, stamp) = (user.slot(), pair(user.sort, user.id), bound.stamp(inner));
        if let Some(known) = bound.users.get(at, &key, stamp) {
            debug_assert_eq!(
                known,
                Self::find(bound, inner, overlay, user),
                "the cache of groups is not what the tuples say"
            );
            return known;
        }
        let found = Self::find(bound, inner, overlay, user);
        bound.users.put(at, key, stamp, found.clone());
        found
    }

    fn remember(&self, bound: &Bound, inner: &Inner, user: User) {
        let (at, key, stamp) = (user.slot(), pair(user.sort, user.id), bound.stamp(inner));
        let packed = all_packed(&self.groups).filter(|list| list.len() <= Lines::most());
        bound.near_users.put(at, key, stamp, packed.as_deref());
        if packed.is_none() {
            bound.users.put(at, key, stamp, self.clone());
        }
    }

    /// Whether a pair of group and object is among them.
    #[inline]
    pub(super) fn has(&self, pair: u64) -> bool {
        has(&self.groups, pair)
    }

    fn find(bound: &Bound, inner: &Inner, overlay: &Overlay, user: User) -> Self {
        let mut walk = Walk { bound, inner, overlay, seen: Seen::new(bound.key) };
        walk.start(user);
        let mut next = 0;
        while let Some(found) = walk.seen.list().get(next).copied() {
            next += 1;
            let (group, object) = parts(found);
            if let Some(group) = bound.groups.get(group as usize) {
                walk.follow(group.sort, object, Kind::Userset(group.relation));
            }
        }
        let mut groups = walk.seen.into_list();
        groups.sort_unstable();
        Self { groups: groups.into() }
    }

    /// All of them, as pairs of group and object.
    pub(super) fn list(&self) -> &[u64] {
        &self.groups
    }

    /// The objects of one group, as pairs with it.
    #[inline]
    pub(super) fn of(&self, group: u32) -> &[u64] {
        let start = self.groups.partition_point(|one| *one < pair(group, 0));
        let rest = self.groups.get(start..).unwrap_or_default();
        let end = rest.partition_point(|one| *one <= pair(group, u32::MAX));
        rest.get(..end).unwrap_or_default()
    }

    /// Whether one of these objects is among them.
    #[inline]
    pub(super) fn meets(&self, group: u32, members: Members<'_>) -> bool {
        let own = self.of(group);
        match members {
            _ if own.is_empty() => false,
            Members::Few { items, .. } if items.len() <= 8 || own.len() * 4 > items.len() => {
                items.iter().any(|item| has(own, pair(group, *item)))
            }
            _ if own.len() <= members.len() => own.iter().any(|one| members.find(parts(*one).1).is_some()),
            _ => members.each().any(|(item, _)| has(own, pair(group, item))),
        }
    }
}

#[inline]
fn has(own: &[u64], wanted: u64) -> bool {
    if own.len() <= 16 { own.contains(&wanted) } else { own.binary_search(&wanted).is_ok() }
}

/// What is known of a user, whom the question brings nothing about.
#[inline]
fn known(bound: &Bound, inner: &Inner, user: User) -> Known<Few<SHORT>> {
    let known = bound.near_users.get(user.slot(), pair(user.sort, user.id), bound.stamp(inner));
    if let Known::Here(few) = &known {
        debug_assert_eq!(
            Subjects::find(bound, inner, &Overlay::default(), user).groups.to_vec(),
            few.iter().map(unpacked).collect::<Vec<_>>(),
            "the list of groups is not what the tuples say"
        );
    }
    known
}

/// The groups of a user in the form in which they are looked up fastest: few are copied, and most that are asked for are seen
/// not to be among them by one bit.
pub(super) struct Circle {
    groups: Groups,
    bits: u64,
}

enum Groups {
    Few(Few<SHORT>),
    Many(Subjects),
}

impl Circle {
    pub(super) fn of_user(bound: &Bound, inner: &Inner, user: User) -> Self {
        match known(bound, inner, user) {
            Known::Here(few) => {
                let bits = few.iter().fold(0, |bits, one| bits | bit(unpacked(one)));
                Self { groups: Groups::Few(few), bits }
            }
            Known::Far | Known::Not => Subjects::of_user(bound, inner, &Overlay::default(), user).into(),
        }
    }

    /// Whether a pair of group and object is among them.
    #[inline]
    pub(super) fn has(&self, pair: u64) -> bool {
        self.bits & bit(pair) != 0
            && match &self.groups {
                Groups::Few(few) => packed(pair).is_some_and(|pair| few.iter().any(|one| one == pair)),
                Groups::Many(subjects) => subjects.has(pair),
            }
    }

    /// Whether one of the objects of a group fits.
    pub(super) fn any_of(&self, group: u32, fits: impl Fn(u32) -> bool) -> bool {
        let of = |one: u64| parts(one).0 == group && fits(parts(one).1);
        match &self.groups {
            Groups::Few(few) => few.iter().any(|one| of(unpacked(one))),
            Groups::Many(subjects) => subjects.of(group).iter().any(|one| of(*one)),
        }
    }
}

impl From<Subjects> for Circle {
    fn from(subjects: Subjects) -> Self {
        let bits = subjects.groups.iter().fold(0, |bits, one| bits | bit(*one));
        Self { groups: Groups::Many(subjects), bits }
    }
}

#[inline]
const fn bit(pair: u64) -> u64 {
    1 << ((pair ^ pair >> 6 ^ pair >> 32) & 63)
}

struct Walk<'a> {
    bound: &'a Bound,
    inner: &'a Inner,
    overlay: &'a Overlay,
    seen: Seen,
}

impl Walk<'_> {
    fn start(&mut self, user: User) {
        match user.kind {
            Kind::Object => {
                self.follow(user.sort, user.id, Kind::Object);
                self.follow(user.sort, STAR, Kind::Wildcard);
            }
            Kind::Wildcard => self.follow(user.sort, STAR, Kind::Wildcard),
            Kind::Userset(relation) => {
                self.follow(user.sort, user.id, user.kind);
                for (at, group) in self.bound.groups.iter().enumerate() {
                    let plan = self.bound.plan(group.plan);
                    if group.sort == user.sort && plan.is_some_and(|plan| plan.includes.contains(&relation)) {
                        self.seen.insert(pair(at as u32, user.id));
                    }
                }
            }
        }
    }

    /// Adds the groups that name this subject.
    fn follow(&mut self, sort: TypeId, subject: u32, kind: Kind) {
        let (inner, overlay) = (self.inner, self.overlay);
        for entry in inner.reverse(sort, subject) {
            self.feed(entry, kind);
        }
        if !overlay.is_empty() {
            for entry in overlay.reverse(sort, subject) {
                self.feed(entry, kind);
            }
        }
    }

    #[inline]
    fn feed(&mut self, entry: Entry<'_>, kind: Kind) {
        let bound = self.bound;
        for Feed { group, .. } in bound.fed(entry.class).filter(|feed| feed.kind == kind) {
            for (object, _) in entry.members.each() {
                self.seen.insert(pair(*group, object));
            }
        }
    }
}
