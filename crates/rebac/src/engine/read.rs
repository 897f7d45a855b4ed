//! Reading tuples as they were written.

use super::graph::{Graph, Inner, Named, Stored};
use super::page::{Entry, SLOTS};
use super::registry::{Class, ClassId, TypeId};
use super::rows::PLAIN;

/// Which tuples: those that agree in everything that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub object_type: Option<String>,
    /// Without its type, which must be given too.
    pub object_id: Option<String>,
    pub relation: Option<String>,
    /// `type:id`, `type:*` or `type:id#relation`.
    pub user: Option<String>,
}

/// The place after a tuple in the order of reading: that in which objects became known, then that of classes and users.
/// It holds for every version of this graph, but not for a graph that was loaded or built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub graph: u64,
    pub object_type: u32,
    pub object: u32,
    pub class: u32,
    pub subject: u32,
}

/// Some tuples, and where to go on if there are more.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Stretch {
    pub tuples: Vec<Stored>,
    pub next: Option<Cursor>,
}

/// A cursor of another graph, or of this one before it was loaded anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tuples were loaded anew since; read from the beginning")]
pub struct Foreign;

impl Graph {
    /// At most so many tuples after a cursor. A tuple that stands throughout is read exactly once, whatever is written
    /// between the calls.
    pub fn read(&self, filter: &Filter, after: Option<Cursor>, limit: usize) -> Result<Stretch, Foreign> {
        let inner = &*self.inner;
        if after.is_some_and(|after| after.graph != inner.numbering) {
            return Err(Foreign);
        }
        let Some(wanted) = Wanted::of(inner, filter) else { return Ok(Stretch::default()) };
        let found = wanted.places(inner, after).filter(|(place, _)| after.is_none_or(|after| *place > after));
        let (mut found, mut tuples, mut last) = (found.peekable(), Vec::new(), None);
        while tuples.len() < limit
            && let Some((place, context)) = found.next()
        {
            last = Some(place);
            tuples.extend(inner.stored(place.class, place.object, place.subject, context));
        }
        let more = found.peek().is_some();
        drop(found);
        Ok(Stretch { tuples, next: last.filter(|_| more) })
    }

    /// How many objects of a type have a name here, those included that no tuple names any more.
    pub fn objects_of(&self, type_name: &str) -> u32 {
        let sort = self.inner.words.type_id(type_name);
        let names = sort.and_then(|sort| self.inner.names(sort));
        // One of them is `*`.
        names.map_or(0, |names| names.len().saturating_sub(1))
    }

    /// Every tuple.
    pub fn all(&self) -> impl Iterator<Item = Stored> {
        let inner = &*self.inner;
        let everything = (0..inner.types.len() as u32).flat_map(move |sort| inner.objects(sort, 0));
        everything.flat_map(move |(sort, object)| inner.places(sort, object, None, |_| true)).filter_map(
            move |(place, context)| inner.stored(place.class, place.object, place.subject, context),
        )
    }
}

/// A filter in numbers.
pub(super) struct Wanted {
    sort: Option<TypeId>,
    object: Option<u32>,
    relation: Option<u32>,
    user: Option<(Class, u32)>,
}

/// The end of its tuples that a filter names, where it names one: type and number of an object, or the number of a user.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Object(u32),
    User(u32),
}

impl Wanted {
    /// None where a word of the filter occurs nowhere.
    pub(super) fn of(inner: &Inner, filter: &Filter) -> Option<Self> {
        let words = &inner.words;
        let sort = filter.object_type.as_deref().map(|name| words.type_id(name));
        let relation = filter.relation.as_deref().map(|name| words.relation_id(name));
        let (sort, relation) = (given(sort)?, given(relation)?);
        let object = given(filter.object_id.as_deref().map(|name| inner.number(sort?, name)))?;
        let user = given(filter.user.as_deref().map(|user| {
            let user = Named::parse(user)?;
            let (subject, kind) = (words.type_id(user.type_name)?, user.kind(|one| words.relation_id(one))?);
            let class = Class { object: 0, relation: 0, subject, kind, condition: None };
            Some((class, inner.number(subject, user.id)?))
        }))?;
        Some(Self { sort, object, relation, user })
    }

    pub(super) fn places<'a>(
        &'a self,
        inner: &'a Inner,
        after: Option<Cursor>,
    ) -> Box<dyn Iterator<Item = (Cursor, u32)> + 'a> {
        let wanted = move |entry: &Entry<'_>| self.takes(inner, entry.class);
        match (self.sort.zip(self.object), self.user) {
            (Some((object_type, object)), Some((_, subject))) => {
                let place = Cursor { graph: inner.numbering, object_type, object, class: 0, subject };
                let entries = inner.forward(object_type, object).filter(wanted);
                Box::new(entries.filter_map(move |entry| {
                    Some((Cursor { class: entry.class, ..place }, entry.members.find(subject)?))
                }))
            }
            (Some((sort, object)), None) => Box::new(inner.places(sort, object, after, wanted)),
            (None, Some((class, subject))) => {
                let mut places =
                    inner.places_of(inner.reverse(class.subject, subject).filter(wanted), subject);
                places.sort_unstable();
                Box::new(places.into_iter())
            }
            (None, None) => {
                let objects =
                    self.objects(inner, after.map_or((0, 0), |after| (after.object_type, after.object)));
                Box::new(objects.flat_map(move |(sort, object)| inner.places(sort, object, after, wanted)))
            }
        }
    }

    /// The lists that have what is wanted, where one end is named and the other is not.
    pub(super) fn lists<'a>(&self, inner: &'a Inner) -> Option<(Side, Vec<Entry<'a>>)> {
        let (side, record) = match (self.sort.zip(self.object), self.user) {
            (Some((sort, object)), None) => (Side::Object(object), inner.forward(sort, object)),
            (None, Some((class, subject))) => (Side::User(subject), inner.reverse(class.subject, subject)),
            _ => return None,
        };
        Some((side, record.filter(|entry| self.takes(inner, entry.class)).collect()))
    }

    /// Whether no more than so many objects and tuples have to be looked at; false without a type.
    pub(super) fn are_few(&self, inner: &Inner, most: usize) -> bool {
        if self.object.is_some() && self.user.is_some() {
            return true;
        }
        let count =
            |(sort, object)| 1 + inner.forward(sort, object).map(|entry| entry.members.len()).sum::<usize>();
        let mut left = most;
        self.sort.is_some()
            && self.objects(inner, (0, 0)).map(count).all(|count| {
                let enough = count <= left;
                left = left.saturating_sub(count);
                enough
            })
    }

    /// The objects that may have tuples, from one on.
    fn objects<'a>(
        &self,
        inner: &'a Inner,
        from: (TypeId, u32),
    ) -> impl Iterator<Item = (TypeId, u32)> + use<'a> {
        let wanted = self.sort;
        let types =
            (from.0..inner.types.len() as u32).filter(move |sort| wanted.is_none_or(|one| one == *sort));
        types.flat_map(move |sort| inner.objects(sort, if sort == from.0 { from.1 } else { 0 }))
    }

    fn takes(&self, inner: &Inner, class: ClassId) -> bool {
        let Some(class) = inner.words.class(class) else { return false };
        self.sort.is_none_or(|sort| class.object == sort)
            && self.relation.is_none_or(|relation| class.relation == relation)
            && self.user.is_none_or(|(user, _)| (class.subject, class.kind) == (user.subject, user.kind))
    }
}

/// None where a word was given that nobody knows.
fn given<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    match found {
        Some(None) => None,
        Some(found) => Some(found),
        None => Some(None),
    }
}

impl Inner {
    /// The objects of a type that may have tuples, from one on.
    fn objects(&self, sort: TypeId, from: u32) -> impl Iterator<Item = (TypeId, u32)> {
        let pages = self.types.get(sort as usize).map(|sort| sort.forward.iter_from(from as usize / SLOTS));
        pages.into_iter().flatten().flat_map(move |(page, content)| {
            let slots = if content.parts().0.is_empty() { 0 } else { SLOTS };
            (0..slots)
                .map(move |at| (sort, (page * SLOTS + at) as u32))
                .filter(move |(_, object)| *object >= from)
        })
    }

    /// The tuples of an object after a place, in order, with their contexts.
    fn places(
        &self,
        object_type: TypeId,
        object: u32,
        after: Option<Cursor>,
        wanted: impl Fn(&Entry<'_>) -> bool,
    ) -> impl Iterator<Item = (Cursor, u32)> {
        let graph = self.numbering;
        let after = after.filter(|after| (after.object_type, after.object) == (object_type, object));
        let later = move |class: u32| after.is_none_or(|after| class >= after.class);
        self.forward(object_type, object).filter(move |entry| later(entry.class) && wanted(entry)).flat_map(
            move |entry| {
                let place = Cursor { graph, object_type, object, class: entry.class, subject: 0 };
                // Long lists are passed over in whole runs.
                let passed = move |items: &[u32]| match after {
                    Some(after) if after.class == place.class => {
                        items.last().is_none_or(|last| *last <= after.subject)
                    }
                    _ => false,
                };
                entry.members.runs().skip_while(move |(items, _)| passed(items)).flat_map(
                    move |(items, contexts)| {
                        items.iter().enumerate().map(move |(at, subject)| {
                            (
                                Cursor { subject: *subject, ..place },
                                contexts.get(at).copied().unwrap_or(PLAIN),
                            )
                        })
                    },
                )
            },
        )
    }

    /// The tuples that name a user, of some of its lists.
    fn places_of<'a>(&self, entries: impl Iterator<Item = Entry<'a>>, subject: u32) -> Vec<(Cursor, u32)> {
        let graph = self.numbering;
        let places = entries.flat_map(|entry| {
            let object_type = self.words.class(entry.class).map_or(0, |class| class.object);
            let place = Cursor { graph, object_type, object: 0, class: entry.class, subject };
            entry.members.each().map(move |(object, context)| (Cursor { object, ..place }, context))
        });
        places.collect()
    }
}
