//! The timeline: newest first, by any of subject, kind, verdict and time.
//!
//! The index covers the log up to some entry; what came after is looked through where the tail has it in memory, or
//! else read. Work is bounded: a search that examined much and found little says where to go on.

use std::cmp::Reverse;

use chancery_audit::{Subject, Verdict};
use chancery_kernel::{OrgId, Timestamp};

use super::{End, Stored, end, first_since, mentions, stored};
use crate::fault::DbFault;
use crate::head::key;
use crate::sql::{Row, Sql, Value};
use crate::tables::postings::{self, Term};
use crate::tail::{Mention, WINDOW};

/// What to look for; everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// An id that the entry names, as its actor or in its event.
    pub subject: Option<Subject>,
    /// Any of these kinds; all kinds where empty.
    pub kinds: Vec<u16>,
    pub verdict: Option<Verdict>,
    pub from: Option<Timestamp>,
    /// Up to, and without.
    pub until: Option<Timestamp>,
}

/// A page of a timeline.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub items: Vec<Stored>,
    /// Give this as `before` to go on; none at the end. A page may be short and still have a next one.
    pub next: Option<i64>,
}

const BACKWARD: &str =
    "select key, at, kind, body from audit_entries where key >= $1 and key < $2 order by key desc limit $3";
const SOME: &str = "select key, at, kind, body from audit_entries \
     where key in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const SOME_WIDTH: usize = 16;
pub(super) const STATEMENTS: &[&str] = &[BACKWARD, SOME];

/// Entries read for one page, at most.
const BUDGET: usize = 20_000;
/// Entries read at a time.
const PORTION: usize = 500;

/// The latest entries that name this id.
pub fn last_of_subject(
    sql: &mut Sql<'_>,
    log: OrgId,
    subject: Subject,
    before: Option<i64>,
    limit: usize,
) -> Result<Found, DbFault> {
    timeline(sql, log, &Filter { subject: Some(subject), ..Filter::default() }, before, limit)
}

/// The latest entries of these kinds within a span of time.
pub fn by_kind(
    sql: &mut Sql<'_>,
    log: OrgId,
    kinds: &[u16],
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    before: Option<i64>,
    limit: usize,
) -> Result<Found, DbFault> {
    timeline(sql, log, &Filter { kinds: kinds.to_vec(), from, until, ..Filter::default() }, before, limit)
}

/// The latest entries that pass the filter, before a position.
pub fn timeline(
    sql: &mut Sql<'_>,
    log: OrgId,
    filter: &Filter,
    before: Option<i64>,
    limit: usize,
) -> Result<Found, DbFault> {
    let Some(end) = end(sql, log)? else { return Ok(Found::default()) };
    // Every entry is about its organization, so nobody notes it.
    let subject = filter.subject.filter(|s| *s != Subject::of(log));
    let filter = &Filter { subject, ..filter.clone() };
    let low = filter.from.map_or(Ok(1), |time| first_since(sql, &end, time))?;
    let high = filter.until.map_or(Ok(end.size + 1), |time| first_since(sql, &end, time))?;
    let high = before.unwrap_or(i64::MAX).min(high);
    let mut search = Search { filter, log, end, low, limit, next: high, budget: BUDGET, found: Vec::new() };
    search.recent(sql)?;
    search.older(sql)?;
    let more = search.next > search.low;
    Ok(Found { items: search.found, next: more.then_some(search.next) })
}

/// How an entry was come by.
enum Origin {
    /// By reading the log, with the text of the subject that is looked for.
    Scan(Option<String>),
    /// By the index, which has the subject right.
    Index,
}

struct Search<'f> {
    filter: &'f Filter,
    log: OrgId,
    end: End,
    low: i64,
    limit: usize,
    /// Everything from here on has been looked at.
    next: i64,
    budget: usize,
    found: Vec<Stored>,
}

impl Search<'_> {
    fn done(&self) -> bool {
        self.found.len() >= self.limit || self.budget == 0 || self.next <= self.low
    }

    fn missing(&self) -> usize {
        self.limit - self.found.len().min(self.limit)
    }

    fn matches(&self, mention: &Mention) -> bool {
        let Filter { subject, kinds, verdict, .. } = self.filter;
        (kinds.is_empty() || kinds.contains(&mention.kind))
            && subject.is_none_or(|s| mention.subjects.binary_search(&s.uuid).is_ok())
            && verdict.is_none_or(|v| mention.verdict == Some(v))
    }

    /// The same, from the stored line. Reading the line is the last resort: what the columns and the index answer is
    /// not asked again.
    fn passes(&self, entry: &Stored, from: &Origin) -> bool {
        let Filter { kinds, verdict, .. } = self.filter;
        let open = match from {
            Origin::Scan(None) | Origin::Index => false,
            Origin::Scan(Some(text)) if !mentions(&entry.body, text) => return false,
            Origin::Scan(Some(_)) => true,
        };
        if !(kinds.is_empty() || kinds.contains(&entry.kind)) {
            return false;
        }
        if !open && verdict.is_none() {
            return true;
        }
        let Ok(read) = entry.decode() else { return false };
        read.event().is_some_and(|event| self.matches(&Mention::of(&read.envelope, read.acting(), event)))
    }

    /// The part that the index does not cover.
    fn recent(&mut self, sql: &mut Sql<'_>) -> Result<(), DbFault> {
        let floor = self.low.max(self.end.indexed + 1);
        if self.done() || self.next <= floor {
            return Ok(());
        }
        while !self.done() && self.next > floor && self.in_memory(sql, floor)? {}
        // What the tail does not hold, such as another node's entries.
        while !self.done() && self.next > floor {
            self.backward(sql, floor)?;
        }
        Ok(())
    }

    /// Looks at the last entries before `next` that the tail has in memory; false if it does not have them all.
    fn in_memory(&mut self, sql: &mut Sql<'_>, floor: i64) -> Result<bool, DbFault> {
        let Some(tails) = sql.tails() else { return Ok(false) };
        let low = floor.max(self.next - WINDOW);
        let (first, seqs) = tails.visit(self.log, low - 1, self.next - 1, |first, some| {
            let hits = some.rev().filter(|m| self.matches(m)).map(|m| m.seq);
            (first, hits.take(self.missing()).collect::<Vec<i64>>())
        });
        let full = seqs.len() == self.missing();
        self.next = seqs.last().copied().filter(|_| full).unwrap_or(first);
        self.found.extend(some(sql, self.end.no, &seqs)?);
        Ok(first == low)
    }

    /// The part that it covers.
    fn older(&mut self, sql: &mut Sql<'_>) -> Result<(), DbFault> {
        while !self.done() {
            match (self.filter.subject, self.filter.kinds.as_slice()) {
                (Some(subject), _) => self.of_subject(sql, subject)?,
                (None, []) => self.backward(sql, self.low)?,
                (None, kinds) => self.of_kinds(sql, kinds)?,
            }
        }
        Ok(())
    }

    /// Reads a portion of the log from its end.
    fn backward(&mut self, sql: &mut Sql<'_>, floor: i64) -> Result<(), DbFault> {
        let Filter { subject, kinds, verdict, .. } = self.filter;
        let portion = self.portion(subject.is_none() && kinds.is_empty() && verdict.is_none());
        let origin = Origin::Scan(subject.map(|s| s.to_string()));
        let args = [key(self.end.no, floor).into(), key(self.end.no, self.next).into(), count(portion)];
        let lines = read(sql.rows(BACKWARD, &args)?)?;
        let floor = (lines.len() < portion).then_some(floor);
        self.take(lines, floor, &origin);
        Ok(())
    }

    fn of_subject(&mut self, sql: &mut Sql<'_>, subject: Subject) -> Result<(), DbFault> {
        let portion = self.portion(self.filter.kinds.is_empty() && self.filter.verdict.is_none());
        self.of_terms(sql, &[Term::Subject(subject.uuid)], portion)
    }

    fn of_kinds(&mut self, sql: &mut Sql<'_>, kinds: &[u16]) -> Result<(), DbFault> {
        let portion = self.portion(self.filter.verdict.is_none());
        self.of_terms(sql, &kinds.iter().copied().map(Term::Kind).collect::<Vec<_>>(), portion)
    }

    /// The latest of every term, merged.
    fn of_terms(&mut self, sql: &mut Sql<'_>, terms: &[Term], portion: usize) -> Result<(), DbFault> {
        let (no, low, next) = (self.end.no, self.low, self.next);
        let mut latest: Vec<i64> = Vec::new();
        let mut all = true;
        for term in terms {
            let mut some = postings::find(sql, no, *term, (low, next), portion)?;
            all &= some.len() < portion;
            some.truncate(portion);
            latest.extend(some);
        }
        latest.sort_unstable_by_key(|seq| Reverse(*seq));
        latest.dedup();
        let floor = (all && latest.len() <= portion).then_some(low);
        latest.truncate(portion);
        let lines = some(sql, no, &latest)?;
        self.take(lines, floor, &Origin::Index);
        Ok(())
    }

    /// Goes through what was read, newest first. `floor` is given where nothing is left above it.
    fn take(&mut self, lines: Vec<Stored>, floor: Option<i64>, origin: &Origin) {
        self.budget = self.budget.saturating_sub(lines.len());
        for entry in lines {
            if self.found.len() == self.limit {
                return;
            }
            self.next = entry.seq;
            if self.passes(&entry, origin) {
                self.found.push(entry);
            }
        }
        if let Some(floor) = floor.filter(|_| self.found.len() < self.limit) {
            self.next = floor;
        }
    }

    /// How many to read: as many as are missing where all of them will do, and more where some will not.
    fn portion(&self, all_will_do: bool) -> usize {
        let wanted = if all_will_do { self.missing().min(PORTION) } else { PORTION };
        wanted.max(1).min(self.budget.max(1))
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Stored>, DbFault> {
    rows.into_iter().map(stored).collect()
}

/// The entries at these positions, newest first.
fn some(sql: &mut Sql<'_>, no: i64, seqs: &[i64]) -> Result<Vec<Stored>, DbFault> {
    let mut found = Vec::with_capacity(seqs.len());
    for chunk in seqs.chunks(SOME_WIDTH) {
        // One statement for any number: the last position fills the places left.
        let filler = chunk.last().into_iter().cycle();
        let args: Vec<Value> =
            chunk.iter().chain(filler).take(SOME_WIDTH).map(|seq| key(no, *seq).into()).collect();
        found.extend(read(sql.rows(SOME, &args)?)?);
    }
    found.sort_unstable_by_key(|entry| Reverse(entry.seq));
    Ok(found)
}

fn count(rows: usize) -> Value {
    Value::Int(i64::try_from(rows).unwrap_or(i64::MAX))
}
