//! Reading many changes with two threads more: one gives numbers to names, the other makes pages of what has its numbers.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use chancery_rebac::engine::{Changes, Graph, Naming, Paging};

use super::pack::Unpacker;
use super::pages;
use crate::fault::DbFault;

/// With so many changes other threads begin.
const MANY: usize = 1 << 15;
/// Changes handed over together from then on, and how often they may wait.
const LOT: usize = 1 << 13;
const AHEAD: usize = 2;
/// Changes that become pages at a time: the more, the fewer times a page is written anew.
const PORTION: usize = 1 << 17;

/// Takes what is read.
pub(crate) struct Reading<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    work: Work<'s>,
    read: Changes,
    version: u64,
    count: usize,
}

enum Work<'s> {
    /// To be done by this thread, as long as there is too little for others.
    Here(Box<(Naming, Paging)>),
    Beside(SyncSender<Changes>, Beside<'s>),
    Ended,
}

/// None where the work ended early.
type Beside<'s> = ScopedJoinHandle<'s, Option<(Naming, Paging)>>;

/// The graph with all changes that `read` hands on, and what it says of them.
pub(crate) fn aside<T>(
    graph: &Graph,
    read: impl FnOnce(&mut Reading<'_, '_>) -> Result<T, DbFault>,
) -> Result<(Graph, T), DbFault> {
    std::thread::scope(|scope| {
        let (work, version) = (Work::Here(Box::new(graph.halves())), graph.version());
        let mut reading = Reading { scope, work, read: Changes::default(), version, count: 0 };
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
        let count = changes.each(|change| self.read.push(change))?;
        self.count += count;
        let enough = if matches!(self.work, Work::Here(_)) { MANY } else { LOT };
        if self.read.len() >= enough {
            self.hand_over()?;
        }
        Ok(count)
    }

    fn hand_over(&mut self) -> Result<(), DbFault> {
        pages::allow_for(self.count as u64);
        let work = match std::mem::replace(&mut self.work, Work::Ended) {
            Work::Here(halves) => {
                let ((give, given), scope) = (sync_channel(AHEAD), self.scope);
                Work::Beside(give, scope.spawn(move || numbered(scope, *halves, given)))
            }
            begun => begun,
        };
        if let Work::Beside(give, _) = &work {
            give.send(std::mem::take(&mut self.read)).map_err(|_| ended())?;
        }
        self.work = work;
        Ok(())
    }

    fn finish(mut self) -> Result<Graph, DbFault> {
        if matches!(self.work, Work::Beside(..)) {
            self.hand_over()?;
        }
        let (naming, paging) = match self.work {
            Work::Here(halves) => {
                let (mut naming, mut paging) = *halves;
                naming.take(&self.read);
                paging.carry(naming.hand_over());
                (naming, paging)
            }
            Work::Beside(give, done) => {
                // Nothing more comes: the others end behind what they have.
                drop(give);
                done.join().ok().flatten().ok_or_else(ended)?
            }
            Work::Ended => return Err(ended()),
        };
        Ok(naming.join(paging, self.version))
    }
}

/// Gives numbers to what is given, while another thread makes pages of what has them.
fn numbered<'s>(
    scope: &'s Scope<'s, '_>,
    (mut naming, mut paging): (Naming, Paging),
    given: Receiver<Changes>,
) -> Option<(Naming, Paging)> {
    let (give, lots) = sync_channel(AHEAD);
    let paged = scope.spawn(move || {
        lots.into_iter().for_each(|lot| paging.carry(lot));
        paging
    });
    let mut taken = given.into_iter().all(|changes| {
        naming.take(&changes);
        naming.waiting() < PORTION || give.send(naming.hand_over()).is_ok()
    });
    taken = taken && give.send(naming.hand_over()).is_ok();
    drop(give);
    // Waited for whatever came of it: a panic that nobody waits for ends the reader too.
    let paging = paged.join().ok()?;
    taken.then_some((naming, paging))
}

fn ended() -> DbFault {
    DbFault::Internal("making a graph of tuples ended early".to_owned())
}
