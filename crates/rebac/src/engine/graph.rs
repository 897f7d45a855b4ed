//! The tuples of a store, as of one version: immutable, cheap to clone, and cheap to derive the next version from.

use std::sync::Arc;

use super::hash::HashKey;
use super::names::Names;
use super::page::{Page, Record, SLOTS};
use super::radix::Radix;
use super::registry::{Class, ClassId, Kind, Registry, TypeId, Words};
use super::rows::PLAIN;
use crate::tuple::{Context, Tuple, TupleCondition, TupleKey};

/// One change of the tuples.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Stands from now on, instead of whatever stood under its key.
    Write(Tuple, i64),
    /// Stands no longer.
    Delete(TupleKey),
}

/// The same with texts that somebody else holds.
#[derive(Clone, Copy, Debug)]
pub struct ChangeRef<'a> {
    pub object: &'a str,
    pub relation: &'a str,
    pub user: &'a str,
    pub then: Then<'a>,
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub enum Then<'a> {
    Written { condition: Option<&'a TupleCondition>, at: i64 },
    Deleted,
}

impl<'a> From<&'a Change> for ChangeRef<'a> {
    fn from(change: &'a Change) -> Self {
        let (key, then) = match change {
            Change::Write(tuple, at) => {
                (&tuple.key, Then::Written { condition: tuple.condition.as_ref(), at: *at })
            }
            Change::Delete(key) => (key, Then::Deleted),
        };
        Self { object: &key.object, relation: &key.relation, user: &key.user, then }
    }
}

impl From<ChangeRef<'_>> for Change {
    fn from(ChangeRef { object, relation, user, then }: ChangeRef<'_>) -> Self {
        let key = TupleKey::new(object, relation, user);
        match then {
            Then::Written { condition, at } => Self::Write(Tuple { key, condition: condition.cloned() }, at),
            Then::Deleted => Self::Delete(key),
        }
    }
}

/// A tuple with the moment it was written, in microseconds of the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub tuple: Tuple,
    pub written_at: i64,
}

/// An immutable snapshot. Versions of one store's graph share what did not change between them.
#[derive(Clone)]
pub struct Graph {
    pub(super) inner: Arc<Inner>,
}

#[derive(Clone)]
pub(super) struct Inner {
    pub registry: Arc<Registry>,
    /// Of how objects are numbered: the same in all versions until a graph is built anew.
    pub numbering: u64,
    /// As they were when this version was made.
    pub words: Arc<Words>,
    pub version: u64,
    pub len: u64,
    /// Tuples that were deleted or replaced.
    pub gone: u64,
    /// By [`TypeId`].
    pub types: Vec<Arc<Sort>>,
    /// Of tuples, as JSON.
    pub contexts: Arc<Names>,
    /// By [`ClassId`]: the event that last changed its tuples.
    pub changed: Arc<Vec<u64>>,
}

/// The objects of one type, and their neighbours both ways.
#[derive(Clone)]
pub(super) struct Sort {
    pub names: Names,
    /// From an object to whom its tuples name.
    pub forward: Radix<Page>,
    /// From whom tuples name to the objects.
    pub reverse: Radix<Page>,
}

impl Sort {
    pub(super) fn new(registry: &Registry) -> Self {
        Self { names: Names::new(registry.key), forward: Radix::default(), reverse: Radix::default() }
    }
}

/// A key in numbers, but for its condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub class: Class,
    pub object: u32,
    pub subject: u32,
}

impl Default for Graph {
    fn default() -> Self {
        Self::keyed(HashKey::default())
    }
}

impl Graph {
    /// An empty one.
    pub fn keyed(key: HashKey) -> Self {
        Self::within(Arc::new(Registry::new(key)), 0)
    }

    pub(super) fn within(registry: Arc<Registry>, version: u64) -> Self {
        let inner = Inner {
            words: registry.words(),
            numbering: registry.id.wrapping_add(registry.event()),
            version,
            len: 0,
            gone: 0,
            types: Vec::new(),
            contexts: Arc::new(Names::new(registry.key)),
            changed: Arc::default(),
            registry,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The version this snapshot was given.
    pub fn version(&self) -> u64 {
        self.inner.version
    }

    /// How many tuples there are.
    pub fn len(&self) -> u64 {
        self.inner.len
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn find(&self, key: &TupleKey) -> Option<Stored> {
        let ids = self.inner.ids(key)?;
        let record = self.inner.forward(ids.class.object, ids.object);
        let siblings = self.inner.words.siblings(&ids.class);
        siblings.iter().find_map(|class| {
            let context = record.members(*class)?.find(ids.subject)?;
            self.inner.stored(*class, ids.object, ids.subject, context)
        })
    }
}

impl Inner {
    #[inline]
    pub(super) fn forward(&self, sort: TypeId, object: u32) -> Record<'_> {
        record(self.types.get(sort as usize).map(|sort| &sort.forward), object)
    }

    #[inline]
    pub(super) fn reverse(&self, sort: TypeId, subject: u32) -> Record<'_> {
        record(self.types.get(sort as usize).map(|sort| &sort.reverse), subject)
    }

    /// The page of an object's record.
    #[inline]
    pub(super) fn page(&self, sort: TypeId, object: u32) -> Option<&Page> {
        self.types.get(sort as usize)?.forward.get(object as usize / SLOTS)
    }

    pub(super) fn names(&self, sort: TypeId) -> Option<&Names> {
        self.types.get(sort as usize).map(|sort| &sort.names)
    }

    #[inline]
    pub(super) fn number(&self, sort: TypeId, name: &str) -> Option<u32> {
        self.names(sort)?.find(name)
    }

    fn ids(&self, key: &TupleKey) -> Option<Ids> {
        let (object_type, object) = key.object.split_once(':')?;
        let who = Named::parse(&key.user)?;
        let words = &self.words;
        let class = Class {
            object: words.type_id(object_type)?,
            relation: words.relation_id(&key.relation)?,
            subject: words.type_id(who.type_name)?,
            kind: who.kind(|relation| words.relation_id(relation))?,
            condition: None,
        };
        Some(Ids {
            class,
            object: self.number(class.object, object)?,
            subject: self.number(class.subject, who.id)?,
        })
    }

    /// The tuple in words. Nothing where there is no such tuple.
    pub(super) fn stored(&self, class: ClassId, object: u32, subject: u32, context: u32) -> Option<Stored> {
        let (kind, at) = (self.words.class(class)?, object as usize);
        let page = self.page(kind.object, object)?;
        let written_at = page.stamp(at % SLOTS, class, subject)?;
        let key = TupleKey {
            object: self.object_name(kind.object, object)?,
            relation: self.words.relation_name(kind.relation).to_owned(),
            user: self.user_name(kind, subject)?,
        };
        Some(Stored { tuple: Tuple { key, condition: self.condition(kind, context) }, written_at })
    }

    pub(super) fn object_name(&self, sort: TypeId, object: u32) -> Option<String> {
        Some(format!("{}:{}", self.words.type_name(sort), self.names(sort)?.get(object)?))
    }

    fn user_name(&self, class: &Class, subject: u32) -> Option<String> {
        let name = self.object_name(class.subject, subject)?;
        Some(match class.kind {
            Kind::Object | Kind::Wildcard => name,
            Kind::Userset(relation) => format!("{name}#{}", self.words.relation_name(relation)),
        })
    }

    fn condition(&self, class: &Class, context: u32) -> Option<TupleCondition> {
        let name = self.words.condition_name(class.condition?).to_owned();
        Some(TupleCondition { name, context: self.context(context) })
    }

    pub(super) fn context(&self, number: u32) -> Context {
        if number == PLAIN {
            return Context::new();
        }
        self.contexts.get(number).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

#[inline]
fn record(pages: Option<&Radix<Page>>, object: u32) -> Record<'_> {
    let page = pages.and_then(|pages| pages.get(object as usize / SLOTS));
    page.map_or(Record::default(), |page| page.record(object as usize % SLOTS))
}

/// A user as a tuple or a question names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub type_name: &'a str,
    pub id: &'a str,
    pub relation: Option<&'a str>,
}

/// What stands before the first colon and what after it. Type names are short: looking at each byte is the fastest.
#[inline]
pub(super) fn split_type(name: &str) -> Option<(&str, &str)> {
    let colon = name.bytes().position(|byte| byte == b':')?;
    Some((name.get(..colon)?, name.get(colon + 1..)?))
}

impl<'a> Named<'a> {
    /// None where it is no `type:id`, `type:*` or `type:id#relation`.
    #[inline]
    pub(super) fn parse(user: &'a str) -> Option<Self> {
        let (type_name, id) = split_type(user)?;
        let (id, relation) = match id.split_once('#') {
            Some((id, relation)) => (id, Some(relation)),
            None => (id, None),
        };
        let broken = type_name.is_empty() || id.is_empty() || id == "*" && relation.is_some();
        (!broken).then_some(Self { type_name, id, relation })
    }

    #[inline]
    pub(super) fn kind(&self, number: impl FnOnce(&str) -> Option<u32>) -> Option<Kind> {
        Some(match self.relation {
            Some(relation) => Kind::Userset(number(relation)?),
            None if self.id == "*" => Kind::Wildcard,
            None => Kind::Object,
        })
    }
}
