//! What a graph holds beside its tuples: names and contexts that no tuple uses any more. Numbers are never given out twice,
//! so these stay until the graph is built anew.

use super::graph::{Change, Graph, Inner, Sort};
use super::page::{Members, Page, SLOTS};
use super::radix::Radix;

/// Fewer names than these are not worth the work.
const FEW: u64 = 1_000;
/// A graph is wasteful when more than this share of its names are nobody's.
const SHARE: u64 = 4;
/// Tuples that are carried over at a time: what building anew holds beside both graphs.
const PORTION: usize = 1 << 16;

impl Graph {
    /// How many tuples were deleted or replaced since this graph was built.
    pub fn gone(&self) -> u64 {
        self.inner.gone
    }

    /// Whether building anew gives back much of the memory of names and contexts. Looks at every object.
    pub fn is_wasteful(&self) -> bool {
        let (held, used) = self.inner.names_and_used();
        let unused = held.saturating_sub(used);
        unused > FEW && unused > held / SHARE
    }

    /// A graph of the same tuples without the names and contexts that no tuple uses any more. Takes as long as loading. It
    /// numbers its objects anew: a cursor of this graph is foreign to it.
    pub fn rebuilt(&self) -> Graph {
        let mut fresh = Graph::within(self.inner.registry.clone(), self.inner.version);
        let mut all = self.all().map(|stored| Change::Write(stored.tuple, stored.written_at)).peekable();
        while all.peek().is_some() {
            let some: Vec<Change> = all.by_ref().take(PORTION).collect();
            fresh = fresh.apply(self.inner.version, &some);
        }
        fresh
    }
}

impl Inner {
    /// Names and contexts that are held, and of these how many a tuple uses, at most.
    fn names_and_used(&self) -> (u64, u64) {
        let mut sum =
            (u64::from(self.contexts.len()), self.conditional().min(u64::from(self.contexts.len())));
        for sort in &self.types {
            let names = sort.names.len();
            let used = (0..names).filter(|number| sort.uses(*number)).count() as u64;
            sum = (sum.0 + u64::from(names), sum.1 + used);
        }
        sum
    }

    /// Tuples with a condition: each has a context, which some may share.
    fn conditional(&self) -> u64 {
        let pages = self.types.iter().flat_map(|sort| sort.forward.iter_from(0));
        let records = pages.flat_map(|(_, page)| (0..SLOTS).map(move |at| page.record(at)));
        let entries = records.flatten().filter(|entry| match entry.members {
            Members::Few { contexts, .. } => !contexts.is_empty(),
            Members::Many(big) => big.pieces().first().is_some_and(|piece| !piece.contexts().is_empty()),
        });
        entries.map(|entry| entry.members.len() as u64).sum()
    }
}

impl Sort {
    fn uses(&self, number: u32) -> bool {
        let at = number as usize;
        let has = |pages: &Radix<Page>| {
            pages.get(at / SLOTS).is_some_and(|page| !page.record(at % SLOTS).words.is_empty())
        };
        has(&self.forward) || has(&self.reverse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Filter, Foreign};
    use crate::tuple::{Tuple, TupleCondition, TupleKey};

    fn key(n: u32) -> TupleKey {
        TupleKey::new(&format!("doc:{n}"), "viewer", &format!("user:{n}"))
    }

    fn write(n: u32, expires: u32) -> Change {
        let context = serde_json::json!({ "expires": expires }).as_object().cloned().unwrap_or_default();
        let condition = Some(TupleCondition { name: "in_time".to_owned(), context });
        Change::Write(Tuple { key: key(n), condition }, 1)
    }

    #[test]
    fn a_graph_whose_tuples_were_deleted_is_wasteful_until_it_is_built_anew() {
        let all: Vec<Change> = (0..10_000).map(|n| write(n, 7)).collect();
        let full = Graph::default().apply(1, &all);
        assert!(!full.is_wasteful());
        let deleted: Vec<Change> = (100..10_000).map(|n| Change::Delete(key(n))).collect();
        let (left, page) = (full.apply(2, &deleted), full.read(&Filter::default(), None, 10).unwrap());
        assert_eq!((left.gone(), left.objects_of("doc"), left.is_wasteful()), (9_900, 10_000, true));
        let fresh = left.rebuilt();
        assert_eq!((fresh.gone(), fresh.objects_of("doc"), fresh.is_wasteful()), (0, 100, false));
        assert_eq!((fresh.version(), fresh.len()), (2, 100));
        // Its numbers are others: whoever reads on would miss some.
        assert!(page.next.is_some());
        assert_eq!(fresh.read(&Filter::default(), page.next, 10), Err(Foreign));
    }

    #[test]
    fn contexts_that_were_replaced_are_waste_too() {
        let mut graph = Graph::default();
        for round in 0..20 {
            let changes: Vec<Change> = (0..200).map(|n| write(n, round * 1_000 + n)).collect();
            graph = graph.apply(u64::from(round) + 1, &changes);
        }
        assert!(graph.is_wasteful());
        assert!(!graph.rebuilt().is_wasteful());
    }
}
