//! What a filter matches, page by page, in an order that is the same at every node and after every start, so that a reading goes
//! on wherever it is taken up again.
//!
//! A few are looked at for every page, and come in the order of their names. Many come in that of the names' hashes, in which the
//! table of names is walked through without looking at what comes later: a page costs a page, not what there is.

use std::cmp::Ordering;

use super::graph::{Graph, Inner, Named, Stored};
use super::names::Names;
use super::page::Entry;
use super::read::{Cursor, Filter, Side, Wanted};
use super::registry::{ClassId, Kind};
use crate::tuple::TupleKey;

/// In which order a reading goes; a reading keeps its own to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Object, relation, user.
    Names,
    /// What an object or a user has: by relations, and in each by the hash of who is on the other side.
    Hashes,
}

/// Some of the matches.
#[derive(Debug, Default, PartialEq)]
pub struct Leaf {
    pub tuples: Vec<Stored>,
    /// Whether there are more.
    pub more: bool,
    /// So many places were looked at.
    pub looked: usize,
}

/// So many of an object's or a user's are looked at for a page, and of a type's.
const FEW: usize = 4_096;
const FEW_OF_TYPE: usize = 32_768;

/// A key in the order of its parts: object, relation, user.
type Parts<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

/// A tuple's parts without its two ids: object type, relation, user type, the user's relation.
type Shape<'a> = (&'a str, &'a str, &'a str, &'a str);

impl Graph {
    /// The order for a new reading; none where a filter that names neither object nor user matches more than a few.
    pub fn order(&self, filter: &Filter) -> Option<Order> {
        let inner = &*self.inner;
        let Some(wanted) = Wanted::of(inner, filter) else { return Some(Order::Names) };
        match wanted.lists(inner) {
            Some((_, lists)) if lists.iter().map(|entry| entry.members.len()).sum::<usize>() > FEW => {
                Some(Order::Hashes)
            }
            Some(_) => Some(Order::Names),
            None => wanted.are_few(inner, FEW_OF_TYPE).then_some(Order::Names),
        }
    }

    /// At most so many of what a filter matches, after a key.
    pub fn leaf(&self, filter: &Filter, order: Order, after: Option<&TupleKey>, limit: usize) -> Leaf {
        let inner = &*self.inner;
        let Some(wanted) = Wanted::of(inner, filter) else { return Leaf::default() };
        let most = limit.saturating_add(1);
        let (mut places, looked) = match (order, wanted.lists(inner)) {
            (Order::Hashes, Some((side, lists))) => inner.by_hashes(side, lists, after, most),
            _ => inner.by_names(&wanted, after, most),
        };
        let more = places.len() > limit;
        places.truncate(limit);
        Leaf { tuples: places.iter().filter_map(|place| inner.standing(place)).collect(), more, looked }
    }
}

impl Inner {
    fn by_names(&self, wanted: &Wanted, after: Option<&TupleKey>, most: usize) -> (Vec<Cursor>, usize) {
        let last = after.and_then(parts_of);
        let mut places: Vec<Cursor> = wanted.places(self, None).map(|(place, _)| place).collect();
        let looked = places.len();
        places.retain(|place| last.is_none_or(|last| self.parts(place) > last));
        let order = |a: &Cursor, b: &Cursor| self.parts(a).cmp(&self.parts(b));
        cut(&mut places, most, order);
        (places, looked)
    }

    fn by_hashes(
        &self,
        side: Side,
        mut lists: Vec<Entry<'_>>,
        after: Option<&TupleKey>,
        most: usize,
    ) -> (Vec<Cursor>, usize) {
        let last = after.and_then(|key| Some((shape_of(key)?, side.other(key)?)));
        let shape = |entry: &Entry<'_>| self.shape(entry.class);
        lists.sort_by_key(shape);
        let (mut places, mut looked) = (Vec::new(), 0);
        // Tuples of one shape stand in several lists where they have conditions.
        for lists in lists.chunk_by(|a, b| shape(a) == shape(b)) {
            let Some(own) = lists.first().map(shape) else { continue };
            let from = match last {
                Some((last, _)) if own < last => continue,
                Some((last, name)) if own == last => Some(name),
                _ => None,
            };
            let (found, cost) = self.of_shape(side, lists, from, most - places.len());
            looked += cost;
            places.extend(found);
            if places.len() == most {
                break;
            }
        }
        (places, looked)
    }

    /// At most so many of some lists, after a name. Where these hold much of all names, the table of names is gone through until
    /// enough of them are in the lists; where they hold little, the lists are.
    fn of_shape(
        &self,
        side: Side,
        lists: &[Entry<'_>],
        after: Option<&str>,
        most: usize,
    ) -> (Vec<Cursor>, usize) {
        let far = lists.first().and_then(|entry| self.words.class(entry.class)).map(|class| match side {
            Side::Object(_) => class.subject,
            Side::User(_) => class.object,
        });
        let Some(names) = far.and_then(|far| self.names(far)) else { return Default::default() };
        let after = after.map(|name| (self.registry.key.turned(name), name));
        let members = || lists.iter().flat_map(|entry| entry.members.each()).map(|(item, _)| item);
        let (many, all) =
            (lists.iter().map(|entry| entry.members.len()).sum::<usize>(), names.len() as usize);
        let place = |item: u32| {
            let entry = lists.iter().find(|entry| entry.members.find(item).is_some())?;
            self.place(side, entry.class, item)
        };
        if many.saturating_mul(many) > all.saturating_mul(most) {
            let mut looked = 0;
            let walked = names.turned_from(after.map_or(0, |(turned, _)| turned)).inspect(|_| looked += 1);
            let later = walked.filter(|(turned, item)| is_later(names, (*turned, *item), after));
            let found = later.filter_map(|(_, item)| place(item)).take(most).collect();
            return (found, looked);
        }
        let turned = |item: u32| (names.get(item).map_or(0, |name| self.registry.key.turned(name)), item);
        let mut found: Vec<_> = members().map(turned).filter(|one| is_later(names, *one, after)).collect();
        cut(&mut found, most, |a, b| (a.0, names.get(a.1)).cmp(&(b.0, names.get(b.1))));
        (found.into_iter().filter_map(|(_, item)| place(item)).collect(), many)
    }

    /// The tuple of a place, with whatever condition it has.
    fn standing(&self, place: &Cursor) -> Option<Stored> {
        let context =
            self.forward(place.object_type, place.object).members(place.class)?.find(place.subject)?;
        self.stored(place.class, place.object, place.subject, context)
    }

    fn place(&self, side: Side, class: ClassId, item: u32) -> Option<Cursor> {
        let (graph, object_type) = (self.numbering, self.words.class(class)?.object);
        Some(match side {
            Side::Object(object) => Cursor { graph, object_type, object, class, subject: item },
            Side::User(subject) => Cursor { graph, object_type, object: item, class, subject },
        })
    }

    fn shape(&self, class: ClassId) -> Shape<'_> {
        let words = &self.words;
        let Some(class) = words.class(class) else { return Shape::default() };
        let of = match class.kind {
            Kind::Userset(relation) => words.relation_name(relation),
            Kind::Object | Kind::Wildcard => "",
        };
        (
            words.type_name(class.object),
            words.relation_name(class.relation),
            words.type_name(class.subject),
            of,
        )
    }

    fn parts(&self, place: &Cursor) -> Parts<'_> {
        let (object_type, relation, user_type, of) = self.shape(place.class);
        let name = |sort, number| self.names(sort).and_then(|names| names.get(number)).unwrap_or_default();
        let user = self.words.class(place.class).map_or("", |class| name(class.subject, place.subject));
        (object_type, name(place.object_type, place.object), relation, user_type, user, of)
    }
}

impl Side {
    /// The id at the other end of a tuple.
    fn other(self, key: &TupleKey) -> Option<&str> {
        match self {
            Self::Object(_) => Named::parse(&key.user).map(|user| user.id),
            Self::User(_) => key.object.split_once(':').map(|(_, id)| id),
        }
    }
}

/// The first so many, in order.
fn cut<T>(all: &mut Vec<T>, most: usize, order: impl Fn(&T, &T) -> Ordering) {
    if all.len() > most && most > 0 {
        all.select_nth_unstable_by(most - 1, &order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
}

/// Whether a name comes after another in the order of hashes.
fn is_later(names: &Names, (turned, item): (u32, u32), after: Option<(u32, &str)>) -> bool {
    after.is_none_or(|(last, name)| turned > last || turned == last && names.get(item) > Some(name))
}

fn shape_of(key: &TupleKey) -> Option<Shape<'_>> {
    let user = Named::parse(&key.user)?;
    Some((key.object.split_once(':')?.0, &key.relation, user.type_name, user.relation.unwrap_or_default()))
}

fn parts_of(key: &TupleKey) -> Option<Parts<'_>> {
    let (object_type, object) = key.object.split_once(':')?;
    let user = Named::parse(&key.user)?;
    let of = user.relation.unwrap_or_default();
    Some((object_type, object, &key.relation, user.type_name, user.id, of))
}
