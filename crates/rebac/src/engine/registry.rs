//! The words of a store in numbers: its types, and the classes of its tuples. Numbers are given out once; every version of the
//! graph and every compiled model of a store shares them.
//!
//! A *class* is everything about a tuple but its two ids: object type, relation, kind of user, condition. A model's type
//! restriction is a class, so a tuple that does not fit the model in use has a class the compiled model never asks for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::hash::HashKey;
use crate::model::{ReferenceKind, TypeReference};

pub(super) type TypeId = u32;
pub(super) type ClassId = u32;
pub(super) type WordId = u32;

/// A class must fit beside a count in one word of a page.
pub(super) const MOST_CLASSES: u32 = 1 << 22;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub object: TypeId,
    pub relation: WordId,
    pub subject: TypeId,
    pub kind: Kind,
    pub condition: Option<WordId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Object,
    Wildcard,
    /// Whoever has the relation to the subject.
    Userset(WordId),
}

impl Class {
    /// The class of a type restriction; none where no tuple and no model has used its words.
    pub(super) fn of(
        words: &Words,
        object: TypeId,
        relation: &str,
        reference: &TypeReference,
    ) -> Option<Self> {
        Some(Self {
            object,
            relation: words.relation_id(relation)?,
            subject: words.type_id(&reference.type_name)?,
            kind: match &reference.kind {
                ReferenceKind::Object => Kind::Object,
                ReferenceKind::Wildcard => Kind::Wildcard,
                ReferenceKind::Userset(name) => Kind::Userset(words.relation_id(name)?),
            },
            condition: match &reference.condition {
                Some(name) => Some(words.condition_id(name)?),
                None => None,
            },
        })
    }
}

/// What every version of one store's graph has in common.
pub(super) struct Registry {
    pub key: HashKey,
    /// Tells this store's graph from any other, of this process or of an earlier one.
    pub id: u64,
    events: AtomicU64,
    words: Mutex<Arc<Words>>,
}

#[derive(Clone, Default)]
pub(super) struct Words {
    types: Table,
    relations: Table,
    conditions: Table,
    classes: Vec<Class>,
    by_class: HashMap<Class, ClassId>,
    /// The same but for the condition: a key may stand in one of them only.
    siblings: HashMap<Class, Vec<ClassId>>,
}

#[derive(Clone, Default)]
struct Table {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Registry {
    pub(super) fn new(key: HashKey) -> Self {
        let id = HashKey::fresh().hash("graph");
        Self { key, id, events: AtomicU64::new(1), words: Mutex::default() }
    }

    /// A number no other version of the graph has, on whatever branch.
    pub(super) fn event(&self) -> u64 {
        self.events.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn words(&self) -> Arc<Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets words be added; those that are there keep their numbers.
    pub(super) fn extend<T>(&self, add: impl FnOnce(&mut Words) -> T) -> T {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        add(Arc::make_mut(&mut words))
    }
}

impl Words {
    pub(super) fn type_id(&self, name: &str) -> Option<TypeId> {
        self.types.numbers.get(name).copied()
    }

    pub(super) fn relation_id(&self, name: &str) -> Option<WordId> {
        self.relations.numbers.get(name).copied()
    }

    pub(super) fn condition_id(&self, name: &str) -> Option<WordId> {
        self.conditions.numbers.get(name).copied()
    }

    pub(super) fn type_name(&self, id: TypeId) -> &str {
        self.types.name(id)
    }

    pub(super) fn relation_name(&self, id: WordId) -> &str {
        self.relations.name(id)
    }

    pub(super) fn condition_name(&self, id: WordId) -> &str {
        self.conditions.name(id)
    }

    pub(super) fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id as usize)
    }

    pub(super) fn class_id(&self, class: &Class) -> Option<ClassId> {
        self.by_class.get(class).copied()
    }

    /// Every class that differs from this one in the condition at most.
    pub(super) fn siblings(&self, class: &Class) -> &[ClassId] {
        let plain = Class { condition: None, ..*class };
        self.siblings.get(&plain).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add_type(&mut self, name: &str) -> TypeId {
        self.types.add(name)
    }

    pub(super) fn add_relation(&mut self, name: &str) -> WordId {
        self.relations.add(name)
    }

    pub(super) fn add_condition(&mut self, name: &str) -> WordId {
        self.conditions.add(name)
    }

    /// None where there are more classes than a page can name: four million different type restrictions.
    pub(super) fn add_class(&mut self, class: Class) -> Option<ClassId> {
        if let Some(known) = self.class_id(&class) {
            return Some(known);
        }
        let id = ClassId::try_from(self.classes.len()).ok().filter(|id| *id < MOST_CLASSES)?;
        self.classes.push(class);
        self.by_class.insert(class, id);
        self.siblings.entry(Class { condition: None, ..class }).or_default().push(id);
        Some(id)
    }
}

impl Table {
    fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", |name| name)
    }

    fn add(&mut self, name: &str) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let (id, name) = (self.names.len() as u32, Arc::<str>::from(name));
        self.names.push(name.clone());
        self.numbers.insert(name, id);
        id
    }
}
