//! From changes in words to edits in numbers: the first half of a new version.

use std::sync::Arc;

use super::graph::{ChangeRef, Inner, Named, Then, split_type};
use super::registry::{Class, ClassId, TypeId, Words};
use super::rows::{Edit, PLAIN};
use crate::tuple::TupleCondition;

/// Enters words and names into what is to become the next version, and gives back edits of its pages.
pub(super) struct Enter {
    pub inner: Inner,
    edits: Vec<Edit>,
    turn: u32,
    /// The last shapes of tuples: neighbours are mostly alike.
    shapes: Vec<Shape>,
    /// How often they have been forgotten.
    forgotten: u32,
    /// The one that was found last: behind it the next one mostly is.
    found: usize,
    /// The object before, and its number.
    last: (String, u32),
}

const SHAPES: usize = 12;
/// Changes whose names are looked for together.
const TOGETHER: usize = 16;

/// A tuple's words without its ids, and the class they make.
struct Shape {
    object: String,
    relation: String,
    subject: String,
    userset: Option<String>,
    everybody: bool,
    condition: Option<String>,
    class: Class,
    id: ClassId,
    /// The other classes the same key may stand in.
    others: Vec<ClassId>,
}

/// A key in its parts.
#[derive(Clone, Copy)]
struct Parts<'a> {
    /// Type and id.
    object: (&'a str, &'a str),
    relation: &'a str,
    user: Named<'a>,
}

/// A change that is about to be taken.
struct Ready<'a> {
    change: ChangeRef<'a>,
    parts: Parts<'a>,
    /// The place of its shape, and the types of object and user; none where the shape is new.
    shape: Option<(usize, [TypeId; 2])>,
    /// Of the names of object and user.
    hashes: [u64; 2],
}

impl<'a> Parts<'a> {
    fn of(change: &ChangeRef<'a>) -> Option<Self> {
        let (object, user) = (split_type(change.object)?, Named::parse(change.user)?);
        Some(Self { object, relation: change.relation, user })
    }

    /// The class, where all its words are known.
    fn class(&self, words: &Words, condition: Option<&str>) -> Option<Class> {
        Some(Class {
            object: words.type_id(self.object.0)?,
            relation: words.relation_id(self.relation)?,
            subject: words.type_id(self.user.type_name)?,
            kind: self.user.kind(|relation| words.relation_id(relation))?,
            condition: match condition {
                Some(name) => Some(words.condition_id(name)?),
                None => None,
            },
        })
    }
}

impl Shape {
    fn is_of(&self, parts: &Parts<'_>, condition: Option<&str>) -> bool {
        self.object == parts.object.0
            && self.relation == parts.relation
            && self.subject == parts.user.type_name
            && self.userset.as_deref() == parts.user.relation
            && self.everybody == (parts.user.id == "*")
            && self.condition.as_deref() == condition
    }
}

impl Enter {
    pub(super) fn new(inner: Inner) -> Self {
        let (shapes, last) = (Vec::new(), (String::new(), 0));
        Self { inner, edits: Vec::new(), turn: 0, shapes, forgotten: 0, found: 0, last }
    }

    /// One change more, after those before. A key that is no key is passed over.
    pub(super) fn take(&mut self, change: ChangeRef<'_>) {
        if let Some(ready) = self.ready(change) {
            self.enter(&ready);
        }
    }

    /// Many, in their order: what is known of their names comes into the processor's cache several at a time.
    pub(super) fn take_all<'a>(&mut self, mut changes: impl Iterator<Item = ChangeRef<'a>>) {
        let mut some = Vec::with_capacity(TOGETHER);
        loop {
            some.extend(changes.by_ref().take(TOGETHER).filter_map(|change| self.ready(change)));
            if some.is_empty() {
                // Changes that were passed over are no end.
                let Some(change) = changes.next() else { return };
                self.take(change);
                continue;
            }
            self.reach_for(&some);
            let known = self.forgotten;
            for mut ready in some.drain(..) {
                ready.shape = ready.shape.filter(|_| self.forgotten == known);
                self.enter(&ready);
            }
        }
    }

    fn ready<'a>(&mut self, change: ChangeRef<'a>) -> Option<Ready<'a>> {
        let parts = Parts::of(&change)?;
        let condition = match change.then {
            Then::Written { condition, .. } => condition.map(|condition| condition.name.as_str()),
            Then::Deleted => None,
        };
        let place = self.known_shape(&parts, condition);
        let shape = place.and_then(|place| {
            let class = self.shapes.get(place)?.class;
            Some((place, [class.object, class.subject]))
        });
        let hashes = [parts.object.1, parts.user.id].map(|name| self.inner.registry.key.hash(name));
        Some(Ready { change, parts, shape, hashes })
    }

    /// First where a name would stand, then what stands there.
    fn reach_for(&self, all: &[Ready<'_>]) {
        let names = || {
            let each = all.iter().filter_map(|ready| Some((ready.shape?.1, ready.hashes)));
            let each = each.flat_map(|(types, hashes)| types.into_iter().zip(hashes));
            each.filter_map(|(sort, hash)| Some((self.inner.names(sort)?, hash)))
        };
        names().for_each(|(names, hash)| names.reach_for(hash));
        for (names, hash) in names() {
            if let Some(id) = names.guess(hash)
                && let Some(page) = names.page(id)
            {
                page.reach_for(id);
            }
        }
    }

    fn enter(&mut self, ready: &Ready<'_>) {
        match ready.change.then {
            Then::Written { condition, at } => self.write(ready, condition, at),
            Then::Deleted => self.delete(&ready.parts),
        };
        self.turn += 1;
    }

    /// How many edits have come of it.
    pub(super) fn len(&self) -> usize {
        self.edits.len()
    }

    /// Gives them away; what comes later follows them.
    pub(super) fn edits(&mut self) -> Vec<Edit> {
        self.turn = 0;
        std::mem::take(&mut self.edits)
    }

    fn write(&mut self, ready: &Ready<'_>, condition: Option<&TupleCondition>, at: i64) -> Option<()> {
        let Ready { change, parts, shape, hashes: [of_object, of_user] } = ready;
        let place = match shape {
            Some((place, _)) => *place,
            None => self.shape(parts, condition.map(|condition| condition.name.as_str()))?,
        };
        let context = match condition {
            Some(condition) => {
                let text = serde_json::to_string(&condition.context).ok()?;
                Arc::make_mut(&mut self.inner.contexts).intern(&text)
            }
            None => PLAIN,
        };
        let Shape { class, id, .. } = self.shapes.get(place)?;
        let (class, id, turn) = (*class, *id, self.turn);
        if self.last.0 != change.object {
            let names = &mut self.inner.sort_mut(class.object)?.names;
            self.last.1 = names.intern_hashed(parts.object.1, *of_object);
            self.last.0.clear();
            self.last.0.push_str(change.object);
        }
        let owner = (class.object, self.last.1);
        let item = self.inner.sort_mut(class.subject)?.names.intern_hashed(parts.user.id, *of_user);
        let others = &self.shapes.get(place)?.others;
        self.edits.extend(others.iter().map(|class| Edit { owner, class: *class, item, turn, row: None }));
        self.edits.push(Edit { owner, class: id, item, turn, row: Some((context, at)) });
        Some(())
    }

    fn delete(&mut self, parts: &Parts<'_>) -> Option<()> {
        let (words, turn) = (&self.inner.words, self.turn);
        let class = parts.class(words, None)?;
        let owner = (class.object, self.inner.number(class.object, parts.object.1)?);
        let item = self.inner.number(class.subject, parts.user.id)?;
        let all = words.siblings(&class).iter();
        self.edits.extend(all.map(|class| Edit { owner, class: *class, item, turn, row: None }));
        Some(())
    }

    fn known_shape(&mut self, parts: &Parts<'_>, condition: Option<&str>) -> Option<usize> {
        let behind = self.found + 1;
        let (before, rest) = self.shapes.split_at_checked(behind).unwrap_or((&self.shapes, &[]));
        let is_it = |shape: &Shape| shape.is_of(parts, condition);
        let found = rest.iter().position(is_it).map(|place| place + behind);
        self.found = found.or_else(|| before.iter().position(is_it))?;
        Some(self.found)
    }

    fn forget_shapes(&mut self) {
        self.shapes.clear();
        self.forgotten += 1;
    }

    /// The place of a tuple's shape among the last.
    fn shape(&mut self, parts: &Parts<'_>, condition: Option<&str>) -> Option<usize> {
        if let Some(place) = self.known_shape(parts, condition) {
            return Some(place);
        }
        let class = self.class(parts, condition)?;
        let id = self.class_id(class)?;
        if self.shapes.len() >= SHAPES {
            self.forget_shapes();
        }
        let siblings = self.inner.words.siblings(&class);
        self.shapes.push(Shape {
            object: parts.object.0.to_owned(),
            relation: parts.relation.to_owned(),
            subject: parts.user.type_name.to_owned(),
            userset: parts.user.relation.map(str::to_owned),
            everybody: parts.user.id == "*",
            condition: condition.map(str::to_owned),
            class,
            id,
            others: siblings.iter().copied().filter(|class| *class != id).collect(),
        });
        Some(self.shapes.len() - 1)
    }

    /// The class of a tuple, its words entered.
    fn class(&mut self, parts: &Parts<'_>, condition: Option<&str>) -> Option<Class> {
        if let Some(class) = parts.class(&self.inner.words, condition) {
            return Some(class);
        }
        let class = self.inner.registry.extend(|words| {
            words.add_type(parts.object.0);
            words.add_type(parts.user.type_name);
            words.add_relation(parts.relation);
            parts.user.relation.map(|relation| words.add_relation(relation));
            condition.map(|condition| words.add_condition(condition));
            parts.class(words, condition)
        });
        self.inner.words = self.inner.registry.words();
        class
    }

    fn class_id(&mut self, class: Class) -> Option<ClassId> {
        if let Some(id) = self.inner.words.class_id(&class) {
            return Some(id);
        }
        let id = self.inner.registry.extend(|words| words.add_class(class));
        self.inner.words = self.inner.registry.words();
        // They do not know their new sibling.
        self.forget_shapes();
        id
    }
}
