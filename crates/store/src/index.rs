//! Builds the query index behind the writers' back: gathers entries, sorts what they mention into a new part, merges
//! small parts, and hands the rows to the lane in portions small enough that writers hardly notice. So too the nodes of
//! the logs' trees ([`nodes`]).

mod chunks;
mod levels;
mod nodes;

use std::sync::{Arc, mpsc as std_mpsc};
use std::time::{Duration, Instant};

use chancery_kernel::{Env, OrgId, Seconds};
use tokio::sync::mpsc;

use self::chunks::{Merging, of_mentions};
use self::nodes::{Edges, Grown};
use crate::changes;
use crate::chore;
use crate::config::Source;
use crate::dialect::Dialect;
use crate::driver::{Link, Mode};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::log::{Stored, range};
use crate::sql::Sql;
use crate::tables::nodes as table;
use crate::tables::postings::{self, Part, Row, State, Term};
use crate::tail::{Mention, WINDOW};
use crate::writer::Job;

/// In the order in which heads are locked, since they are updated in it.
const LAGS: &str = "select log, no, indexed, size from log_heads order by log";
const COVERED: &str = "update log_heads set indexed = $2 where no = $1 and indexed < $2";
pub const STATEMENTS: &[&str] = &[LAGS, COVERED];

/// How often it looks whether there is something to do. A look at a database where nothing happened costs nothing.
const TICK: Duration = Duration::from_millis(250);
/// Entries gathered for one part: the more, the fewer rows and merges.
const GATHER: i64 = 65_536;
/// Rows handed to the lane at a time.
const PORTION: usize = 2_048;
/// Rows read at a time of each part that is merged.
const PAGE: i64 = 512;

/// How long a node may be away and still catch up change by change.
const REMEMBER: Seconds = Seconds::hours(1);
/// How often what is older is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

pub(crate) struct Indexer {
    pub source: Source,
    pub env: Env,
    pub facts: Arc<Facts>,
    pub jobs: mpsc::WeakSender<Job>,
    /// When changes were last forgotten.
    pub pruned: Instant,
    pub lag: i64,
    pub link: Option<Link>,
    /// Commits counted at the last look, and whether anything was left to do then.
    pub seen: u64,
    pub left: bool,
    pub edges: Edges,
    /// Whether what an earlier process, or a failed attempt, left half done has been removed.
    pub tidy: bool,
}

/// A stretch of one log.
#[derive(Clone, Copy)]
struct Stretch {
    log: OrgId,
    no: i64,
    after: i64,
    upto: i64,
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
            match self.tend(quiet) {
                Ok(left) => self.left = left,
                Err(fault) => {
                    tracing::debug!(%fault, "the query index waits");
                    self.link = None;
                    self.edges.clear();
                    self.tidy = false;
                }
            }
        }
    }

    /// Says whether something is left to do.
    fn tend(&mut self, quiet: bool) -> Result<bool, DbFault> {
        let left = self.look(quiet)?;
        self.bases()?;
        self.renew()?;
        self.forget_changes()?;
        Ok(left)
    }

    /// Now and then, what all nodes have long taken over. On this thread's own connection, since it takes a while and nobody
    /// else touches these rows.
    fn forget_changes(&mut self) -> Result<(), DbFault> {
        if self.pruned.elapsed() < FORGET_EVERY || !self.my_turn()? {
            return Ok(());
        }
        let Some(link) = self.link.as_mut().filter(|link| link.dialect() == Dialect::Postgres) else {
            return Ok(());
        };
        link.begin(Mode::Write)?;
        link.unhurried()?;
        changes::prune(&mut Sql::new(link), self.env.now().minus(REMEMBER))?;
        link.commit()?;
        self.pruned = Instant::now();
        Ok(())
    }

    /// Indexes the logs that lag much, or all of them while nobody writes. Says whether something is left.
    fn look(&mut self, quiet: bool) -> Result<bool, DbFault> {
        let enough = if quiet { 1 } else { self.lag };
        loop {
            let lags = self.read(lags)?;
            self.forget(&lags);
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
                self.tidy = false;
                return Ok(left);
            }
            if !self.tidy {
                self.read(postings::litter)?.into_iter().try_for_each(|part| self.sweep(part))?;
                self.tidy = true;
            }
            if !due.is_empty() {
                self.index(&due)?;
            }
            for stretch in &due {
                while self.merge(stretch.no)? {}
            }
            self.grow(&logs)?;
        }
    }

    /// Lets go of what both the index and the nodes cover.
    fn forget(&self, lags: &[Stretch]) {
        for Stretch { log, no, after, .. } in lags {
            let noded = self.edges.covered(*no).unwrap_or(*after);
            self.facts.tails.forget(*log, noded.min(*after));
        }
    }

    /// Builds the nodes of closed segments, whether anybody writes or not: a proof hashes what has none.
    fn grow(&mut self, logs: &[Stretch]) -> Result<(), DbFault> {
        let mut edges = std::mem::take(&mut self.edges);
        let facts = self.facts.clone();
        let Grown { rows, moved } = self.read(|sql| edges.grow(sql, &facts.tails, logs))?;
        if !rows.is_empty() {
            self.send(move |sql| rows.iter().try_for_each(|(no, rows)| table::add(sql, *no, rows)))?;
            edges.take(moved);
        }
        self.edges = edges;
        Ok(())
    }

    pub(crate) fn my_turn(&mut self) -> Result<bool, DbFault> {
        self.link.as_mut().map_or(Ok(false), Link::claim_indexing)
    }

    pub(crate) fn read<T>(
        &mut self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault>,
    ) -> Result<T, DbFault> {
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(self.source.reader()?),
        };
        link.begin(Mode::Snapshot)?;
        let found = f(&mut Sql::new(link));
        link.rollback();
        found
    }

    /// Makes a part of each stretch.
    fn index(&mut self, due: &[Stretch]) -> Result<(), DbFault> {
        let (facts, stretches) = (self.facts.clone(), due.to_vec());
        let (parts, rows) = self.read(|sql| {
            let (mut parts, mut rows) = (Vec::new(), Vec::new());
            for stretch in &stretches {
                let Stretch { no, after, upto, .. } = *stretch;
                let part = Part { no, part: postings::unused(sql, no)?, first: after + 1, last: upto };
                let mut mentions = gather(sql, &facts, *stretch)?;
                mentions.sort_unstable();
                rows.extend(of_mentions(part, &mentions));
                parts.push(part);
            }
            Ok((parts, rows))
        })?;
        let mut building = Building { indexer: self, parts: parts.clone(), rows, begun: false };
        building.send_full()?;
        // With the last rows: searches trust the index up to here.
        building.finish(move |sql| {
            parts.iter().try_for_each(|part| sql.run(COVERED, &[part.no.into(), part.last.into()]).map(drop))
        })
    }

    /// Makes one part of the newest ones of a log, if they are many. Says whether it did.
    fn merge(&mut self, no: i64) -> Result<bool, DbFault> {
        let (live, part) = self.read(|sql| Ok((postings::live(sql, no)?, postings::unused(sql, no)?)))?;
        let Some(old) = levels::due(&live).map(<[Part]>::to_vec) else { return Ok(false) };
        let (Some(first), Some(last)) = (old.first(), old.last()) else { return Ok(false) };
        let into = Part { no, part, first: first.first, last: last.last };
        let mut merging = Merging::new(into, &old);
        let mut building = Building { indexer: self, parts: vec![into], rows: Vec::new(), begun: false };
        loop {
            for reading in merging.from.iter_mut().filter(|reading| reading.wants_more()) {
                let (part, after) = (reading.part, reading.after.clone());
                reading.take(building.indexer.read(|sql| postings::page(sql, part, &after, PAGE))?);
            }
            let rows = merging.rows();
            if rows.is_empty() && merging.is_over() {
                break;
            }
            building.rows.extend(rows);
            building.send_full()?;
        }
        let ended = old.clone();
        building.finish(move |sql| {
            ended.iter().try_for_each(|part| postings::pass(sql, *part, State::Live, State::Ended))
        })?;
        old.into_iter().try_for_each(|part| self.sweep(part))?;
        Ok(true)
    }

    /// Removes a part that nobody searches, a portion of its rows at a time.
    fn sweep(&mut self, part: Part) -> Result<(), DbFault> {
        while let Some(term) = self.read(|sql| postings::term_at(sql, part, PORTION as i64))? {
            let removed = self.send(move |sql| postings::clear(sql, part, Some(&term)))?;
            // All of that many have one term.
            if removed == 0 {
                break;
            }
        }
        self.send(move |sql| postings::clear(sql, part, None).map(drop))
    }

    /// Runs a portion on the lane and waits for it, so that at most one stands between the writers.
    pub(crate) fn send<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault> + Send + 'static,
    ) -> Result<T, DbFault> {
        chore::run(&self.jobs, f)
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

/// What the entries of a stretch mention: from memory what this process wrote, from the database the rest.
fn gather(sql: &mut Sql<'_>, facts: &Facts, stretch: Stretch) -> Result<Vec<(Term, i64)>, DbFault> {
    let Stretch { log, no, after, upto } = stretch;
    let mut mentions = Vec::new();
    // The lane waits while the tail is looked at, so it is looked at a little at a time, from its end.
    let mut first = upto + 1;
    while first > after + 1 {
        let end = first;
        let floor = after.max(end - 1 - WINDOW);
        first = facts.tails.visit(log, floor, end - 1, |first, some| {
            some.for_each(|mention| add(&mut mentions, mention));
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
        some.iter().for_each(|entry| add(&mut mentions, &mention_of(entry)));
    }
    Ok(mentions)
}

fn add(mentions: &mut Vec<(Term, i64)>, mention: &Mention) {
    mentions.push((Term::Kind(mention.kind), mention.seq));
    mentions.extend(mention.subjects.iter().map(|subject| (Term::Subject(*subject), mention.seq)));
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

/// Parts whose rows go to the lane: in one commit where they are few, else noted first, so that what is left of an attempt
/// that fails can be found.
struct Building<'i> {
    indexer: &'i mut Indexer,
    parts: Vec<Part>,
    rows: Vec<Row>,
    begun: bool,
}

impl Building<'_> {
    /// Sends portions as long as more than one waits.
    fn send_full(&mut self) -> Result<(), DbFault> {
        while self.rows.len() > PORTION {
            let rest = self.rows.split_off(PORTION);
            let mut rows = std::mem::replace(&mut self.rows, rest);
            let noted =
                if std::mem::replace(&mut self.begun, true) { Vec::new() } else { self.parts.clone() };
            self.indexer.send(move |sql| {
                noted.iter().try_for_each(|part| postings::open(sql, *part, State::Building))?;
                postings::add(sql, &mut rows)
            })?;
        }
        Ok(())
    }

    /// Sends the rest, and from then on the parts are searched.
    fn finish(
        self,
        also: impl FnOnce(&mut Sql<'_>) -> Result<(), DbFault> + Send + 'static,
    ) -> Result<(), DbFault> {
        let Self { indexer, parts, mut rows, begun } = self;
        indexer.send(move |sql| {
            postings::add(sql, &mut rows)?;
            parts.iter().try_for_each(|part| match begun {
                true => postings::pass(sql, *part, State::Building, State::Live),
                false => postings::open(sql, *part, State::Live),
            })?;
            also(sql)
        })
    }
}
