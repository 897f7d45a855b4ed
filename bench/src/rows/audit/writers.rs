//! Callers that record decisions, as many at a time as are wanted: each waits until its entry is durable.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use chancery_kernel::Fault;
use chancery_store::{Config, Db, DbFault, Location, Who, log};
use tokio::runtime::Runtime;

use super::lines::Cast;
use crate::measure::{Histogram, env, own_cpu};

/// A database of its own, and who writes to it.
pub struct Writers {
    pub db: Db,
    pub cast: Arc<Cast>,
    pub runtime: Runtime,
    next: Arc<AtomicUsize>,
}

/// What came of a stretch of writing.
#[derive(Default)]
pub struct Written {
    pub rows: usize,
    pub seconds: f64,
    /// Processor time of this process, which does nothing else meanwhile.
    pub cpu: f64,
    pub took: Histogram,
}

impl Written {
    pub fn per_second(&self) -> f64 {
        self.rows as f64 / self.seconds.max(1e-9)
    }

    /// Microseconds.
    pub fn cpu_per_row(&self) -> f64 {
        self.cpu * 1e6 / (self.rows as f64).max(1.0)
    }
}

impl Writers {
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let env = env();
        let db = Db::open(&Config::new(Location::Sqlite(folder.join("chancery.db"))), env.clone())?;
        // As many threads as the server has on a machine of two cores.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let cast = Arc::new(Cast::new(&env, 10_000));
        Ok(Self { db, cast, runtime, next: Arc::new(AtomicUsize::new(0)) })
    }

    /// Keeps this many entries waiting for this long.
    pub fn write(&self, outstanding: usize, long: Duration) -> anyhow::Result<Written> {
        let (began, cpu) = (Instant::now(), own_cpu()?);
        let until = began + long;
        let writers: Vec<_> = (0..outstanding).map(|_| self.runtime.spawn(self.writer(until))).collect();
        let mut written = Written::default();
        for writer in writers {
            let took = self.runtime.block_on(writer)?.map_err(told)?;
            written.rows += took.len();
            took.into_iter().for_each(|one| written.took.add(one));
        }
        written.seconds = began.elapsed().as_secs_f64();
        written.cpu = (own_cpu()? - cpu).as_secs_f64();
        Ok(written)
    }

    fn writer(&self, until: Instant) -> impl Future<Output = Result<Vec<Duration>, Fault>> + Send + use<> {
        let (db, cast, next) = (self.db.clone(), self.cast.clone(), self.next.clone());
        async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                let (start, n) = (Instant::now(), next.fetch_add(1, Ordering::Relaxed));
                let cast = cast.clone();
                db.write(cast.org, Who::SYSTEM, move |tx| {
                    let event = cast.decision(tx.env(), n);
                    Ok::<_, Fault>(tx.record(event).with(()))
                })
                .await?;
                took.push(start.elapsed());
            }
            Ok(took)
        }
    }

    /// Entries in the log.
    pub fn size(&self) -> anyhow::Result<i64> {
        let org = self.cast.org;
        let end = self.runtime.block_on(self.db.read(move |sql| log::end(sql, org)))?;
        Ok(end.context("the log is empty")?.size)
    }

    /// Whether the lines are all there, in order, and hash to the root of the head.
    pub fn verified(&self) -> anyhow::Result<bool> {
        let org = self.cast.org;
        let good = self.runtime.block_on(self.db.read(move |sql| {
            let (size, wanted) = (log::end(sql, org)?.map_or(0, |end| end.size), log::frontier(sql, org)?);
            let mut tree = chancery_audit::Frontier::new();
            let mut next = 1;
            while next <= size {
                let some = log::entries(sql, org, next, 10_000)?;
                if some.is_empty() {
                    return Ok::<_, DbFault>(false);
                }
                for entry in some {
                    if entry.seq != next {
                        return Ok(false);
                    }
                    tree.append(chancery_audit::leaf_hash(&entry.body));
                    next += 1;
                }
            }
            Ok(tree.root() == wanted.root())
        }))?;
        Ok(good)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
pub fn told(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{}", fault.log_line())
}
