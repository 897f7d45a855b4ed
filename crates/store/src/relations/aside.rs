//! Applying changes in a second thread, while the first reads more: both are about half of a start over many tuples.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use chancery_rebac::engine::{Change, Graph};

use super::pages;
use crate::fault::DbFault;

/// Changes that become a version at a time: the more, the fewer times a page is written anew.
const PORTION: usize = 1 << 17;
/// Portions that may wait.
const AHEAD: usize = 1;

type Lot = (u64, Vec<Change>);

/// Takes what is read.
pub(crate) struct Reading<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    /// The graph, as long as there was too little for a second thread.
    graph: Option<Graph>,
    worker: Option<(SyncSender<Lot>, ScopedJoinHandle<'s, Graph>)>,
    waiting: Vec<Change>,
    version: u64,
    count: usize,
}

/// The graph with all changes that `read` hands on, and how many these were.
pub(crate) fn aside(
    graph: Graph,
    read: impl FnOnce(&mut Reading<'_, '_>) -> Result<(), DbFault>,
) -> Result<(Graph, usize), DbFault> {
    std::thread::scope(|scope| {
        let version = graph.version();
        let (graph, worker, waiting) = (Some(graph), None, Vec::new());
        let mut reading = Reading { scope, graph, worker, waiting, version, count: 0 };
        read(&mut reading)?;
        reading.finish()
    })
}

impl Reading<'_, '_> {
    /// More changes, and the version that they lead to.
    pub(crate) fn take(&mut self, version: u64, changes: Vec<Change>) -> Result<(), DbFault> {
        self.version = version;
        self.count += changes.len();
        self.waiting.extend(changes);
        if self.waiting.len() < PORTION {
            return Ok(());
        }
        let lot = (version, std::mem::take(&mut self.waiting));
        let (give, _) = self.worker.get_or_insert_with(|| {
            pages::allow_for(self.count as u64);
            let (graph, (give, given)) = (self.graph.take().unwrap_or_default(), sync_channel::<Lot>(AHEAD));
            let apply = |graph: Graph, (version, lot): Lot| graph.apply(version, &lot);
            (give, self.scope.spawn(move || given.into_iter().fold(graph, apply)))
        });
        give.send(lot).map_err(|_| ended())
    }

    fn finish(self) -> Result<(Graph, usize), DbFault> {
        let graph = match (self.worker, self.graph) {
            (Some((give, applied)), _) => {
                // Nothing more comes: the other thread ends behind its last portion.
                drop(give);
                applied.join().map_err(|_| ended())?
            }
            (None, graph) => graph.unwrap_or_default(),
        };
        Ok((graph.apply(self.version, &self.waiting), self.count))
    }
}

fn ended() -> DbFault {
    DbFault::Internal("applying tuples ended early".to_owned())
}
