//! The database as use cases see it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use chancery_kernel::{ApprovalId, Env, OrgId, UserId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::backup::{Copied, backup};
use crate::checkpointer::Checkpointer;
use crate::config::{Config, Premises, Source};
use crate::driver::postgres::Server;
use crate::facts::{Commit, Facts};
use crate::fault::DbFault;
use crate::follow::{Asked, Follower};
use crate::inboxes::Inbox;
use crate::index::Indexer;
use crate::lane::{Desk, Lane};
use crate::pool::Pool;
use crate::sql::Sql;
use crate::still::HotGuard;
use crate::tx::{Audited, Author, Tx};
use crate::waits::Wait;
use crate::writer::{Done, Job, Write, Writer};

/// Tables that [`Db::maintain`] is meant for: what they hold is either derived from the log or past its use. Whatever
/// else changes, changes in [`Db::write`], with an event.
pub const HOUSEKEPT: &[&str] = &[
    "audit_parts",
    "audit_postings",
    "audit_nodes",
    "log_heads", // column `indexed` only
    "checkpoints",
    "hot_changes",
    "outbox",
    "tuple_parts",
    "tuple_heads",      // column `base`, and those of stores that are gone
    "tuple_writes",     // of stores that are gone
    "store_models",     // the same
    "store_assertions", // the same
    "object_ids",       // the same
    "codes",
    "refresh_tokens",
    "sessions", // deleting ended ones, and `seen`
    "spent",
    "throttles",
    "marks", // deleting those that can kill nothing any more
];

/// Writes that may wait in the queue; more wait in their callers.
const QUEUE: usize = 4_096;

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    jobs: Option<mpsc::Sender<Job>>,
    /// Closed with the rest, which tells the follower to end.
    asks: mpsc::Sender<Asked>,
    pool: Option<Pool>,
    lane: Option<JoinHandle<()>>,
    desk: Arc<Desk>,
    facts: Arc<Facts>,
    env: Env,
    source: Source,
    /// Closed with the rest, which tells the helpers to end.
    _stop: Vec<std_mpsc::Sender<()>>,
    // Last: the lock goes when everybody has let go of the files.
    _premises: Premises,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.jobs = None;
        self.pool = None;
        if let Some(lane) = self.lane.take()
            && lane.thread().id() != std::thread::current().id()
            && lane.join().is_err()
        {
            tracing::error!("the writer lane panicked");
        }
    }
}

impl Db {
    /// Opens the database, brings its schema up to date and reads the hot facts.
    pub fn open(config: &Config, env: Env) -> Result<Self, DbFault> {
        let (source, premises) = Source::new(config, &env)?;
        let shared = config.shared || matches!(source, Source::Postgres(_));
        let facts = Arc::new(Facts::new(shared, u64::from_be_bytes(env.bytes())));
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let (asks, asked) = mpsc::channel(QUEUE);
        let (lane, desk) = start_lane(config, &source, &env, &facts, inbox)?;
        let pool = Pool::open(&source, &facts, config.readers)?;
        let stop = start_helpers(config, &source, &env, &facts, &jobs)?;
        if let Source::Postgres(server) = &source {
            start_follower(server, &env, &facts, asked)?;
        }
        let shared = Shared {
            jobs: Some(jobs),
            asks,
            pool: Some(pool),
            lane: Some(lane),
            desk,
            facts,
            env,
            source,
            _stop: stop,
            _premises: premises,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub fn env(&self) -> &Env {
        &self.shared.env
    }

    /// The hot facts as they are now. A thread that holds them must not ask again: hand the guard on.
    pub fn hot(&self) -> HotGuard<'_> {
        self.shared.facts.hot()
    }

    /// Whether the hot facts are what all nodes know. False on a node that is cut off from PostgreSQL: others may have
    /// revoked meanwhile what still lives here.
    pub fn is_current(&self) -> bool {
        self.shared.facts.current().is_trusted()
    }

    /// News of every commit that appended to a log: one for each organization in it.
    pub fn subscribe(&self) -> broadcast::Receiver<Commit> {
        self.shared.facts.subscribe()
    }

    /// Returns when a write of this node has added to the outbox since the last call returned. One listener is told.
    pub async fn posted(&self) {
        self.shared.facts.posted.notified().await;
    }

    /// What wakes when something becomes of this approval; see [`crate::Wait`].
    pub fn wait_for(&self, approval: ApprovalId) -> Wait {
        self.shared.facts.waits.join(approval)
    }

    /// Counts what became of relationships here: changes when a store's tuples did, or its record.
    pub fn turned(&self) -> watch::Receiver<u64> {
        self.shared.facts.turned.subscribe()
    }

    /// Returns when the hot facts have everything that any node committed before this call.
    pub async fn look(&self) -> Result<(), DbFault> {
        self.ask(None).await
    }

    /// The same for what was committed to the log of one organization.
    pub async fn look_at(&self, org: OrgId) -> Result<(), DbFault> {
        self.ask(Some(org)).await
    }

    async fn ask(&self, log: Option<OrgId>) -> Result<(), DbFault> {
        let closed = || DbFault::unavailable("what other nodes did cannot be read");
        if !self.shared.facts.current().is_shared() {
            return Ok(());
        }
        let (told, answered) = oneshot::channel();
        self.shared.asks.send(Asked { log, told }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())
    }

    /// A person's inbox, watched from now on: see [`crate::Inbox`].
    pub fn watch_inbox(&self, org: OrgId, user: UserId) -> Inbox {
        self.shared.facts.inboxes.watch(org, user)
    }

    /// Runs the closure where writes are done, one at a time, and commits what it did together with what it recorded. Success is
    /// answered only after the disk has it. Once queued, it runs to its end even if the caller goes away.
    pub fn write<T, F>(
        &self,
        log: OrgId,
        author: impl Into<Author>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<Audited<T>, F> + Send + 'static,
    ) -> impl Future<Output = Result<T, F>> + Send
    where
        T: Send + 'static,
        F: From<DbFault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |tx: Option<&mut Tx<'_>>| {
            done(answer, tx.map(|tx| guarded(|| f(tx).map(Audited::into_value))))
        });
        self.queue(Job::Write(Write { log, author: author.into(), work }), answered)
    }

    /// Housekeeping in a transaction of its own, without an event: for the tables of [`HOUSEKEPT`] alone.
    pub fn maintain<T>(
        &self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault> + Send + 'static,
    ) -> impl Future<Output = Result<T, DbFault>> + Send
    where
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let chore =
            Box::new(move |sql: Option<&mut Sql<'_>>| done(answer, sql.map(|sql| guarded(|| f(sql)))));
        self.queue(Job::Chore(chore), answered)
    }

    async fn queue<T, F: From<DbFault>>(
        &self,
        job: Job,
        answered: oneshot::Receiver<Result<T, F>>,
    ) -> Result<T, F> {
        let closed = || F::from(DbFault::unavailable("the database is closed"));
        let jobs = self.shared.jobs.as_ref().ok_or_else(closed)?;
        if let Some(job) = self.shared.desk.serve_alone(job, jobs) {
            jobs.send(job).await.map_err(|_| closed())?;
        }
        answered.await.map_err(|_| closed())?
    }

    /// Reads one state of the database, on a reader thread.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault> + Send + 'static,
    ) -> impl Future<Output = Result<T, DbFault>> + Send
    where
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        if let Some(pool) = &self.shared.pool {
            pool.ask(Box::new(move |sql| {
                let found = sql.and_then(|sql| guarded(|| f(sql)));
                // A caller that went away wants no answer.
                drop(answer.send(found));
            }));
        }
        async move { answered.await.unwrap_or_else(|_| Err(DbFault::unavailable("the database is closed"))) }
    }
}

impl Db {
    /// Copies one state of the running database into a new file, which [`restore`](crate::restore) puts back into
    /// either engine.
    pub fn backup(&self, to: PathBuf) -> impl Future<Output = Result<Copied, DbFault>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let source = self.shared.source.clone();
        // A thread of its own: copying may take minutes, and readers are few.
        let copying = std::thread::Builder::new().name("chancery-backup".into());
        let copying = copying.spawn(move || drop(answer.send(backup(&source, &to))));
        async move {
            copying.map_err(|e| DbFault::unavailable(format!("no thread: {e}")))?;
            answered.await.unwrap_or_else(|_| Err(DbFault::Internal("copying panicked".into())))
        }
    }
}

/// A closure that panics is a defect of its own, and no reason to stop serving the others.
fn guarded<T, F: From<DbFault>>(f: impl FnOnce() -> Result<T, F>) -> Result<T, F> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(F::from(DbFault::Internal(format!("a closure panicked: {text}"))))
    })
}

fn done<T, F>(answer: oneshot::Sender<Result<T, F>>, result: Option<Result<T, F>>) -> Done
where
    T: Send + 'static,
    F: From<DbFault> + Send + 'static,
{
    let keep = matches!(result, Some(Ok(_)));
    let answer = move |fault: Option<DbFault>| {
        let own = || result.unwrap_or_else(|| Err(F::from(DbFault::unavailable("it did not run"))));
        // A caller that went away wants no answer.
        drop(answer.send(fault.map_or_else(own, |fault| Err(F::from(fault)))));
    };
    Done { keep, answer: Box::new(answer) }
}

/// The lane opens the database on its own thread: PostgreSQL's synchronous driver must not run inside the caller's
/// asynchronous runtime.
fn start_lane(
    config: &Config,
    source: &Source,
    env: &Env,
    facts: &Arc<Facts>,
    inbox: mpsc::Receiver<Job>,
) -> Result<(JoinHandle<()>, Arc<Desk>), DbFault> {
    let (opened, ready) = std_mpsc::channel();
    let (source, env, facts, quick) = (source.clone(), env.clone(), facts.clone(), config.quick);
    let thread = std::thread::Builder::new().name("chancery-lane".into());
    let lane = thread.spawn(move || match Writer::open(source, env, facts) {
        Err(fault) => drop(opened.send(Err(fault))),
        Ok(writer) => {
            let desk = Arc::new(Desk::new(writer, quick));
            drop(opened.send(Ok(desk.clone())));
            Lane::new(desk, inbox).serve();
        }
    });
    let lane = lane.map_err(|e| DbFault::open(format!("no thread: {e}")))?;
    let desk = ready.recv().unwrap_or_else(|_| Err(DbFault::open("opening it panicked")))?;
    Ok((lane, desk))
}

type Helper = Box<dyn FnOnce(&std_mpsc::Receiver<()>) + Send>;

/// Follows the other nodes on PostgreSQL.
fn start_follower(
    server: &Server,
    env: &Env,
    facts: &Arc<Facts>,
    asks: mpsc::Receiver<Asked>,
) -> Result<(), DbFault> {
    let (server, env, facts) = (server.clone(), env.clone(), facts.clone());
    let follower = Follower { server, env, facts, asks, link: None, seen: None };
    let thread = std::thread::Builder::new().name("chancery-follow".into());
    let started = thread.spawn(move || follower.serve());
    started.map(drop).map_err(|e| DbFault::open(format!("no thread: {e}")))
}

/// Builds the query index, and empties SQLite's write-ahead log. Each until its sender closes.
fn start_helpers(
    config: &Config,
    source: &Source,
    env: &Env,
    facts: &Arc<Facts>,
    jobs: &mpsc::Sender<Job>,
) -> Result<Vec<std_mpsc::Sender<()>>, DbFault> {
    let mut stops = Vec::new();
    let mut start = |name: &str, serve: Helper| {
        let (stop, stopped) = std_mpsc::channel();
        stops.push(stop);
        let thread = std::thread::Builder::new().name(name.into());
        let started = thread.spawn(move || serve(&stopped));
        started.map(drop).map_err(|e| DbFault::open(format!("no thread: {e}")))
    };
    let indexer = Indexer {
        source: source.clone(),
        env: env.clone(),
        facts: facts.clone(),
        jobs: jobs.downgrade(),
        pruned: Instant::now(),
        lag: config.index_lag.max(1),
        link: None,
        seen: 0,
        // What an earlier process left over is work too.
        left: true,
        edges: Default::default(),
        tidy: false,
    };
    start("chancery-index", Box::new(move |stopped| indexer.serve(stopped)))?;
    if let Source::Sqlite(..) = source {
        let checkpointer = Checkpointer::new(source.clone(), facts.clone(), jobs.downgrade());
        start("chancery-disk", Box::new(move |stopped| checkpointer.serve(stopped)))?;
    }
    Ok(stops)
}
