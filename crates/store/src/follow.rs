//! Follows the other nodes of one PostgreSQL database: told by a notification, and looking every second in case one
//! was lost.

use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::driver::postgres::{Ear, Server};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::writer::Job;

/// Longest time for which this node does not know what another one did, as long as the database answers.
const POLL: Duration = Duration::from_secs(1);

pub(crate) struct Follower {
    pub server: Server,
    pub jobs: mpsc::WeakSender<Job>,
    pub facts: Arc<Facts>,
    pub ear: Option<Ear>,
}

impl Follower {
    /// Runs until `stop` closes.
    pub(crate) fn serve(mut self, stop: &std_mpsc::Receiver<()>) {
        while stop.try_recv() == Err(std_mpsc::TryRecvError::Empty) {
            if let Err(fault) = self.wait() {
                tracing::debug!(%fault, "notifications of other nodes are away");
                self.ear = None;
                if stop.recv_timeout(POLL) != Err(std_mpsc::RecvTimeoutError::Timeout) {
                    return;
                }
            }
            let Some(jobs) = self.jobs.upgrade() else { return };
            // A lane with a queue before it looks between two commits; one that sleeps has to be woken.
            self.facts.current().hear();
            drop(jobs.try_send(Job::Refresh(None)));
        }
    }

    fn wait(&mut self) -> Result<(), DbFault> {
        let ear = match &mut self.ear {
            Some(ear) => ear,
            none => none.insert(self.server.listen()?),
        };
        ear.wait(POLL)
    }
}
