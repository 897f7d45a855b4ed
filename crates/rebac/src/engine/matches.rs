//! What a filter matches, in the order of names: the same at every node and after every start, so that a reading goes on
//! wherever it is taken up again. Put in order once, for the second page, and read page by page: a page costs a page.

use super::graph::{Graph, Inner, Named, Stored};
use super::read::{Cursor, Filter};
use super::registry::Kind;
use crate::tuple::TupleKey;

/// The tuples that a filter matched at one version, in order. Later versions are read by it too: what is gone is passed
/// over, what came since is not in it.
#[derive(Debug)]
pub struct Matches {
    numbering: u64,
    version: u64,
    places: Box<[Cursor]>,
}

/// Some of the matches that still stand.
#[derive(Debug, Default, PartialEq)]
pub struct Leaf {
    pub tuples: Vec<Stored>,
    /// Whether there are more.
    pub more: bool,
    /// So many places were looked at.
    pub looked: usize,
}

/// A key in the order of its parts: object, relation, user.
type Parts<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

impl Matches {
    /// The version at which they were found.
    pub const fn version(&self) -> u64 {
        self.version
    }

    pub const fn len(&self) -> usize {
        self.places.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Graph {
    /// Everything that a filter matches, put in order.
    pub fn matches(&self, filter: &Filter) -> Matches {
        let inner = &*self.inner;
        let mut places = inner.matching(filter);
        places.sort_unstable_by(|a, b| inner.parts(a).cmp(&inner.parts(b)));
        Matches { numbering: inner.numbering, version: inner.version, places: places.into() }
    }

    /// The first so many of what a filter matches. The others are looked at, and not put in order: most readings end with
    /// their first page.
    pub fn first(&self, filter: &Filter, limit: usize) -> Leaf {
        let inner = &*self.inner;
        let mut places = inner.matching(filter);
        let (looked, more) = (places.len(), places.len() > limit);
        let order = |a: &Cursor, b: &Cursor| inner.parts(a).cmp(&inner.parts(b));
        if more {
            places.select_nth_unstable_by(limit, order);
            places.truncate(limit);
        }
        places.sort_unstable_by(order);
        let tuples = places.iter().filter_map(|place| inner.standing(place)).collect();
        Leaf { tuples, more, looked }
    }

    /// At most so many of the matches after a key, as they stand now; none where the tuples were loaded anew since.
    pub fn leaf(&self, matches: &Matches, after: Option<&TupleKey>, limit: usize) -> Option<Leaf> {
        let inner = &*self.inner;
        if matches.numbering != inner.numbering {
            return None;
        }
        let from = match after {
            Some(key) => {
                let last = parts_of(key)?;
                matches.places.partition_point(|place| inner.parts(place) <= last)
            }
            None => 0,
        };
        let mut leaf = Leaf::default();
        for place in matches.places.get(from..).unwrap_or_default() {
            leaf.looked += 1;
            let Some(stored) = inner.standing(place) else { continue };
            if leaf.tuples.len() == limit {
                leaf.more = true;
                break;
            }
            leaf.tuples.push(stored);
        }
        Some(leaf)
    }
}

impl Inner {
    /// The tuple of a key that was found once, with whatever condition it has now.
    fn standing(&self, place: &Cursor) -> Option<Stored> {
        let class = self.words.class(place.class)?;
        let record = self.forward(class.object, place.object);
        self.words.siblings(class).iter().find_map(|class| {
            let context = record.members(*class)?.find(place.subject)?;
            self.stored(*class, place.object, place.subject, context)
        })
    }

    fn parts(&self, place: &Cursor) -> Parts<'_> {
        let words = &self.words;
        let Some(class) = words.class(place.class) else { return Parts::default() };
        let name = |sort, number| self.names(sort).and_then(|names| names.get(number)).unwrap_or_default();
        let of = match class.kind {
            Kind::Userset(relation) => words.relation_name(relation),
            Kind::Object | Kind::Wildcard => "",
        };
        (
            words.type_name(class.object),
            name(class.object, place.object),
            words.relation_name(class.relation),
            words.type_name(class.subject),
            name(class.subject, place.subject),
            of,
        )
    }
}

fn parts_of(key: &TupleKey) -> Option<Parts<'_>> {
    let (object_type, object) = key.object.split_once(':')?;
    let user = Named::parse(&key.user)?;
    let of = user.relation.unwrap_or_default();
    Some((object_type, object, &key.relation, user.type_name, user.id, of))
}
