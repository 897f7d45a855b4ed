//! Relationships in memory: one graph for each store. The log of changes is what was decided; a graph is what follows
//! from it, up to a version: the number of the store's last write.

pub(crate) mod aside;
mod base;
pub(crate) mod pack;
mod pages;
mod renew;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chancery_kernel::{OrgId, StoreId};
use chancery_rebac::engine::{Change, Graph, HashKey};

use crate::hot::Delta;

/// What one write did to a store, as a delta carries it.
#[derive(Clone)]
pub struct Turn {
    pub(crate) store: StoreId,
    /// The number of its log.
    pub(crate) no: i64,
    pub(crate) version: u64,
    /// How many tuples it wrote or deleted.
    pub(crate) count: usize,
    pub(crate) then: Then,
}

#[derive(Clone)]
pub(crate) enum Then {
    /// This node wrote: the graph that followed.
    Became(Graph),
    /// Another node wrote.
    Changed(Vec<Change>),
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("store", &self.store).field("version", &self.version).finish()
    }
}

impl Turn {
    /// The same write with the graph that follows from it, if it is the next one.
    fn ready(&self, graph: &Graph) -> Option<Self> {
        let Then::Changed(changes) = &self.then else { return None };
        let Self { store, no, version, count, .. } = *self;
        let next = version == graph.version() + 1;
        next.then(|| Self { store, no, version, count, then: Then::Became(graph.apply(version, changes)) })
    }

    fn graph(&self) -> Option<&Graph> {
        if let Then::Became(graph) = &self.then { Some(graph) } else { None }
    }
}

/// Makes graphs of what other nodes wrote, while nobody has to wait for it: in the lock the facts then only change hands.
pub(crate) fn make_ready(deltas: &mut [(OrgId, Delta)], held: impl Fn(StoreId) -> Option<Graph>) {
    let mut ready: HashMap<StoreId, Arc<Turn>> = HashMap::new();
    for (_, delta) in deltas {
        let Delta::Turn(turn) = delta else { continue };
        let graph = ready.get(&turn.store).and_then(|last| last.graph().cloned());
        if let Some(next) = graph.or_else(|| held(turn.store)).and_then(|graph| turn.ready(&graph)) {
            *turn = Arc::new(next);
            ready.insert(turn.store, turn.clone());
        }
    }
}

/// What is held of one store.
#[derive(Clone, Default)]
pub(crate) struct Held {
    pub graph: Graph,
    /// The write up to which the base goes, and how many changes came after it.
    pub base: u64,
    pub since: usize,
    /// How many tuples had gone when it was last looked whether the graph is wasteful.
    pub looked: u64,
}

/// The graphs of all stores.
#[derive(Clone, Default)]
pub struct Relations {
    stores: HashMap<StoreId, Arc<Held>>,
    /// Of the names in all of them: the same on every node and after every start, as readings of tuples go by it.
    pub(crate) key: Option<HashKey>,
}

impl Relations {
    pub(crate) fn keyed(key: Option<HashKey>) -> Self {
        Self { stores: HashMap::new(), key }
    }

    /// The tuples of a store as they stand. None: there is no such store, or its log could not be followed.
    pub fn graph(&self, store: StoreId) -> Option<&Graph> {
        self.stores.get(&store).map(|held| &held.graph)
    }

    pub(crate) fn held(&self, store: StoreId) -> Option<&Held> {
        self.stores.get(&store).map(Arc::as_ref)
    }

    pub(crate) fn put(&mut self, store: StoreId, held: Held) {
        self.stores.insert(store, Arc::new(held));
    }

    /// What a store begins with.
    pub(crate) fn empty(&self) -> Graph {
        Graph::keyed(self.key.unwrap_or_default())
    }

    /// A store that is known from here on.
    pub(crate) fn open(&mut self, store: StoreId) {
        let graph = self.empty();
        self.stores.entry(store).or_insert_with(|| Arc::new(Held { graph, ..Held::default() }));
    }

    pub(crate) fn close(&mut self, store: StoreId) {
        self.stores.remove(&store);
    }

    /// The base of a store goes up to this write.
    pub(crate) fn based(&mut self, store: StoreId, base: u64, less: usize) {
        if let Some(held) = self.stores.get(&store) {
            let since = held.since.saturating_sub(less);
            self.put(store, Held { base, since, ..held.as_ref().clone() });
        }
    }

    /// Takes over one write. What is known already changes nothing; where one is missing before it, the store is
    /// answered for no longer, until it is read anew.
    pub(crate) fn take(&mut self, turn: &Turn) {
        let Some(held) = self.stores.get(&turn.store) else { return };
        let known = held.graph.version();
        if turn.version <= known {
            return;
        }
        let graph = match &turn.then {
            Then::Became(graph) => graph.clone(),
            Then::Changed(changes) if turn.version == known + 1 => held.graph.apply(turn.version, changes),
            Then::Changed(_) => {
                tracing::error!(store = %turn.store, known, version = turn.version, "a write is missing");
                return self.close(turn.store);
            }
        };
        pages::allow_for(graph.len());
        let (base, looked, since) = (held.base, held.looked, held.since + turn.count);
        self.put(turn.store, Held { graph, base, since, looked });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;
    use chancery_rebac::tuple::{Tuple, TupleKey};

    fn id<I: Id>() -> I {
        I::from_uuid(Uuid::from_u128(7))
    }

    /// Another node's write of as many tuples as its version says.
    fn written(version: u64) -> (OrgId, Delta) {
        let key = |n| TupleKey::new(&format!("doc:{version}-{n}"), "viewer", "user:a");
        let write = |n| Change::Write(Tuple { key: key(n), condition: None }, 0);
        let then = Then::Changed((0..version).map(write).collect());
        (id(), Delta::Turn(Arc::new(Turn { store: id(), no: 1, version, count: 1, then })))
    }

    fn ready(deltas: &[(OrgId, Delta)]) -> Vec<Option<(u64, u64)>> {
        let of = |(_, delta): &(OrgId, Delta)| match delta {
            Delta::Turn(turn) => turn.graph().map(|graph| (graph.version(), graph.len())),
            _ => None,
        };
        deltas.iter().map(of).collect()
    }

    #[test]
    fn graphs_of_writes_that_follow_each_other_are_made_outside_the_lock() {
        let mut deltas = [written(1), written(2), written(3)];
        make_ready(&mut deltas, |_| Some(Graph::default()));
        assert_eq!(ready(&deltas), [Some((1, 1)), Some((2, 3)), Some((3, 6))]);
        let mut relations = Relations::default();
        relations.open(id());
        for (_, delta) in &deltas {
            let Delta::Turn(turn) = delta else { continue };
            relations.take(turn);
        }
        assert_eq!(relations.graph(id()).map(|graph| (graph.version(), graph.len())), Some((3, 6)));
    }

    #[test]
    fn what_does_not_follow_is_left_to_whoever_takes_it() {
        let known = Graph::default().apply(2, &[]);
        let mut deltas = [written(2), written(4)];
        make_ready(&mut deltas, |_| Some(known.clone()));
        assert_eq!(ready(&deltas), [None, None], "one is known, and before the other one is missing");
        make_ready(&mut deltas, |_| None);
        assert_eq!(ready(&deltas), [None, None], "nothing is known of the store");
    }
}
