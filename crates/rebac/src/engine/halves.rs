//! A version made of very many changes, by several threads: one reads them, one gives numbers to names, and one carries into pages
//! what has its numbers. Each takes about a third of a start over many tuples.

use std::sync::Arc;

use super::enter::Enter;
use super::graph::{ChangeRef, Graph, Inner, Sort, Then};
use super::radix::Radix;
use super::registry::Words;
use super::rows::Edit;
use crate::tuple::TupleCondition;

/// Changes on their way to another thread, their texts in one piece.
#[derive(Default)]
pub struct Changes {
    text: String,
    all: Vec<Held>,
}

struct Held {
    /// Where the texts of object, relation and user end; each begins where the one before ends.
    ends: [usize; 3],
    then: HeldThen,
}

enum HeldThen {
    Written(Option<Box<TupleCondition>>, i64),
    Deleted,
}

impl Changes {
    pub fn push(&mut self, change: ChangeRef<'_>) {
        let ends = [change.object, change.relation, change.user].map(|text| {
            self.text.push_str(text);
            self.text.len()
        });
        let then = match change.then {
            Then::Written { condition, at } => HeldThen::Written(condition.cloned().map(Box::new), at),
            Then::Deleted => HeldThen::Deleted,
        };
        self.all.push(Held { ends, then });
    }

    pub const fn len(&self) -> usize {
        self.all.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = ChangeRef<'_>> {
        let mut begin = 0;
        self.all.iter().map(move |Held { ends, then }| {
            let [object, relation, user] =
                ends.map(|end| self.text.get(std::mem::replace(&mut begin, end)..end).unwrap_or_default());
            let then = match then {
                HeldThen::Written(condition, at) => {
                    Then::Written { condition: condition.as_deref(), at: *at }
                }
                HeldThen::Deleted => Then::Deleted,
            };
            ChangeRef { object, relation, user, then }
        })
    }
}

/// Knows names and words, and no pages.
pub struct Naming(Enter);

/// Knows pages, and no names.
pub struct Paging(Inner);

/// What goes from one to the other.
pub struct Lot {
    edits: Vec<Edit>,
    words: Arc<Words>,
}

impl Graph {
    /// This graph in halves; neither changes it.
    pub fn halves(&self) -> (Naming, Paging) {
        let (mut named, mut paged) = ((*self.inner).clone(), (*self.inner).clone());
        for sort in &mut named.types {
            let names = sort.names.clone();
            *sort = Arc::new(Sort { names, forward: Radix::default(), reverse: Radix::default() });
        }
        for sort in &mut paged.types {
            let Sort { forward, reverse, .. } = &**sort;
            let (forward, reverse) = (forward.clone(), reverse.clone());
            *sort = Arc::new(Sort { forward, reverse, ..Sort::new(&self.inner.registry) });
        }
        (Naming(Enter::new(named)), Paging(paged))
    }
}

impl Naming {
    /// More changes, as [`Graph::apply`] takes them.
    pub fn take(&mut self, changes: &Changes) {
        self.0.take_all(changes.iter());
    }

    /// How much waits to be handed over, in edits of pages: about one for each change.
    pub fn waiting(&self) -> usize {
        self.0.len()
    }

    pub fn hand_over(&mut self) -> Lot {
        Lot { edits: self.0.edits(), words: self.0.inner.words.clone() }
    }

    /// The graph, once the other half has carried every lot.
    pub fn join(self, Paging(mut paged): Paging, version: u64) -> Graph {
        let mut named = self.0.inner;
        // What has pages has names: an object's number comes first.
        for (sort, pages) in named.types.iter_mut().zip(&mut paged.types) {
            let (sort, pages) = (Arc::make_mut(sort), Arc::make_mut(pages));
            std::mem::swap(&mut sort.forward, &mut pages.forward);
            std::mem::swap(&mut sort.reverse, &mut pages.reverse);
        }
        let Inner { len, gone, changed, .. } = paged;
        Graph { inner: Arc::new(Inner { version, len, gone, changed, ..named }) }
    }
}

impl Paging {
    /// Lots are carried in the order in which they were handed over.
    pub fn carry(&mut self, Lot { edits, words }: Lot) {
        self.0.words = words;
        self.0.carry(edits);
    }
}
