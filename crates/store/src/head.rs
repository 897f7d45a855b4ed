//! The heads of the logs: how far each goes, and the right edge of its Merkle tree.

use std::collections::HashMap;

use chancery_audit::Frontier;
use chancery_kernel::{OrgId, Timestamp};

use crate::fault::DbFault;
use crate::known::Extent;
use crate::sql::{Row, Sql, Value};

/// Positions of one log share its number in the upper bits of their key.
pub(crate) const SEQ_BITS: u32 = 40;

/// The key of a log's entry.
pub(crate) const fn key(no: i64, seq: i64) -> i64 {
    (no << SEQ_BITS) | seq
}

/// The position within its log.
pub(crate) const fn seq_of(key: i64) -> i64 {
    key & ((1 << SEQ_BITS) - 1)
}

/// Where a log ends.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// The log's number in this database.
    pub no: i64,
    /// Position of the last entry; the first is 1.
    pub size: i64,
    /// Time of the last entry.
    pub at: Timestamp,
    pub frontier: Frontier,
    /// Position of the last entry whose write changed hot facts.
    pub hot: i64,
}

pub(crate) type Heads = HashMap<OrgId, Head>;

const ALL: &str = "select log, no, size, at, hot, frontier from log_heads";
const FIND: &str = "select log, no, size, at, hot, frontier from log_heads where log = $1";
const CREATE: &str = "insert into log_heads (log, size, at, frontier, hot, indexed) values ($1, 0, 0, $2, 0, 0) \
     on conflict (log) do nothing";
const SAVE: &str =
    "update log_heads set size = $2, at = $3, hot = $4, frontier = $5 where no = $1 and size = $6";
pub const STATEMENTS: &[&str] = &[ALL, FIND, CREATE, SAVE];

/// PostgreSQL only: all writes of a log, on whatever node, follow one another from here on.
const LOCK: &str = "select log, no, size, at, hot, frontier from log_heads \
     where log in ($1, $2, $3, $4, $5, $6, $7, $8) order by log for update";
const LOCK_WIDTH: usize = 8;
/// PostgreSQL only: the heads that may have moved since a horizon, without the edges of the trees, which are most of them;
/// and the next horizon. The number of whoever wrote a row is `xmin`; what was not committed when this looked has at least
/// the lowest number that was at work then.
const MOVED: &str = "select log, size, at, hot, txid_snapshot_xmin(txid_current_snapshot()) from log_heads \
     where $1::bigint is null or age(xmin) <= age(($1::bigint & 4294967295)::text::xid)";
pub const POSTGRES_STATEMENTS: &[&str] = &[LOCK, MOVED];

/// What a look at all logs found.
pub(crate) struct Moved {
    pub ends: Vec<(OrgId, Extent)>,
    pub horizon: Option<Horizon>,
}

/// How far a look at all logs goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Horizon(i64);

fn read(row: &Row) -> Result<(OrgId, Head), DbFault> {
    let broken = || DbFault::Corrupt { what: "head of a log", why: "the frontier is malformed".into() };
    let frontier = Frontier::from_bytes(row.blob(5)?).ok_or_else(broken)?;
    let size = row.int(2)?;
    if i64::try_from(frontier.size()) != Ok(size) {
        return Err(DbFault::Corrupt { what: "head of a log", why: "its size is not its frontier's".into() });
    }
    Ok((row.id(0)?, Head { no: row.int(1)?, size, at: row.time(3)?, hot: row.int(4)?, frontier }))
}

pub(crate) fn all(sql: &mut Sql<'_>) -> Result<Heads, DbFault> {
    sql.rows(ALL, &[])?.iter().map(read).collect()
}

/// The logs that moved since an earlier look, and how far this one goes: nowhere new where none did. Without an earlier
/// one, all logs.
pub(crate) fn moved(sql: &mut Sql<'_>, since: Option<Horizon>) -> Result<Moved, DbFault> {
    let rows = sql.rows(MOVED, &[since.map(|Horizon(number)| number).into()])?;
    let end = |row: &Row| Ok((row.id(0)?, Extent { size: row.int(1)?, at: row.time(2)?, hot: row.int(3)? }));
    let horizon = rows.first().map(|row| row.int(4).map(Horizon)).transpose()?;
    let ends = rows.iter().map(end).collect::<Result<_, DbFault>>()?;
    Ok(Moved { ends, horizon: horizon.or(since) })
}

pub(crate) fn find(sql: &mut Sql<'_>, log: OrgId) -> Result<Option<Head>, DbFault> {
    Ok(sql.rows(FIND, &[Value::id(log)])?.first().map(read).transpose()?.map(|(_, head)| head))
}

/// The head of a log that has none yet.
pub(crate) fn create(sql: &mut Sql<'_>, log: OrgId) -> Result<Head, DbFault> {
    sql.run(CREATE, &[Value::id(log), Frontier::new().to_bytes().into()])?;
    find(sql, log)?.ok_or_else(|| DbFault::Internal("a head just created is not there".into()))
}

/// Locks heads in the order of their ids, the same on every node, and reads them.
pub(crate) fn lock(sql: &mut Sql<'_>, logs: &[OrgId]) -> Result<Vec<(OrgId, Head)>, DbFault> {
    let mut found = Vec::with_capacity(logs.len());
    for chunk in logs.chunks(LOCK_WIDTH) {
        // One statement for any number: the last id fills the places left.
        let filler = chunk.last().into_iter().cycle();
        let args: Vec<Value> =
            chunk.iter().chain(filler).take(LOCK_WIDTH).map(|log| Value::id(*log)).collect();
        for row in sql.rows(LOCK, &args)? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Moves a head on, provided that it stands where this process believes it to stand.
pub(crate) fn save(sql: &mut Sql<'_>, head: &Head, from: i64) -> Result<(), DbFault> {
    let args = [
        head.no.into(),
        head.size.into(),
        head.at.into(),
        head.hot.into(),
        head.frontier.to_bytes().into(),
        from.into(),
    ];
    match sql.run(SAVE, &args)? {
        1 => Ok(()),
        _ => Err(DbFault::unavailable("another process has moved the log on")),
    }
}
