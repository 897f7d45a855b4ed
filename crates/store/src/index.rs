//! Builds the query index behind the writers' back: gathers entries, sorts what they mention, and hands it to the
//! lane in portions small enough that writers hardly notice. So too the nodes of the logs' trees ([`nodes`]).

mod nodes;

use std::sync::{Arc, LazyLock, mpsc as std_mpsc};
use std::time::Duration;

use chancery_kernel::OrgId;
use tokio::sync::mpsc;

use self::nodes::{Edges, Grown};
use crate::config::Source;
use crate::driver::{Link, Mode};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::insert::Insert;
use crate::lane::{Done, Job};
use crate::log::{Stored, range};
use crate::sql::Sql;
use crate::tables::nodes as table;
use crate::tail::{Mention, WINDOW};

/// In the order in which heads are locked, since they are updated in it.
const LAGS: &str = "select log, no, indexed, size from log_heads order by log";
const COVERED: &str = "update log_heads set indexed = $2 where no = $1 and indexed < $2";
static SUBJECTS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("audit_subjects (no, subject, seq)", 3, "on conflict do nothing"));
static KINDS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("audit_kinds (no, kind, seq)", 3, "on conflict do nothing"));

pub fn statements() -> Vec<&'static str> {
    [LAGS, COVERED].into_iter().chain(SUBJECTS.statements()).chain(KINDS.statements()).collect()
}

/// How often it looks whether there is something to do. A look at a database where nothing happened costs nothing.
const TICK: Duration = Duration::from_millis(250);
/// Entries gathered before they are sorted: the more, the fewer pages of the index each portion touches.
const GATHER: i64 = 65_536;
/// Rows handed to the lane at a time.
const PORTION: usize = 4_096;

pub(crate) struct Indexer {
    pub source: Source,
    pub facts: Arc<Facts>,
    pub jobs: mpsc::WeakSender<Job>,
    pub lag: i64,
    pub link: Option<Link>,
    /// Commits counted at the last look, and whether anything was left to do then.
    pub seen: u64,
    pub left: bool,
    pub edges: Edges,
}

/// A stretch of one log.
#[derive(Clone, Copy)]
struct Stretch {
    log: OrgId,
    no: i64,
    after: i64,
    upto: i64,
}

#[derive(Default)]
struct Harvest {
    subjects: Vec<(i64, [u8; 16], i64)>,
    kinds: Vec<(i64, u16, i64)>,
}

impl Indexer {
    /// Runs until `stop` closes.
    pub(crate) fn serve(mut self, stop: &std_mpsc::Receiver<()>) {
        while stop.recv_timeout(TICK) == Err(std_mpsc::RecvTimeoutError::Timeout) {
            let commits = self.facts.commits();
            let quiet = commits == self.seen;
            if quiet && !self.left {
                continue;
            }
            self.seen = commits;
            match self.look(quiet) {
                Ok(left) => self.left = left,
                Err(fault) => {
                    tracing::debug!(%fault, "the query index waits");
                    self.link = None;
                    self.edges.clear();
                }
            }
        }
    }

    /// Indexes the logs that lag much, or all of them while nobody writes. Says whether something is left.
    fn look(&mut self, quiet: bool) -> Result<bool, DbFault> {
        let enough = if quiet { 1 } else { self.lag };
        loop {
            let lags = self.read(lags)?;
            lags.iter().for_each(|s| self.facts.tails.forget(s.log, s.after));
            let due = portion(lags.iter().filter(|s| s.upto - s.after >= enough));
            let logs: Vec<Stretch> =
                lags.iter().filter(|s| self.edges.behind(s.no, s.upto)).copied().collect();
            let left = lags.iter().any(|s| s.upto > s.after);
            if due.is_empty() && logs.is_empty() {
                return Ok(left);
            }
            if !self.my_turn()? {
                // Another node builds; how far it has come is read when the turn comes here.
                self.edges.clear();
                return Ok(left);
            }
            if !due.is_empty() {
                self.index(due)?;
            }
            self.grow(&logs)?;
        }
    }

    /// Builds the nodes of closed segments, whether anybody writes or not: a proof hashes what has none.
    fn grow(&mut self, logs: &[Stretch]) -> Result<(), DbFault> {
        let mut edges = std::mem::take(&mut self.edges);
        let Grown { rows, moved } = self.read(|sql| edges.grow(sql, logs.iter().map(|s| (s.no, s.upto))))?;
        if !rows.is_empty() {
            self.send(move |sql| rows.iter().try_for_each(|(no, rows)| table::add(sql, *no, rows)))?;
            edges.take(moved);
        }
        self.edges = edges;
        Ok(())
    }

    fn my_turn(&mut self) -> Result<bool, DbFault> {
        self.link.as_mut().map_or(Ok(false), Link::claim_indexing)
    }

    fn read<T>(&mut self, f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault>) -> Result<T, DbFault> {
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(self.source.reader()?),
        };
        link.begin(Mode::Snapshot)?;
        let found = f(&mut Sql::new(link));
        link.rollback();
        found
    }

    fn index(&mut self, due: Vec<Stretch>) -> Result<(), DbFault> {
        let facts = self.facts.clone();
        let mut harvest = self.read(|sql| {
            let mut harvest = Harvest::default();
            due.iter().try_for_each(|stretch| harvest.gather(sql, &facts, *stretch))?;
            Ok(harvest)
        })?;
        harvest.subjects.sort_unstable();
        harvest.kinds.sort_unstable();
        for mut portion in harvest.subjects.chunks(PORTION).map(<[_]>::to_vec) {
            self.send(move |sql| {
                SUBJECTS.insert(sql, &mut portion, |(no, subject, seq), args| {
                    args.extend([(*no).into(), (*subject).into(), (*seq).into()]);
                })
            })?;
        }
        for mut portion in harvest.kinds.chunks(PORTION).map(<[_]>::to_vec) {
            self.send(move |sql| {
                KINDS.insert(sql, &mut portion, |(no, kind, seq), args| {
                    args.extend([(*no).into(), (*kind).into(), (*seq).into()]);
                })
            })?;
        }
        // Last: searches trust the index up to here.
        self.send(move |sql| {
            due.iter().try_for_each(|s| sql.run(COVERED, &[s.no.into(), s.upto.into()]).map(drop))
        })
    }

    /// Runs a portion on the lane and waits for it, so that at most one stands between the writers.
    fn send(
        &self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<(), DbFault> + Send + 'static,
    ) -> Result<(), DbFault> {
        let closed = || DbFault::unavailable("the database is closed");
        let (answer, answered) = std_mpsc::channel();
        let chore = Box::new(move |sql: Option<&mut Sql<'_>>| {
            let own = sql.map_or(Ok(()), f);
            let keep = own.is_ok();
            let tell = move |fault: Option<DbFault>| drop(answer.send(fault.map_or(own, Err)));
            Done { keep, answer: Box::new(tell) }
        });
        let jobs = self.jobs.upgrade().ok_or_else(closed)?;
        jobs.blocking_send(Job::Chore(chore)).map_err(|_| closed())?;
        drop(jobs);
        answered.recv().map_err(|_| closed())?
    }
}

fn lags(sql: &mut Sql<'_>) -> Result<Vec<Stretch>, DbFault> {
    let rows = sql.rows(LAGS, &[])?;
    rows.iter()
        .map(|row| Ok(Stretch { log: row.id(0)?, no: row.int(1)?, after: row.int(2)?, upto: row.int(3)? }))
        .collect()
}

/// As much as is gathered at once, beginning with the logs first on the list.
fn portion<'s>(due: impl Iterator<Item = &'s Stretch>) -> Vec<Stretch> {
    let mut room = GATHER;
    let mut some = Vec::new();
    for stretch in due {
        let upto = stretch.upto.min(stretch.after + room);
        room -= upto - stretch.after;
        some.push(Stretch { upto, ..*stretch });
        if room == 0 {
            break;
        }
    }
    some
}

impl Harvest {
    /// From memory what this process wrote, from the database the rest.
    fn gather(&mut self, sql: &mut Sql<'_>, facts: &Facts, stretch: Stretch) -> Result<(), DbFault> {
        let Stretch { log, no, after, upto } = stretch;
        // The lane waits while the tail is looked at, so it is looked at a little at a time, from its end.
        let mut first = upto + 1;
        while first > after + 1 {
            let end = first;
            let floor = after.max(end - 1 - WINDOW);
            first = facts.tails.visit(log, floor, end - 1, |first, some| {
                some.for_each(|mention| self.add(no, mention));
                first
            });
            if first > floor + 1 {
                break;
            }
        }
        let mut next = after + 1;
        while next < first {
            let some = range(sql, no, next, first - 1, 2_000)?;
            let Some(last) = some.last() else { break };
            next = last.seq + 1;
            some.iter().for_each(|entry| self.add(no, &mention_of(entry)));
        }
        Ok(())
    }

    fn add(&mut self, no: i64, mention: &Mention) {
        self.kinds.push((no, mention.kind, mention.seq));
        self.subjects.extend(mention.subjects.iter().map(|subject| (no, *subject, mention.seq)));
    }
}

/// An entry that this version cannot read is found by its kind and time alone.
fn mention_of(entry: &Stored) -> Mention {
    let Stored { seq, at, kind, .. } = *entry;
    let plain = Mention { seq, at, kind, subjects: Box::default(), verdict: None };
    match entry.decode() {
        Ok(read) => read.event().map_or(plain, |event| Mention::of(&read.envelope, read.acting(), event)),
        Err(_) => plain,
    }
}
