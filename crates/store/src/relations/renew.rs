//! Gives back the memory of names that only deleted tuples had: the graph of a store is built anew beside the one that is asked,
//! and takes its place between two writes. Nobody waits for it but its own thread.

use std::sync::Arc;

use chancery_kernel::StoreId;
use chancery_rebac::engine::Graph;

use super::{Held, Relations};
use crate::fault::DbFault;
use crate::index::Indexer;
use crate::tables::relations as table;

/// Fewer deletions than these are not worth a look.
const FEW: u64 = 10_000;
/// A store is looked at when more than this share of its tuples went since the last look.
const SHARE: u64 = 4;

impl Relations {
    /// Stores whose graphs may hold much that is nobody's.
    fn worn(&self) -> Vec<(StoreId, Graph)> {
        let worn =
            |held: &Held| held.graph.gone().saturating_sub(held.looked) > FEW.max(held.graph.len() / SHARE);
        let stores = self.stores.iter().filter(|(_, held)| worn(held));
        stores.map(|(store, held)| (*store, held.graph.clone())).collect()
    }

    /// A graph was looked at, as of so many deletions, and is good enough.
    pub(crate) fn looked(&mut self, store: StoreId, gone: u64) {
        if let Some(held) = self.stores.get(&store) {
            self.put(store, Held { looked: gone, ..held.as_ref().clone() });
        }
    }

    /// The same tuples in another graph, from here on. Gives back what was held, for whoever can take the time to let go of it.
    pub(crate) fn renew(&mut self, store: StoreId, graph: Graph) -> Option<Arc<Held>> {
        let held = self.stores.get(&store).filter(|held| held.graph.version() <= graph.version())?.clone();
        let looked = graph.gone();
        self.put(store, Held { graph, looked, ..held.as_ref().clone() });
        Some(held)
    }
}

impl Indexer {
    /// Builds anew what has become wasteful.
    pub(crate) fn renew(&mut self) -> Result<(), DbFault> {
        let worn = self.facts.hot().relations.worn();
        for (store, graph) in worn {
            if !graph.is_wasteful() {
                self.facts.looked(store, graph.gone());
                continue;
            }
            let logs = self.read(table::bases)?;
            let Some(no) = logs.iter().find(|(_, id, _)| *id == store).map(|(no, _, _)| *no) else {
                continue;
            };
            let fresh = graph.rebuilt();
            drop(graph);
            // What came meanwhile; and between the writers, what came since.
            let fresh = self.read(|sql| table::follow(sql, no, &fresh))?;
            let facts = self.facts.clone();
            let old = self.send(move |sql| Ok(facts.renew(store, table::follow(sql, no, &fresh)?)))?;
            tracing::debug!(%store, exchanged = old.is_some(), "a graph was built anew");
        }
        Ok(())
    }
}
