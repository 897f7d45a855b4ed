//! Carries what is committed from SQLite's write-ahead log into the database file, beside the writers: done by the lane, it
//! is the longest they ever wait. The lane only does what is left, when the log has grown long and can begin anew.

use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use crate::config::Source;
use crate::driver::Link;
use crate::facts::Facts;
use crate::fault::DbFault;

/// How often it looks, and after how many commits it finds it worth while: each turn ends with a sync of the whole file.
const TICK: Duration = Duration::from_millis(100);
const COMMITS: u64 = 24;

pub(crate) struct Checkpointer {
    pub source: Source,
    pub facts: Arc<Facts>,
    pub link: Option<Link>,
    /// Commits counted when it last carried something over.
    pub seen: u64,
}

impl Checkpointer {
    /// Runs until `stop` closes.
    pub(crate) fn serve(mut self, stop: &std_mpsc::Receiver<()>) {
        while stop.recv_timeout(TICK) == Err(std_mpsc::RecvTimeoutError::Timeout) {
            let commits = self.facts.commits();
            if commits.wrapping_sub(self.seen) < COMMITS {
                continue;
            }
            self.seen = commits;
            if let Err(fault) = self.carry() {
                // The lane carries it over itself when the log is long.
                tracing::debug!(%fault, "the write-ahead log waits");
                self.link = None;
            }
        }
    }

    fn carry(&mut self) -> Result<(), DbFault> {
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(self.source.writer()?),
        };
        link.checkpoint()
    }
}
