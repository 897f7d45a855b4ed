//! A version made of very many changes, by two threads: while one gives numbers to names, the other carries what it has done so
//! into pages. Each is about half of a start over many tuples.

use std::sync::Arc;

use super::enter::Enter;
use super::graph::{ChangeRef, Graph, Inner, Sort};
use super::radix::Radix;
use super::registry::Words;
use super::rows::Edit;

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
    /// One change more, as [`Graph::apply`] takes it.
    pub fn take(&mut self, change: ChangeRef<'_>) {
        self.0.take(change);
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
