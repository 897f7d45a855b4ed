//! Housekeeping of the store's own threads, done by the lane between the writes.

use std::sync::mpsc as std_mpsc;

use tokio::sync::mpsc;

use crate::fault::DbFault;
use crate::sql::Sql;
use crate::writer::{Done, Job};

/// Runs it in a transaction of its own and waits for it. Nobody writes meanwhile.
pub(crate) fn run<T: Send + 'static>(
    jobs: &mpsc::WeakSender<Job>,
    f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault> + Send + 'static,
) -> Result<T, DbFault> {
    let closed = || DbFault::unavailable("the database is closed");
    let (answer, answered) = std_mpsc::channel();
    let chore = Box::new(move |sql: Option<&mut Sql<'_>>| {
        let own = sql.map_or_else(|| Err(DbFault::unavailable("it did not run")), f);
        let keep = own.is_ok();
        let tell = move |fault: Option<DbFault>| drop(answer.send(fault.map_or(own, Err)));
        Done { keep, answer: Box::new(tell) }
    });
    let jobs = jobs.upgrade().ok_or_else(closed)?;
    jobs.blocking_send(Job::Chore(chore)).map_err(|_| closed())?;
    drop(jobs);
    answered.recv().map_err(|_| closed())?
}
