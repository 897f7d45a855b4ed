//! The tuples a question brings along, and the names only it knows: a layer over the graph that ends with the question, and
//! that no cache ever sees.

use super::graph::{Inner, Named};
use super::names::STAR;
use super::page::{Entry, Members};
use super::registry::{Class, ClassId, Kind, TypeId, WordId, Words};
use super::rows::PLAIN;
use crate::tuple::Tuple;

/// Numbers of contexts from here on are places in the question's list of tuples.
const OWN: u32 = 1 << 31;

/// Object, relation and user, each in numbers.
type Key = ((TypeId, u32), WordId, (TypeId, u32));

#[derive(Default)]
pub(super) struct Overlay {
    forward: Side,
    reverse: Side,
    /// Keys whose user is an object, in order: a stored tuple of the same key does not count.
    shadows: Vec<Key>,
    has_conditions: bool,
    /// Names the graph does not have, with the numbers they get here.
    names: Vec<(TypeId, u32, String)>,
}

/// A tuple in numbers.
struct Edge {
    object: (TypeId, u32),
    subject: (TypeId, u32),
    class: ClassId,
    context: u32,
}

/// Edges in order of owner and class.
#[derive(Default)]
struct Side {
    keys: Vec<(TypeId, u32, ClassId)>,
    items: Vec<u32>,
    contexts: Vec<u32>,
}

impl Overlay {
    /// Tuples whose class no model of the store has are left out, as they would be if they were stored.
    pub(super) fn new(inner: &Inner, tuples: &[Tuple]) -> Self {
        let mut overlay = Self::default();
        if tuples.is_empty() {
            return overlay;
        }
        let words = inner.registry.words();
        let tuples = (0..).zip(tuples);
        let edges: Vec<Edge> =
            tuples.filter_map(|(at, tuple)| overlay.edge(inner, &words, at, tuple)).collect();
        overlay.shadows.sort_unstable();
        let one_way = |edge: &Edge| (edge.object, edge.class, edge.subject.1, edge.context);
        overlay.forward = Side::of(edges.iter().map(one_way));
        let other_way = |edge: &Edge| (edge.subject, edge.class, edge.object.1, edge.context);
        overlay.reverse = Side::of(edges.iter().map(other_way));
        overlay
    }

    /// The tuple at a place in numbers. What it replaces is noted.
    fn edge(&mut self, inner: &Inner, words: &Words, at: u32, tuple: &Tuple) -> Option<Edge> {
        let (object_type, object) = tuple.key.object.split_once(':')?;
        let user = Named::parse(&tuple.key.user)?;
        let condition = tuple.condition.as_ref();
        let class = Class {
            object: words.type_id(object_type)?,
            relation: words.relation_id(&tuple.key.relation)?,
            subject: words.type_id(user.type_name)?,
            kind: user.kind(|relation| words.relation_id(relation))?,
            condition: match condition {
                Some(condition) => Some(words.condition_id(&condition.name)?),
                None => None,
            },
        };
        let id = words.class_id(&class)?;
        let object = (class.object, self.number(inner, class.object, object));
        let subject = (class.subject, self.number(inner, class.subject, user.id));
        if class.kind == Kind::Object {
            self.shadows.push((object, class.relation, subject));
        }
        self.has_conditions |= condition.is_some();
        let context = if condition.is_some() { OWN | at } else { PLAIN };
        Some(Edge { object, subject, class: id, context })
    }

    /// Whether a stored tuple is replaced by one that the question brings.
    pub(super) fn shadows(&self, class: &Class, object: u32, subject: u32) -> bool {
        let key = ((class.object, object), class.relation, (class.subject, subject));
        class.kind == Kind::Object && self.shadows.binary_search(&key).is_ok()
    }

    /// Whether a stored tuple may be replaced by one that holds only under a condition.
    pub(super) fn may_weaken(&self) -> bool {
        self.has_conditions && !self.shadows.is_empty()
    }

    /// The place in the question's list of the tuple that has this context.
    pub(super) fn place(context: u32) -> Option<usize> {
        (context != PLAIN && context >= OWN).then_some((context ^ OWN) as usize)
    }

    /// Whether it has neither tuples nor names of its own.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.is_empty() && self.names.is_empty()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.forward.keys.is_empty()
    }

    /// The number of an object, a new one if the graph has none.
    #[inline]
    pub(super) fn number(&mut self, inner: &Inner, sort: TypeId, name: &str) -> u32 {
        inner.number(sort, name).unwrap_or_else(|| self.own_number(inner, sort, name))
    }

    /// The number of an object that only the question names.
    pub(super) fn own(&self, sort: TypeId, name: &str) -> Option<u32> {
        self.names.iter().find(|(one, _, own)| *one == sort && own == name).map(|(_, number, _)| *number)
    }

    fn own_number(&mut self, inner: &Inner, sort: TypeId, name: &str) -> u32 {
        if name == "*" {
            return STAR;
        }
        let same = self.names.iter().filter(|(one, _, _)| *one == sort);
        if let Some((_, number, _)) = same.clone().find(|(_, _, own)| own == name) {
            return *number;
        }
        let number = inner.names(sort).map_or(STAR + 1, |names| names.len()) + same.count() as u32;
        self.names.push((sort, number, name.to_owned()));
        number
    }

    pub(super) fn name<'a>(&'a self, inner: &'a Inner, sort: TypeId, number: u32) -> Option<&'a str> {
        if number == STAR {
            return Some("*");
        }
        let known = inner.names(sort).and_then(|names| names.get(number));
        let own = || self.names.iter().find(|(one, own, _)| (*one, *own) == (sort, number));
        known.or_else(|| own().map(|(_, _, name)| name.as_str()))
    }

    pub(super) fn forward(&self, sort: TypeId, object: u32) -> impl Iterator<Item = Entry<'_>> {
        self.forward.entries(sort, object)
    }

    pub(super) fn reverse(&self, sort: TypeId, subject: u32) -> impl Iterator<Item = Entry<'_>> {
        self.reverse.entries(sort, subject)
    }
}

impl Side {
    fn of(edges: impl Iterator<Item = ((TypeId, u32), ClassId, u32, u32)>) -> Self {
        let mut rows: Vec<_> =
            edges.map(|(owner, class, item, context)| ((owner.0, owner.1, class), item, context)).collect();
        rows.sort_by_key(|(key, item, _)| (*key, *item));
        Self {
            keys: rows.iter().map(|row| row.0).collect(),
            items: rows.iter().map(|row| row.1).collect(),
            contexts: rows.iter().map(|row| row.2).collect(),
        }
    }

    fn entries(&self, sort: TypeId, owner: u32) -> impl Iterator<Item = Entry<'_>> {
        let mut at = self.keys.partition_point(|key| (key.0, key.1) < (sort, owner));
        std::iter::from_fn(move || {
            let key = *self.keys.get(at).filter(|key| (key.0, key.1) == (sort, owner))?;
            let same = self.keys.get(at..)?.partition_point(|one| *one == key);
            let range = at..at + same;
            at += same;
            let members =
                Members::Few { items: self.items.get(range.clone())?, contexts: self.contexts.get(range)? };
            Some(Entry { class: key.2, members })
        })
    }
}
