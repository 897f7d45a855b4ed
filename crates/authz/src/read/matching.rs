//! Matches that were put in order, for the pages that follow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chancery_kernel::{Fault, Outcome, StoreId};
use chancery_rebac::engine::{Filter, Graph, Leaf, Matches, Stored};
use chancery_rebac::tuple::TupleKey;

use super::place::After;
use crate::Authz;
use crate::access::Here;

/// Readings that are kept, and what all of them may hold: twenty-four bytes each.
const KEPT: usize = 64;
const MOST: usize = 2_000_000;

#[derive(Default)]
pub(crate) struct Readings(Mutex<VecDeque<(StoreId, Filter, Arc<Matches>)>>);

impl Readings {
    /// Matches that know everything that stood at a version.
    fn find(&self, store: StoreId, filter: &Filter, version: u64) -> Option<Arc<Matches>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut same = kept.iter().filter(|(id, known, _)| *id == store && known == filter);
        same.find(|(_, _, matches)| matches.version() >= version).map(|(_, _, matches)| matches.clone())
    }

    /// Keeps them instead of what was known of the filter before; the oldest make room.
    fn keep(&self, store: StoreId, filter: Filter, matches: Arc<Matches>) {
        if matches.len() > MOST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(id, known, _)| (*id, known) != (store, &filter));
        kept.push_back((store, filter, matches));
        while kept.len() > KEPT || kept.iter().map(|(_, _, one)| one.len()).sum::<usize>() > MOST {
            kept.pop_front();
        }
    }
}

impl Authz {
    /// What a filter matches, after a key of a reading that began at a version.
    pub(super) async fn read_matches(
        &self,
        here: &Here,
        graph: Graph,
        filter: &Filter,
        (after, began): (Option<TupleKey>, u64),
        limit: usize,
    ) -> Outcome<(Vec<Stored>, Option<After>)> {
        let store = here.store.id;
        let known = self.0.readings.find(store, filter, began);
        let found = known.and_then(|known| graph.leaf(&known, after.as_ref(), limit));
        let leaf = match found {
            Some(leaf) => leaf,
            None => self.leaf_anew(store, graph, filter.clone(), after, limit).await?,
        };
        let last = leaf.tuples.last().filter(|_| leaf.more);
        let next = last.map(|last| After::Key(last.tuple.key.clone()));
        Ok((leaf.tuples, next))
    }

    /// The same where nobody put the matches in order before.
    async fn leaf_anew(
        &self,
        store: StoreId,
        graph: Graph,
        filter: Filter,
        after: Option<TupleKey>,
        limit: usize,
    ) -> Outcome<Leaf> {
        let authz = self.clone();
        let work = move || {
            if after.is_none() {
                return graph.first(&filter, limit);
            }
            let matches = Arc::new(graph.matches(&filter));
            let leaf = graph.leaf(&matches, after.as_ref(), limit).unwrap_or_default();
            if leaf.more {
                authz.0.readings.keep(store, filter, matches);
            }
            leaf
        };
        let worked = tokio::task::spawn_blocking(work).await;
        worked.map_err(|e| Fault::internal("a reading ended early").because(e))
    }
}

#[cfg(test)]
mod tests {
    use chancery_kernel::{Id, ulid};
    use chancery_rebac::engine::Change;
    use chancery_rebac::tuple::Tuple;

    use super::*;

    fn id(n: u8) -> StoreId {
        StoreId::from_uuid(ulid::decode(&format!("{n:026}")).expect("a number is one"))
    }

    fn graph(version: u64, tuples: usize) -> Graph {
        let key = |n: usize| TupleKey::new(&format!("doc:{n}"), "viewer", "user:a");
        let write = |n| Change::Write(Tuple { key: key(n), condition: None }, 1);
        Graph::default().apply(version, &(0..tuples).map(write).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_page_is_the_beginning_of_all_in_order() {
        let (graph, filter) =
            (graph(1, 500), Filter { user: Some("user:a".to_owned()), ..Filter::default() });
        let all = graph.matches(&filter);
        for limit in [1, 7, 499, 500, 501] {
            let (first, leaf) =
                (graph.first(&filter, limit), graph.leaf(&all, None, limit).expect("its own"));
            assert_eq!((first.tuples, first.more), (leaf.tuples, leaf.more), "{limit}");
        }
    }

    #[test]
    fn what_was_put_in_order_serves_the_pages_that_follow_and_no_reading_that_began_later() {
        let (readings, store) = (Readings::default(), id(1));
        let filter = |user: &str| Filter { user: Some(user.to_owned()), ..Filter::default() };
        readings.keep(store, filter("user:a"), Arc::new(graph(7, 3).matches(&filter("user:a"))));
        let found =
            |n: u8, user: &str, version| readings.find(id(n), &filter(user), version).map(|one| one.len());
        assert_eq!((found(1, "user:a", 7), found(1, "user:a", 6)), (Some(3), Some(3)));
        assert_eq!(found(1, "user:a", 8), None, "it does not know what came since");
        assert_eq!((found(1, "user:b", 7), found(2, "user:a", 7)), (None, None));
        readings.keep(store, filter("user:a"), Arc::new(graph(9, 4).matches(&filter("user:a"))));
        assert_eq!(found(1, "user:a", 8), Some(4), "the newer takes its place");
        for n in 0..KEPT {
            readings.keep(
                store,
                filter(&format!("user:{n}")),
                Arc::new(graph(9, 1).matches(&filter("user:a"))),
            );
        }
        assert_eq!(found(1, "user:a", 8), None, "the oldest makes room");
    }
}
