//! The way to the writer: a queue and one thread for a crowd, whose writes share commits, and none of both for a caller who
//! is alone.
//!
//! No timer: a commit takes everybody who waits by then, so a lone caller pays one flush and a crowd shares it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::writer::{Job, Writer};

/// Closures that share a commit, at most.
const MOST: usize = 512;

/// Writes of one caller at a time before it is taken to be alone.
const CALM: u32 = 4;

/// The writer, and whether there is a crowd before it.
pub(crate) struct Desk {
    writer: Mutex<Writer>,
    /// How many writes have to come one by one until a caller may write for itself.
    crowded: AtomicU32,
    /// What commits take of late, in microseconds.
    taken: AtomicU32,
    /// What a caller may be kept by its own commit: its thread does not serve others meanwhile.
    quick: Duration,
}

pub(crate) struct Lane {
    desk: Arc<Desk>,
    jobs: mpsc::Receiver<Job>,
    waiting: VecDeque<Job>,
}

impl Desk {
    pub(crate) const fn new(writer: Writer, quick: Duration) -> Self {
        let (crowded, taken) = (AtomicU32::new(CALM), AtomicU32::new(0));
        Self { writer: Mutex::new(writer), crowded, taken, quick }
    }

    /// Does the job on the caller's own thread, if that is alone: two threads need not be woken then, which takes longer
    /// than the disk does. Else gives it back.
    pub(crate) fn serve_alone(&self, job: Job, jobs: &mpsc::Sender<Job>) -> Option<Job> {
        if self.crowded.load(Ordering::Relaxed) > 0 || jobs.capacity() < jobs.max_capacity() {
            return Some(job);
        }
        let Some(mut writer) = self.writer.try_lock() else { return Some(job) };
        self.do_first(&mut writer, &mut VecDeque::from([job]));
        None
    }

    fn serve(&self, waiting: &mut VecDeque<Job>) {
        self.do_first(&mut self.writer.lock(), waiting);
    }

    fn do_first(&self, writer: &mut Writer, waiting: &mut VecDeque<Job>) {
        let (before, began) = (waiting.len(), Instant::now());
        writer.serve(waiting);
        // The mean of about the last eight: a disk that is slow once is not a slow disk.
        let took = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX).min(10_000_000);
        let mean = i64::from(self.taken.load(Ordering::Relaxed));
        let mean = u32::try_from(mean + (took - mean) / 8).unwrap_or(0);
        self.taken.store(mean, Ordering::Relaxed);
        let is_quick = Duration::from_micros(mean.into()) < self.quick;
        let is_calm = before == 1 && is_quick && writer.is_embedded();
        let crowded = if is_calm { self.crowded.load(Ordering::Relaxed).saturating_sub(1) } else { CALM };
        self.crowded.store(crowded, Ordering::Relaxed);
    }
}

impl Lane {
    pub(crate) const fn new(desk: Arc<Desk>, jobs: mpsc::Receiver<Job>) -> Self {
        Self { desk, jobs, waiting: VecDeque::new() }
    }

    /// Serves until nobody is left who could ask.
    pub(crate) fn serve(mut self) {
        while self.fill() {
            self.desk.serve(&mut self.waiting);
        }
        // On this thread: PostgreSQL's driver must not end inside the caller's asynchronous runtime.
        self.desk.writer.lock().close();
    }

    /// Waits for a job where there is none, then takes all that have come.
    fn fill(&mut self) -> bool {
        if self.waiting.is_empty() {
            match self.jobs.blocking_recv() {
                Some(job) => self.waiting.push_back(job),
                None => return false,
            }
        }
        // Where the processors are busy, those who are about to ask have not had their turn yet: as long as giving way to
        // them brings more of them, one flush serves more. Where nobody else wants to run, giving way takes no time.
        while self.gather() {
            std::thread::yield_now();
        }
        true
    }

    /// Takes what has come, and says whether that was anything.
    fn gather(&mut self) -> bool {
        let before = self.waiting.len();
        while self.waiting.len() < MOST
            && let Ok(job) = self.jobs.try_recv()
        {
            self.waiting.push_back(job);
        }
        self.waiting.len() > before
    }
}
