//! From changes in words to edits in numbers: the first half of a new version.

use std::sync::Arc;

use super::graph::{ChangeRef, Inner, Named, Then, split_type};
use super::registry::{Class, ClassId, Words};
use super::rows::{Edit, PLAIN};
use crate::tuple::TupleCondition;

/// Enters words and names into what is to become the next version, and gives back edits of its pages.
pub(super) struct Enter {
    pub inner: Inner,
    edits: Vec<Edit>,
    turn: u32,
    /// The last shapes of tuples: neighbours are mostly alike.
    shapes: Vec<Shape>,
    /// The object before, and its number.
    last: (String, u32),
}

const SHAPES: usize = 12;

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
        Self { inner, edits: Vec::new(), turn: 0, shapes: Vec::new(), last: (String::new(), 0) }
    }

    /// One change more, after those before. A key that is no key is passed over.
    pub(super) fn take(&mut self, change: ChangeRef<'_>) {
        let Some(parts) = Parts::of(&change) else { return };
        match change.then {
            Then::Written { condition, at } => self.write(change.object, parts, condition, at),
            Then::Deleted => self.delete(parts),
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

    fn write(
        &mut self,
        object: &str,
        parts: Parts<'_>,
        condition: Option<&TupleCondition>,
        at: i64,
    ) -> Option<()> {
        let place = self.shape(&parts, condition.map(|condition| condition.name.as_str()))?;
        let context = match condition {
            Some(condition) => {
                let text = serde_json::to_string(&condition.context).ok()?;
                Arc::make_mut(&mut self.inner.contexts).intern(&text)
            }
            None => PLAIN,
        };
        let Shape { class, id, .. } = self.shapes.get(place)?;
        let (class, id, turn) = (*class, *id, self.turn);
        if self.last.0 != object {
            self.last.1 = self.inner.sort_mut(class.object)?.names.intern(parts.object.1);
            self.last.0.clear();
            self.last.0.push_str(object);
        }
        let owner = (class.object, self.last.1);
        let item = self.inner.sort_mut(class.subject)?.names.intern(parts.user.id);
        let others = &self.shapes.get(place)?.others;
        self.edits.extend(others.iter().map(|class| Edit { owner, class: *class, item, turn, row: None }));
        self.edits.push(Edit { owner, class: id, item, turn, row: Some((context, at)) });
        Some(())
    }

    fn delete(&mut self, parts: Parts<'_>) -> Option<()> {
        let (words, turn) = (&self.inner.words, self.turn);
        let class = parts.class(words, None)?;
        let owner = (class.object, self.inner.number(class.object, parts.object.1)?);
        let item = self.inner.number(class.subject, parts.user.id)?;
        let all = words.siblings(&class).iter();
        self.edits.extend(all.map(|class| Edit { owner, class: *class, item, turn, row: None }));
        Some(())
    }

    /// The place of a tuple's shape among the last.
    fn shape(&mut self, parts: &Parts<'_>, condition: Option<&str>) -> Option<usize> {
        if let Some(place) = self.shapes.iter().position(|shape| shape.is_of(parts, condition)) {
            return Some(place);
        }
        let class = self.class(parts, condition)?;
        let id = self.class_id(class)?;
        if self.shapes.len() >= SHAPES {
            self.shapes.clear();
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
        self.shapes.clear();
        id
    }
}
