//! The outbox: reactions that writes call for, done after them and repeated until done.
//!
//! A write adds rows with [`Tx::outbox`](crate::Tx::outbox). Whoever carries them out takes what is due, and says
//! through [`Db::maintain`](crate::Db::maintain) what came of it.

use chancery_kernel::{OrgId, Timestamp};

use crate::fault::DbFault;
use crate::sql::{Row, Sql};

/// A reaction that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub id: i64,
    pub org: OrgId,
    pub topic: String,
    /// JSON, as the write gave it.
    pub payload: String,
    pub at: Timestamp,
    pub due: Timestamp,
    /// Attempts that failed.
    pub tries: i64,
    /// Why the last one failed.
    pub problem: Option<String>,
}

const DUE: &str = "select id, org, topic, payload, at, due, tries, problem from outbox \
     where due <= $1 order by due, id limit $2";
const TAKE: &str = "update outbox set due = $2 where id = $1 and due = $3";
const DONE: &str = "delete from outbox where id = $1";
const LATER: &str = "update outbox set due = $2, tries = tries + 1, problem = $3 where id = $1";
const WAITING: &str = "select count(*) from outbox";
pub const STATEMENTS: &[&str] = &[DUE, TAKE, DONE, LATER, WAITING];

fn read(row: &Row) -> Result<Reaction, DbFault> {
    Ok(Reaction {
        id: row.int(0)?,
        org: row.id(1)?,
        topic: row.text(2)?.to_owned(),
        payload: row.text(3)?.to_owned(),
        at: row.time(4)?,
        due: row.time(5)?,
        tries: row.int(6)?,
        problem: row.maybe_text(7)?.map(str::to_owned),
    })
}

/// Reactions that are due, the longest overdue first.
pub fn due(sql: &mut Sql<'_>, now: Timestamp, limit: usize) -> Result<Vec<Reaction>, DbFault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql.rows(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
}

/// Takes a reaction for oneself until a time; false if another node was faster.
pub fn take(sql: &mut Sql<'_>, reaction: &Reaction, until: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(TAKE, &[reaction.id.into(), until.into(), reaction.due.into()])? == 1)
}

/// It is done, and forgotten.
pub fn done(sql: &mut Sql<'_>, id: i64) -> Result<(), DbFault> {
    sql.run(DONE, &[id.into()]).map(drop)
}

/// It failed, and is due again later.
pub fn later(sql: &mut Sql<'_>, id: i64, due: Timestamp, problem: &str) -> Result<(), DbFault> {
    sql.run(LATER, &[id.into(), due.into(), problem.into()]).map(drop)
}

/// How many reactions wait.
pub fn waiting(sql: &mut Sql<'_>) -> Result<i64, DbFault> {
    sql.rows(WAITING, &[])?.first().map_or(Ok(0), |row| row.int(0))
}
