//! Reading many changes with a second thread, which makes pages of those that were read.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use chancery_rebac::engine::{Graph, Lot, Naming, Paging};

use super::pack::Unpacker;
use super::pages;
use crate::fault::DbFault;

/// Changes that become pages at a time: the more, the fewer times a page is written anew.
const PORTION: usize = 1 << 17;
/// Portions that may wait.
const AHEAD: usize = 1;

/// Takes what is read.
pub(crate) struct Reading<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    naming: Naming,
    /// As long as there was too little for a second thread.
    paging: Option<Paging>,
    worker: Option<(SyncSender<Lot>, ScopedJoinHandle<'s, Paging>)>,
    version: u64,
    count: usize,
}

/// The graph with all changes that `read` hands on, and what it says of them.
pub(crate) fn aside<T>(
    graph: &Graph,
    read: impl FnOnce(&mut Reading<'_, '_>) -> Result<T, DbFault>,
) -> Result<(Graph, T), DbFault> {
    std::thread::scope(|scope| {
        let ((naming, paging), version) = (graph.halves(), graph.version());
        let (paging, worker) = (Some(paging), None);
        let mut reading = Reading { scope, naming, paging, worker, version, count: 0 };
        let said = read(&mut reading)?;
        Ok((reading.finish()?, said))
    })
}

impl Reading<'_, '_> {
    /// The version that what was taken leads to.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// More changes, and the version that they lead to; how many they were.
    pub(crate) fn take(&mut self, version: u64, changes: Unpacker<'_>) -> Result<usize, DbFault> {
        self.version = version;
        let count = changes.each(|change| self.naming.take(change))?;
        self.count += count;
        if self.naming.waiting() >= PORTION {
            self.hand_over()?;
        }
        Ok(count)
    }

    fn hand_over(&mut self) -> Result<(), DbFault> {
        let lot = self.naming.hand_over();
        if let Some(mut paging) = self.paging.take() {
            pages::allow_for(self.count as u64);
            let (give, given) = sync_channel::<Lot>(AHEAD);
            let carry = move || {
                given.into_iter().for_each(|lot| paging.carry(lot));
                paging
            };
            self.worker = Some((give, self.scope.spawn(carry)));
        }
        let (give, _) = self.worker.as_ref().ok_or_else(ended)?;
        give.send(lot).map_err(|_| ended())
    }

    fn finish(mut self) -> Result<Graph, DbFault> {
        let last = self.naming.hand_over();
        let paging = match (self.worker, self.paging) {
            (Some((give, carried)), _) => {
                give.send(last).map_err(|_| ended())?;
                // Nothing more comes: the other thread ends behind it.
                drop(give);
                carried.join().map_err(|_| ended())?
            }
            (None, paging) => {
                let mut paging = paging.ok_or_else(ended)?;
                paging.carry(last);
                paging
            }
        };
        Ok(self.naming.join(paging, self.version))
    }
}

fn ended() -> DbFault {
    DbFault::Internal("making pages of tuples ended early".to_owned())
}
