//! Carries what is committed from SQLite's write-ahead log into the database file, beside the writers: done by the lane, it
//! is the longest they ever wait. The lane only does what is left, when the log has grown long and can begin anew. It also
//! keeps room ahead in the log's file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::chore;
use crate::config::Source;
use crate::driver::Link;
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::room;
use crate::writer::Job;

/// How often it looks, and after how many commits it finds it worth while: each turn ends with a sync of the whole file.
const TICK: Duration = Duration::from_millis(100);
const COMMITS: u64 = 24;
/// Looks without another try to make room, after the disk had none.
const PAUSE: u32 = 600;

pub(crate) struct Checkpointer {
    source: Source,
    facts: Arc<Facts>,
    jobs: mpsc::WeakSender<Job>,
    /// The write-ahead log's file, where room is kept in it.
    wal: Option<PathBuf>,
    link: Option<Link>,
    /// Commits counted when it last carried something over, and when it last looked for room.
    carried: u64,
    looked: u64,
    /// Bytes of the log that were written when it last carried something over.
    used: u64,
    pause: u32,
}

impl Checkpointer {
    pub(crate) fn new(source: Source, facts: Arc<Facts>, jobs: mpsc::WeakSender<Job>) -> Self {
        let wal = source.log_file();
        Self { source, facts, jobs, wal, link: None, carried: 0, looked: 0, used: 0, pause: 0 }
    }

    /// Runs until `stop` closes.
    pub(crate) fn serve(mut self, stop: &std_mpsc::Receiver<()>) {
        while stop.recv_timeout(TICK) == Err(std_mpsc::RecvTimeoutError::Timeout) {
            let commits = self.facts.commits();
            if commits.wrapping_sub(self.carried) >= COMMITS {
                self.carried = commits;
                if let Err(fault) = self.carry() {
                    // The lane carries it over itself when the log is long.
                    tracing::debug!(%fault, "the write-ahead log waits");
                    self.link = None;
                }
            }
            self.pause = self.pause.saturating_sub(1);
            if commits != self.looked && self.pause == 0 {
                self.looked = commits;
                if let Err(fault) = self.make_room() {
                    tracing::debug!(%fault, "the write-ahead log grows by itself");
                    self.pause = PAUSE;
                }
            }
        }
    }

    fn carry(&mut self) -> Result<(), DbFault> {
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(self.source.writer()?),
        };
        self.used = link.checkpoint()?;
        Ok(())
    }

    /// Step by step: writers wait for the length of one.
    fn make_room(&self) -> Result<(), DbFault> {
        let Some(wal) = &self.wal else { return Ok(()) };
        while room::lacks(wal, self.used) {
            let path = wal.clone();
            // On the lane, so that nobody writes at the end of the file meanwhile.
            let grown = chore::run(&self.jobs, move |_| room::extend(&path).map_err(|e| failed(&path, &e)))?;
            grown.sync_data().map_err(|e| failed(wal, &e))?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &std::io::Error) -> DbFault {
    DbFault::unavailable(format!("{}: {error}", path.display()))
}
