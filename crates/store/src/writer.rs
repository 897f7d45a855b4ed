//! The one who writes: runs the closures of writes, commits them together, and keeps the heads of the logs.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_kernel::{Env, OrgId};

use crate::batch::Batch;
use crate::config::Source;
use crate::current::Current;
use crate::dialect::Dialect;
use crate::driver::{Link, Mode};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::follow::catch_up;
use crate::head::{self, Heads};
use crate::migrate::migrate;
use crate::sql::Sql;
use crate::tables::relations;
use crate::tx::{Author, Tx};

/// What came of a closure: whether its changes stand, and how to tell its caller once the commit is through.
pub(crate) struct Done {
    pub keep: bool,
    pub answer: Answer,
}

/// Tells the caller the closure's own result, or the fault because of which nothing of it stands.
pub(crate) type Answer = Box<dyn FnOnce(Option<DbFault>) + Send>;

/// Called without a transaction, it only makes the answer.
pub(crate) type Work = Box<dyn FnOnce(Option<&mut Tx<'_>>) -> Done + Send>;
pub(crate) type Chore = Box<dyn FnOnce(Option<&mut Sql<'_>>) -> Done + Send>;

pub(crate) struct Write {
    pub log: OrgId,
    pub author: Author,
    pub work: Work,
}

pub(crate) enum Job {
    Write(Write),
    /// Housekeeping in a transaction of its own.
    Chore(Chore),
}

pub(crate) struct Writer {
    source: Source,
    env: Env,
    facts: Arc<Facts>,
    link: Option<Link>,
    /// Of the logs written to. On PostgreSQL they are right only while they are locked.
    heads: Heads,
    retry: Retry,
}

/// When to try again to reach a database that is away.
#[derive(Default)]
struct Retry {
    failures: u32,
    /// When it last failed, and for how long the next attempt waits.
    last: Option<(Instant, Duration)>,
}

impl Retry {
    /// Not where the follower has reached it since.
    fn too_early(&self, current: &Current) -> bool {
        self.last.is_some_and(|(then, pause)| then.elapsed() < pause && !current.is_proven_since(then))
    }

    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.last = Some((Instant::now(), Duration::from_millis(50 << self.failures.min(5))));
    }
}

impl Writer {
    /// Opens the database: the schema is brought up to date, heads and hot facts are read.
    pub(crate) fn open(source: Source, env: Env, facts: Arc<Facts>) -> Result<Self, DbFault> {
        let mut link = source.writer()?;
        migrate(&mut link, &env)?;
        link.begin(Mode::Write)?;
        relations::set_key_of_names(&mut Sql::new(&mut link), env.bytes())?;
        link.commit()?;
        let mut writer =
            Self { source, env, facts, link: None, heads: Heads::new(), retry: Retry::default() };
        writer.adopt(link)?;
        Ok(writer)
    }

    /// Does the first job; where that is a write, the writes behind it share its commit.
    pub(crate) fn serve(&mut self, waiting: &mut VecDeque<Job>) {
        match waiting.pop_front() {
            None => {}
            Some(Job::Chore(chore)) => self.chore(chore),
            Some(write @ Job::Write(_)) => {
                waiting.push_front(write);
                self.writes(waiting);
            }
        }
    }

    /// Whether a job may be done on any thread: PostgreSQL's driver must not run inside an asynchronous runtime.
    pub(crate) fn is_embedded(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.dialect() == Dialect::Sqlite)
    }

    /// Lets go of the connection; the next job opens another.
    pub(crate) fn close(&mut self) {
        self.link = None;
    }

    /// Takes a fresh connection into service: everything known from before is read anew, since nobody knows what
    /// became of a commit whose answer was lost.
    fn adopt(&mut self, mut link: Link) -> Result<(), DbFault> {
        self.heads = self.facts.read_anew(&mut link, self.env.now())?;
        self.link = Some(link);
        self.retry = Retry::default();
        Ok(())
    }

    /// A connection with a transaction begun.
    fn begin(&mut self) -> Result<(), DbFault> {
        if let Some(link) = &mut self.link {
            match link.begin(Mode::Write) {
                Ok(()) => return Ok(()),
                Err(fault) if !link.lost() => return Err(fault),
                // A server that restarted closed it. Nothing was begun, so a new connection serves as well.
                Err(_) => self.link = None,
            }
        }
        if self.retry.too_early(self.facts.current()) {
            return Err(DbFault::unavailable(
                "the connection is lost, and the next attempt is due in a moment",
            ));
        }
        let opened = self.source.writer().and_then(|link| self.adopt(link));
        if let Err(fault) = opened {
            tracing::warn!(%fault, "the database is away");
            self.retry.failed();
            return Err(fault);
        }
        self.link
            .as_mut()
            .map_or_else(|| Err(DbFault::unavailable("no connection")), |link| link.begin(Mode::Write))
    }

    /// Runs the writes at the front of the queue and commits them together.
    fn writes(&mut self, waiting: &mut VecDeque<Job>) {
        let mut batch = Batch::default();
        let outcome = self.transact(&mut batch, waiting);
        match outcome {
            Ok(moved) => {
                self.facts.publish(std::mem::take(&mut batch.group), &moved);
                self.heads.extend(moved);
                batch.answer(None);
            }
            Err(fault) => {
                tracing::warn!(%fault, "a commit failed");
                if let Some(link) = &mut self.link {
                    link.rollback();
                }
                if self.link.as_ref().is_some_and(Link::lost) {
                    self.link = None;
                }
                // Those who were to share the commit and did not get to run are refused too: what stopped the others
                // stands in their way as well, and an answer now is worth more than a place in the queue.
                if batch.is_empty() {
                    refuse(waiting, &fault);
                }
                batch.answer(Some(&fault));
            }
        }
    }

    fn transact(
        &mut self,
        batch: &mut Batch,
        waiting: &mut VecDeque<Job>,
    ) -> Result<Vec<(OrgId, head::Head)>, DbFault> {
        self.begin()?;
        let logs: BTreeSet<OrgId> = waiting.iter().map_while(Job::log).collect();
        self.take_heads(&logs.into_iter().collect::<Vec<_>>())?;
        self.run(batch, waiting)?;
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        if batch.group.is_empty() {
            // Nothing was kept: there is nothing to make durable.
            link.rollback();
            return Ok(Vec::new());
        }
        let shared = link.dialect() == Dialect::Postgres;
        let moved = batch.group.flush(&mut Sql::new(link), &self.heads, shared)?;
        let done = if batch.group.deltas.is_empty() {
            link.commit()
        } else {
            link.commit_and_tell(&batch.group.hint(self.facts.node))
        };
        if let Err(fault) = done {
            // Nobody knows whether it went through: only reading everything again on a new connection tells.
            self.link = None;
            return Err(fault);
        }
        Ok(moved)
    }

    /// Runs closures until one changes what the next decides by.
    fn run(&mut self, batch: &mut Batch, waiting: &mut VecDeque<Job>) -> Result<(), DbFault> {
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        let mut hot = self.facts.keep();
        while let Some(Job::Write(_)) = waiting.front() {
            let Some(Job::Write(write)) = waiting.pop_front() else { break };
            if self.facts.are_wanted() {
                // Nobody else writes to the logs of this commit: what changes is about others.
                hot.give_way();
                hot = self.facts.keep();
            }
            batch.run(link, &hot, &self.env, &self.heads, write)?;
            // The next closure must see hot facts as the database has them, and these change after the commit.
            if batch.group.deltas.iter().any(|(_, delta)| delta.decides()) {
                break;
            }
        }
        Ok(())
    }

    /// Sees to it that the head of every log to be written is known, and on PostgreSQL locked and current.
    fn take_heads(&mut self, logs: &[OrgId]) -> Result<(), DbFault> {
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        let unknown: Vec<OrgId> = logs.iter().copied().filter(|log| !self.heads.contains_key(log)).collect();
        if !unknown.is_empty() {
            // In a transaction of its own: the head stays though the first write of its log fails, and two nodes that
            // each held a lock and created the head the other waits for would wait for ever.
            let mut sql = Sql::new(link);
            let made: Vec<_> = unknown
                .iter()
                .map(|log| Ok((*log, head::create(&mut sql, *log)?)))
                .collect::<Result<_, DbFault>>()?;
            link.commit()?;
            self.heads.extend(made);
            link.begin(Mode::Write)?;
        }
        if link.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let locked = head::lock(&mut Sql::new(link), logs)?;
        self.heads.extend(locked);
        self.take_over(logs)
    }

    /// Takes over what other nodes committed to these logs, which are locked: until the commit nobody adds to them.
    fn take_over(&mut self, logs: &[OrgId]) -> Result<(), DbFault> {
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        let behind: Vec<OrgId> = {
            let (known, ends) = (self.facts.known(), &self.heads);
            let is_behind = |log: &OrgId| ends.get(log).is_some_and(|head| known.hot(*log) < head.hot);
            logs.iter().copied().filter(is_behind).collect()
        };
        if behind.is_empty() || catch_up(&mut Sql::new(link), &self.facts, &behind)? {
            return Ok(());
        }
        // The locks are kept, and with them what is read is all there is; one state of the database needs another connection.
        link.unhurried()?;
        let mut beside = self.source.reader()?;
        self.facts.read_anew(&mut beside, self.env.now()).map(drop)
    }

    fn chore(&mut self, chore: Chore) {
        if let Err(fault) = self.begin() {
            return (chore(None).answer)(Some(fault));
        }
        let Some(link) = &mut self.link else { return };
        let mut sql = Sql::new(link);
        let done = chore(Some(&mut sql));
        // PostgreSQL answers the commit of a failed transaction with success, having rolled it back.
        let fault = match sql.failure() {
            None if done.keep => link.commit().err(),
            failure => failure.filter(|_| done.keep),
        };
        link.rollback();
        if link.lost() {
            self.link = None;
        }
        (done.answer)(fault);
    }
}

fn refuse(waiting: &mut VecDeque<Job>, fault: &DbFault) {
    while let Some(Job::Write(_)) = waiting.front() {
        if let Some(Job::Write(write)) = waiting.pop_front() {
            ((write.work)(None).answer)(Some(fault.clone()));
        }
    }
}

impl Job {
    fn log(&self) -> Option<OrgId> {
        if let Self::Write(write) = self { Some(write.log) } else { None }
    }
}
