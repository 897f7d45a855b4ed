//! The one who writes: runs the closures of writes, commits them together, and keeps the heads of the logs.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_kernel::{Env, OrgId, Seconds};
use tokio::sync::oneshot;

use crate::batch::Batch;
use crate::changes::{self, Span};
use crate::config::Source;
use crate::dialect::Dialect;
use crate::driver::{Link, Mode};
use crate::facts::{Facts, grown};
use crate::fault::DbFault;
use crate::head::{self, Heads};
use crate::hot::{Delta, Hot};
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
    /// Another node may have changed something. Whoever asked is told when all of it is known.
    Refresh(Option<oneshot::Sender<()>>),
}

/// How long a node may be away and still catch up change by change.
const REMEMBER: Seconds = Seconds::hours(1);
/// Looks between two clearings of what is older; a look comes at least every second.
const FORGET_EVERY: u64 = 600;

pub(crate) struct Writer {
    source: Source,
    env: Env,
    facts: Arc<Facts>,
    link: Option<Link>,
    heads: Heads,
    retry: Retry,
    /// Looks at what other nodes did.
    refreshed: u64,
}

/// When to try again to reach a database that is away.
#[derive(Default)]
struct Retry {
    failures: u32,
    not_before: Option<Instant>,
}

impl Retry {
    fn too_early(&self) -> bool {
        self.not_before.is_some_and(|then| Instant::now() < then)
    }

    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        let pause = Duration::from_millis(50 << self.failures.min(5));
        self.not_before = Some(Instant::now() + pause);
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
        let mut writer = Self {
            source,
            env,
            facts,
            link: None,
            heads: Heads::new(),
            retry: Retry::default(),
            refreshed: 0,
        };
        writer.adopt(link)?;
        Ok(writer)
    }

    /// Does the first job; where that is a write, the writes behind it share its commit.
    pub(crate) fn serve(&mut self, waiting: &mut VecDeque<Job>) {
        // Behind a long queue of writes the follower's wish to look would wait for too long.
        let current = self.facts.current();
        if current.take_heard() || current.is_due() {
            self.refresh(None);
        }
        match waiting.pop_front() {
            // The follower only woke us for what was heard.
            None | Some(Job::Refresh(None)) => {}
            Some(Job::Chore(chore)) => self.chore(chore),
            Some(Job::Refresh(asked)) => self.refresh(asked),
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
        let began = Instant::now();
        link.begin(Mode::Snapshot)?;
        // Everything there is takes its time.
        link.unhurried()?;
        let mut sql = Sql::new(&mut link);
        let known = self.facts.hot().relations.clone();
        let read = head::all(&mut sql).and_then(|heads| Ok((heads, Hot::load(&mut sql, &known)?)));
        link.rollback();
        let (heads, hot) = read?;
        self.facts.replace(&self.heads, &heads, hot, self.env.now());
        self.heads = heads;
        self.facts.current().prove(began);
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
        if self.retry.too_early() {
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
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        {
            let hot = self.facts.hot();
            while let Some(Job::Write(_)) = waiting.front() {
                let Some(Job::Write(write)) = waiting.pop_front() else { break };
                batch.run(link, &hot, &self.env, &self.heads, write)?;
                // The next closure must see hot facts as the database has them, and these change after the commit.
                if batch.group.deltas.iter().any(|(_, delta)| delta.decides()) {
                    break;
                }
            }
        }
        if batch.group.is_empty() {
            // Nothing was kept: there is nothing to make durable.
            link.rollback();
            return Ok(Vec::new());
        }
        let shared = link.dialect() == Dialect::Postgres;
        let moved = batch.group.flush(&mut Sql::new(link), &self.heads, shared)?;
        if !batch.group.deltas.is_empty() {
            link.announce()?;
        }
        if let Err(fault) = link.commit() {
            // Nobody knows whether it went through: only reading everything again on a new connection tells.
            self.link = None;
            return Err(fault);
        }
        Ok(moved)
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
                // Another node may have made it and written to it: of its changes of hot facts none is known here yet.
                .map(|log| Ok((*log, head::Head { hot: 0, ..head::create(&mut sql, *log)? })))
                .collect::<Result<_, DbFault>>()?;
            link.commit()?;
            self.heads.extend(made);
            link.begin(Mode::Write)?;
        }
        if link.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let locked = head::lock(&mut Sql::new(link), logs)?;
        self.take_over(locked.into_iter().collect())
    }

    /// Takes over what other nodes committed to these logs. The heads were read first: what is committed between that
    /// and the reading of the changes is then read twice rather than never.
    fn take_over(&mut self, read: Heads) -> Result<(), DbFault> {
        let Some(link) = &mut self.link else { return Err(DbFault::unavailable("no connection")) };
        match missed(&mut Sql::new(link), &self.heads, &read)? {
            Some(deltas) => {
                self.facts.apply(deltas, &grown(&self.heads, &read));
                self.heads.extend(read);
            }
            None => {
                link.unhurried()?;
                let mut sql = Sql::new(link);
                let heads = head::all(&mut sql)?;
                let known = self.facts.hot().relations.clone();
                self.facts.replace(&self.heads, &heads, Hot::load(&mut sql, &known)?, self.env.now());
                self.heads = heads;
            }
        }
        Ok(())
    }

    fn refresh(&mut self, asked: Option<oneshot::Sender<()>>) {
        let began = Instant::now();
        let outcome = self.begin().and_then(|()| self.look());
        if let Some(link) = &mut self.link {
            link.rollback();
        }
        if self.link.as_ref().is_some_and(Link::lost) {
            self.link = None;
        }
        match outcome {
            Err(fault) => tracing::debug!(%fault, "other nodes' changes could not be read"),
            Ok(()) => {
                self.facts.current().prove(began);
                if let Some(asked) = asked {
                    // Whoever went away wants no answer.
                    let _ = asked.send(());
                }
                self.forget_changes();
            }
        }
    }

    fn look(&mut self) -> Result<(), DbFault> {
        let Some(link) = &mut self.link else { return Ok(()) };
        let mut sql = Sql::new(link);
        if head::sum(&mut sql)? == self.heads.values().map(|head| head.size).sum::<i64>() {
            return Ok(());
        }
        let heads = head::all(&mut sql)?;
        self.take_over(heads)
    }

    /// Now and then, what all nodes have long taken over.
    fn forget_changes(&mut self) {
        self.refreshed += 1;
        if self.refreshed.is_multiple_of(FORGET_EVERY) {
            let before = self.env.now().minus(REMEMBER);
            self.chore(Box::new(move |sql| {
                let forgotten = sql.map(|sql| changes::prune(sql, before));
                let answer = |fault: Option<DbFault>| {
                    if let Some(fault) = fault {
                        tracing::debug!(%fault, "old changes of hot facts were not forgotten");
                    }
                };
                Done { keep: matches!(forgotten, Some(Ok(_))), answer: Box::new(answer) }
            }));
        }
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

/// The changes of hot facts between two readings of the heads, or none if they are not all there.
fn missed(sql: &mut Sql<'_>, before: &Heads, after: &Heads) -> Result<Option<Vec<(OrgId, Delta)>>, DbFault> {
    let mut all = Vec::new();
    for (log, head) in after {
        let known = before.get(log).map_or(0, |mine| mine.hot);
        if known < head.hot {
            let span = Span { no: head.no, after: known, upto: head.hot };
            let Some(deltas) = changes::within(sql, span)? else { return Ok(None) };
            all.extend(deltas.into_iter().map(|delta| (*log, delta)));
        }
    }
    Ok(Some(all))
}

impl Job {
    fn log(&self) -> Option<OrgId> {
        if let Self::Write(write) = self { Some(write.log) } else { None }
    }
}
