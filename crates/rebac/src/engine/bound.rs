//! A compiled model in the numbers of one store.
//!
//! Each relation becomes a *plan*: computed relations are dissolved into it, so that all its unions are one list of actions by
//! class of tuple, and one look at an object's record answers them together. `and` and `but not` stay, as operations on
//! plans of the same object.

use std::collections::HashMap;
use std::sync::Arc;

use super::answers::Answers;
use super::cache::Cache;
use super::compiled::Programs;
use super::grants::{Grants, Lists};
use super::graph::Inner;
use super::hash::HashKey;
use super::registry::{ClassId, Kind, Registry, TypeId, WordId};
use super::subjects::{Lines, Subjects};
use crate::condition::Program;
use crate::model::AuthorizationModel;

pub(super) type PlanId = u32;

pub(super) struct Bound {
    /// Of which store.
    pub registry: u64,
    pub key: HashKey,
    pub types: HashMap<Box<str>, BoundType, HashKey>,
    pub plans: Vec<Plan>,
    /// Usersets that only unions of unconditional tuples fill: a user's memberships in them can be known beforehand.
    pub groups: Vec<Group>,
    /// Which groups a tuple fills; in order of class.
    pub feeds: Vec<Feed>,
    pub conditions: HashMap<WordId, Condition, HashKey>,
    /// The classes that fill groups.
    pub filling: Vec<ClassId>,
    /// Of users and of places: what is short, and what is not.
    pub near_users: Lines,
    pub users: Cache<u64, Subjects>,
    pub near_grants: Lists,
    pub grants: Cache<u64, Grants>,
    pub answers: Answers,
}

pub(super) struct Condition {
    pub name: String,
    pub program: Option<Arc<Program>>,
}

pub(super) struct BoundType {
    pub sort: TypeId,
    /// Its bit in what plans can reach.
    pub bit: u128,
    pub relations: HashMap<Box<str>, PlanId, HashKey>,
}

#[derive(Clone, Default, Debug)]
pub(super) struct Plan {
    pub sort: TypeId,
    /// In order of class.
    pub actions: Vec<Action>,
    pub booleans: Vec<Boolean>,
    /// The relations that are dissolved in it, its own among them.
    pub includes: Vec<WordId>,
    /// Types of whose objects one could ever be allowed.
    pub reach: u128,
    /// Whether tuples may lead from it back to itself, or from a plan it rests on.
    pub circular: bool,
    /// Whether such a circle goes through `and` or `but not`.
    pub knotted: bool,
    /// Unions of unconditional tuples through and through (see `grants`).
    pub open: bool,
    /// Whether answers can be seen from one record (see `quick`).
    pub quick: bool,
    /// By which tuples one of its own, or one of its sides', leads on to what stands above, and to which plan there.
    pub above: Vec<(ClassId, PlanId)>,
    /// Every class of tuples that may bear on it, and whether one of them has a condition.
    pub rests_on: Vec<ClassId>,
    pub conditional: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    pub class: ClassId,
    pub subject: TypeId,
    pub condition: Option<WordId>,
    pub what: What,
}

/// What a tuple of a class does for a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It allows the object it names.
    Object,
    /// It allows every object of its type.
    Wildcard,
    /// It allows whoever the plan allows on the object it names.
    Userset { relation: WordId, plan: PlanId, group: Option<u32> },
    /// The same, by `from`.
    Parent { plan: PlanId },
}

#[derive(Clone, Debug)]
pub(super) enum Boolean {
    All(Vec<PlanId>),
    Except { base: PlanId, subtract: PlanId },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub plan: PlanId,
    pub sort: TypeId,
    pub relation: WordId,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    pub class: ClassId,
    pub kind: Kind,
    pub group: u32,
}

/// Where an answer rests on more classes of tuples, it is not remembered: looking whether it still holds takes as long.
const MOST_CLASSES: usize = 48;

impl Plan {
    /// Whether answers are kept: not where they depend on a question's context.
    #[inline]
    pub(super) fn is_remembered(&self) -> bool {
        !self.conditional && self.rests_on.len() <= MOST_CLASSES
    }

    /// The event that last changed what the plan rests on.
    #[inline]
    pub(super) fn stamp(&self, inner: &Inner) -> u64 {
        let changed = |class: &ClassId| inner.changed.get(*class as usize).copied().unwrap_or_default();
        self.rests_on.iter().map(changed).max().unwrap_or_default()
    }
}

impl Bound {
    pub(super) fn new(model: &AuthorizationModel, programs: &Programs, registry: &Registry) -> Self {
        registry.extend(|words| super::lower::lower(model, programs, registry, words))
    }

    #[inline]
    pub(super) fn plan(&self, id: PlanId) -> Option<&Plan> {
        self.plans.get(id as usize)
    }

    #[inline]
    pub(super) fn find(&self, type_name: &str, relation: &str) -> Option<&Plan> {
        self.plan(*self.types.get(type_name)?.relations.get(relation)?)
    }

    /// The event that last changed who is in a group.
    #[inline]
    pub(super) fn stamp(&self, inner: &Inner) -> u64 {
        let changed = |class: &ClassId| inner.changed.get(*class as usize).copied().unwrap_or_default();
        self.filling.iter().map(changed).max().unwrap_or_default()
    }

    /// The groups that a tuple of a class fills.
    pub(super) fn fed(&self, class: ClassId) -> impl Iterator<Item = &Feed> {
        let start = self.feeds.partition_point(|feed| feed.class < class);
        self.feeds.iter().skip(start).take_while(move |feed| feed.class == class)
    }
}
