//! Reading the audit log: by position, by event id, by subject, kind, verdict and time.

mod proof;
mod search;

use chancery_audit::{BadEntry, Entry, Frontier};
use chancery_kernel::{EventId, Id, OrgId, Timestamp};

use crate::fault::DbFault;
use crate::head::{key, seq_of};
use crate::sql::{Row, Sql, Value};

pub(crate) use proof::hashed;
pub use proof::{consistency, inclusion};
pub use search::{Filter, Found, by_kind, last_of_subject, timeline};

/// An entry as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub seq: i64,
    pub at: Timestamp,
    /// Number of its kind in the catalogue.
    pub kind: u16,
    /// The canonical line: what was hashed into the tree.
    pub body: Vec<u8>,
}

impl Stored {
    pub fn decode(&self) -> Result<Entry, BadEntry> {
        Entry::decode(&self.body)
    }
}

/// Where a log stands in the state that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub(crate) no: i64,
    /// Position of the last entry, 0 if there is none; the first is 1.
    pub size: i64,
    /// Time of the last entry.
    pub at: Timestamp,
    /// The query index covers entries up to this one.
    pub indexed: i64,
}

const END: &str = "select no, size, at, indexed from log_heads where log = $1";
const FRONTIER: &str = "select frontier from log_heads where log = $1";
const LOGS: &str = "select log from log_heads where size > 0 order by log";
pub(crate) const RANGE: &str =
    "select key, at, kind, body from audit_entries where key >= $1 and key <= $2 order by key limit $3";
/// Position of the first entry that is not before a time, or one past the last: entries stand in the order of time.
const SINCE: &str = "with recursive step (low, high) as ( \
       select cast($2 as bigint), cast($3 as bigint) \
       union all \
       select case when m.at < $4 then m.key - $1 + 1 else s.low end, case when m.at < $4 then s.high else m.key - $1 end \
       from step s join audit_entries m on m.key = $1 + (s.low + s.high) / 2 where s.low < s.high \
     ) select low from step where low = high limit 1";
const NOTE: &str =
    "insert into checkpoints (log, size, note, at) values ($1, $2, $3, $4) on conflict do nothing";
const NOTES: &str =
    "select size, note, at from checkpoints where log = $1 and size < $2 order by size desc limit $3";

pub fn statements() -> Vec<&'static str> {
    [&[END, FRONTIER, LOGS, RANGE, SINCE, NOTE, NOTES], search::STATEMENTS].concat()
}

pub(crate) fn stored(mut row: Row) -> Result<Stored, DbFault> {
    let kind = u16::try_from(row.int(2)?)
        .map_err(|_| DbFault::Corrupt { what: "entry", why: "its kind is out of range".into() })?;
    Ok(Stored { seq: seq_of(row.int(0)?), at: row.time(1)?, kind, body: row.take_blob(3)? })
}

/// Where the log stands; none if nothing was ever written to it.
pub fn end(sql: &mut Sql<'_>, log: OrgId) -> Result<Option<End>, DbFault> {
    let rows = sql.rows(END, &[Value::id(log)])?;
    let read =
        |row: &Row| Ok(End { no: row.int(0)?, size: row.int(1)?, at: row.time(2)?, indexed: row.int(3)? });
    rows.first().map(read).transpose()
}

/// The log's Merkle tree at its present size.
pub fn frontier(sql: &mut Sql<'_>, log: OrgId) -> Result<Frontier, DbFault> {
    let rows = sql.rows(FRONTIER, &[Value::id(log)])?;
    let Some(row) = rows.first() else { return Ok(Frontier::new()) };
    let broken = || DbFault::Corrupt { what: "head of a log", why: "the frontier is malformed".into() };
    Frontier::from_bytes(row.blob(0)?).ok_or_else(broken)
}

/// Every log with an entry in it.
pub fn logs(sql: &mut Sql<'_>) -> Result<Vec<OrgId>, DbFault> {
    sql.rows(LOGS, &[])?.iter().map(|row| row.id(0)).collect()
}

/// Entries in their order, beginning with position `from`.
pub fn entries(sql: &mut Sql<'_>, log: OrgId, from: i64, limit: usize) -> Result<Vec<Stored>, DbFault> {
    let Some(end) = end(sql, log)? else { return Ok(Vec::new()) };
    range(sql, end.no, from.max(1), end.size, limit)
}

pub(crate) fn range(
    sql: &mut Sql<'_>,
    no: i64,
    from: i64,
    upto: i64,
    limit: usize,
) -> Result<Vec<Stored>, DbFault> {
    if from > upto {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let args = [key(no, from).into(), key(no, upto).into(), limit.into()];
    sql.rows(RANGE, &args)?.into_iter().map(stored).collect()
}

pub fn get(sql: &mut Sql<'_>, log: OrgId, seq: i64) -> Result<Option<Stored>, DbFault> {
    let Some(end) = end(sql, log)?.filter(|end| (1..=end.size).contains(&seq)) else { return Ok(None) };
    Ok(range(sql, end.no, seq, seq, 1)?.pop())
}

/// Position of the first entry at or after a time: one past the last where there is none.
pub fn first_since(sql: &mut Sql<'_>, end: &End, time: Timestamp) -> Result<i64, DbFault> {
    let args = [key(end.no, 0).into(), 1i64.into(), (end.size + 1).into(), time.into()];
    let rows = sql.rows(SINCE, &args)?;
    rows.first().map_or(Ok(end.size + 1), |row| row.int(0))
}

/// The entry with this id. Ids hold their time to the millisecond, which leaves few entries to look at.
pub fn find_by_event_id(sql: &mut Sql<'_>, log: OrgId, id: EventId) -> Result<Option<Stored>, DbFault> {
    let Some(end) = end(sql, log)? else { return Ok(None) };
    let millis = i64::try_from(id.uuid().as_u128() >> 80).unwrap_or(0);
    let (begins, ends) = (millis * 1_000, (millis + 1) * 1_000);
    let mut from = first_since(sql, &end, Timestamp::from_micros(begins))?;
    let text = id.to_string();
    loop {
        let some = range(sql, end.no, from, end.size, 256)?;
        let Some(last) = some.last() else { return Ok(None) };
        let (past, next) = (last.at.micros() >= ends, last.seq + 1);
        let is_it = |e: &Stored| mentions(&e.body, &text) && e.decode().is_ok_and(|d| d.envelope.id == id);
        if let Some(found) = some.into_iter().find(is_it) {
            return Ok(Some(found));
        }
        if past {
            return Ok(None);
        }
        from = next;
    }
}

/// Whether a line contains a text: cheaper than reading the line, and true wherever reading it would say so.
pub(crate) fn mentions(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}

/// A signed note about a log at some size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub size: i64,
    pub note: String,
    pub at: Timestamp,
}

/// Keeps a note; for [`Db::maintain`](crate::Db::maintain). The first one for a size stands.
pub fn keep_checkpoint(sql: &mut Sql<'_>, log: OrgId, checkpoint: &Checkpoint) -> Result<(), DbFault> {
    let Checkpoint { size, note, at } = checkpoint;
    sql.run(NOTE, &[Value::id(log), (*size).into(), note.as_str().into(), (*at).into()]).map(drop)
}

/// The log's notes about sizes below `before`, the latest first.
pub fn checkpoints(
    sql: &mut Sql<'_>,
    log: OrgId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Checkpoint>, DbFault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sql.rows(NOTES, &[Value::id(log), before.unwrap_or(i64::MAX).into(), limit.into()])?;
    rows.iter()
        .map(|row| Ok(Checkpoint { size: row.int(0)?, note: row.text(1)?.to_owned(), at: row.time(2)? }))
        .collect()
}
