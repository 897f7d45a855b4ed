//! From one version of the graph to the next.

use std::sync::Arc;

use super::graph::{Change, Graph, Inner, Named, Sort};
use super::names::Names;
use super::page::{Page, SLOTS};
use super::radix::Radix;
use super::rebuild::rebuilt;
use super::registry::{Class, ClassId, TypeId, Words};
use super::rows::{Edit, PLAIN, Tally};
use crate::tuple::{Tuple, TupleKey};

/// So many changes are sorted at a time, which bounds the memory that loading takes.
const STRETCH: usize = 1 << 20;

impl Graph {
    /// The graph after these changes, in their order. The work is in proportion to the changes; neither this graph nor any
    /// answer drawn from it changes. A tuple is one key: a write replaces what stood there, deleting what is not there is
    /// nothing. Keys that are no keys are passed over.
    pub fn apply(&self, version: u64, changes: &[Change]) -> Graph {
        let mut inner = (*self.inner).clone();
        for stretch in changes.chunks(STRETCH) {
            let edits = Vec::with_capacity(stretch.len());
            Draft { inner: &mut inner, edits, shapes: Vec::new(), last: None }.apply(stretch);
        }
        inner.version = version;
        Graph { inner: Arc::new(inner) }
    }
}

struct Draft<'a> {
    inner: &'a mut Inner,
    edits: Vec<Edit>,
    /// The last shapes of tuples and their classes: neighbours in a batch are mostly alike.
    shapes: Vec<(Shape<'a>, Class, ClassId)>,
    /// The object before, and its number.
    last: Option<(&'a str, u32)>,
}

/// A tuple's words without its ids: object type, relation, user type, user relation, whether of everybody, condition.
type Shape<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, bool, Option<&'a str>);

const SHAPES: usize = 12;

/// One end of an edit, seen from the other.
#[derive(Clone, Copy)]
struct Far {
    sort: TypeId,
    item: u32,
}

impl<'a> Draft<'a> {
    fn apply(mut self, changes: &'a [Change]) {
        for (turn, change) in changes.iter().enumerate() {
            match change {
                Change::Write(tuple, at) => self.write(tuple, *at, turn as u32),
                Change::Delete(key) => self.delete(key, turn as u32),
            };
        }
        let (event, mut edits) = (self.inner.registry.event(), std::mem::take(&mut self.edits));
        settle(&mut edits);
        self.turn_into_pages(&edits, true, event);
        for edit in &mut edits {
            self.turn_round(edit);
        }
        edits.sort_unstable_by_key(Edit::place);
        self.turn_into_pages(&edits, false, event);
    }

    fn write(&mut self, tuple: &'a Tuple, at: i64, turn: u32) -> Option<()> {
        let condition = tuple.condition.as_ref();
        let (class, id) = self.shape(&tuple.key, condition.map(|condition| condition.name.as_str()))?;
        let (object, subject) = self.numbers(&tuple.key, &class)?;
        let context = match condition {
            Some(condition) => {
                let text = serde_json::to_string(&condition.context).ok()?;
                Arc::make_mut(&mut self.inner.contexts).intern(&text)
            }
            None => PLAIN,
        };
        self.forget(&class, Some(id), object, subject, turn);
        self.edits.push(Edit {
            owner: (class.object, object),
            class: id,
            item: subject,
            turn,
            row: Some((context, at)),
        });
        Some(())
    }

    fn delete(&mut self, key: &TupleKey, turn: u32) -> Option<()> {
        let (_, object_id) = key.object.split_once(':')?;
        let user = Named::parse(&key.user)?;
        let words = &self.inner.words;
        let class = Class {
            object: words.type_id(key.object.split_once(':')?.0)?,
            relation: words.relation_id(&key.relation)?,
            subject: words.type_id(user.type_name)?,
            kind: user.kind(|relation| words.relation_id(relation))?,
            condition: None,
        };
        let object = self.inner.number(class.object, object_id)?;
        let subject = self.inner.number(class.subject, user.id)?;
        self.forget(&class, None, object, subject, turn);
        Some(())
    }

    /// Deletes the key from every class it may stand in, but from one.
    fn forget(&mut self, class: &Class, but: Option<ClassId>, object: u32, subject: u32, turn: u32) {
        let siblings = self.inner.words.siblings(class).iter().filter(|class| Some(**class) != but);
        self.edits.extend(siblings.map(|sibling| Edit {
            owner: (class.object, object),
            class: *sibling,
            item: subject,
            turn,
            row: None,
        }));
    }

    fn shape(&mut self, key: &'a TupleKey, condition: Option<&'a str>) -> Option<(Class, ClassId)> {
        let user = Named::parse(&key.user)?;
        let (object_type, _) = key.object.split_once(':')?;
        let shape = (object_type, &*key.relation, user.type_name, user.relation, user.id == "*", condition);
        if let Some((_, class, id)) = self.shapes.iter().find(|(one, _, _)| *one == shape) {
            return Some((*class, *id));
        }
        let class = self.class(key, condition)?;
        let id = self.class_id(class)?;
        if self.shapes.len() >= SHAPES {
            self.shapes.clear();
        }
        self.shapes.push((shape, class, id));
        Some((class, id))
    }

    /// The class of a tuple, its words entered.
    fn class(&mut self, key: &TupleKey, condition: Option<&str>) -> Option<Class> {
        let (object_type, _) = key.object.split_once(':')?;
        let user = Named::parse(&key.user)?;
        let known = |words: &Words| {
            Some(Class {
                object: words.type_id(object_type)?,
                relation: words.relation_id(&key.relation)?,
                subject: words.type_id(user.type_name)?,
                kind: user.kind(|relation| words.relation_id(relation))?,
                condition: match condition {
                    Some(name) => Some(words.condition_id(name)?),
                    None => None,
                },
            })
        };
        if let Some(class) = known(&self.inner.words) {
            return Some(class);
        }
        let class = self.inner.registry.extend(|words| {
            words.add_type(object_type);
            words.add_type(user.type_name);
            words.add_relation(&key.relation);
            user.relation.map(|relation| words.add_relation(relation));
            condition.map(|condition| words.add_condition(condition));
            known(words)
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
        id
    }

    fn numbers(&mut self, key: &'a TupleKey, class: &Class) -> Option<(u32, u32)> {
        let (_, object) = key.object.split_once(':')?;
        let subject = Named::parse(&key.user)?.id;
        let number = match self.last {
            Some((last, number)) if last == key.object => number,
            _ => self.names(class.object)?.intern(object),
        };
        self.last = Some((&key.object, number));
        Some((number, self.names(class.subject)?.intern(subject)))
    }

    fn names(&mut self, sort: TypeId) -> Option<&mut Names> {
        Some(&mut self.sort(sort)?.names)
    }

    fn sort(&mut self, sort: TypeId) -> Option<&mut Sort> {
        let (types, registry) = (&mut self.inner.types, &self.inner.registry);
        if types.len() <= sort as usize {
            types.resize_with(sort as usize + 1, || Arc::new(Sort::new(registry)));
        }
        types.get_mut(sort as usize).map(Arc::make_mut)
    }

    /// Carries edits, which are in order, into the pages of one direction.
    fn turn_into_pages(&mut self, edits: &[Edit], forward: bool, event: u64) {
        let page_of = |edit: &Edit| (edit.owner.0, edit.owner.1 as usize / SLOTS);
        for edits in edits.chunk_by(|a, b| page_of(a) == page_of(b)) {
            let Some((sort, place)) = edits.first().map(page_of) else { continue };
            let Some(sort) = self.sort(sort) else { continue };
            let pages = if forward { &mut sort.forward } else { &mut sort.reverse };
            let tally = carry(pages, place, edits, forward);
            if forward && tally.changed() {
                self.inner.len = (self.inner.len + tally.added).saturating_sub(tally.removed);
                self.inner.gone += tally.removed + tally.replaced;
                self.note(edits, event);
            }
        }
    }

    fn note(&mut self, edits: &[Edit], event: u64) {
        let changed = Arc::make_mut(&mut self.inner.changed);
        for edit in edits {
            let class = edit.class as usize;
            if changed.len() <= class {
                changed.resize(class + 1, 0);
            }
            if let Some(last) = changed.get_mut(class) {
                *last = event;
            }
        }
    }

    fn turn_round(&self, edit: &mut Edit) {
        let subject = self.inner.words.class(edit.class).map_or(0, |class| class.subject);
        let far = Far { sort: subject, item: edit.item };
        edit.item = edit.owner.1;
        edit.owner = (far.sort, far.item);
    }
}

/// In order, with only the last edit of each tuple.
fn settle(edits: &mut Vec<Edit>) {
    edits.sort_unstable_by_key(|edit| (edit.place(), std::cmp::Reverse(edit.turn)));
    edits.dedup_by_key(|edit| edit.place());
}

fn carry(pages: &mut Radix<Page>, place: usize, edits: &[Edit], forward: bool) -> Tally {
    let mut tally = Tally::default();
    let new = match pages.get(place) {
        None if edits.iter().all(|edit| edit.row.is_none()) => return tally,
        page => rebuilt(page.unwrap_or(&Page::Empty), edits, forward, &mut tally),
    };
    if tally.changed() {
        *pages.at_mut(place) = new;
    }
    tally
}
