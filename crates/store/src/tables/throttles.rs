//! Failed attempts, per account and per address. An address belongs to no organization, so whoever changes a row takes
//! the turn first: see [`Sql::turn`].

use chancery_kernel::Timestamp;

use crate::fault::DbFault;
use crate::sql::{Sql, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    pub failures: i64,
    /// No attempt is looked at before this moment.
    pub until: Timestamp,
    pub updated: Timestamp,
}

const FIND: &str = "select failures, until, updated from throttles where name = $1";
const SET: &str = "insert into throttles (name, failures, until, updated) values ($1, $2, $3, $4) \
     on conflict (name) do update set failures = excluded.failures, until = excluded.until, updated = excluded.updated";
const CLEAR: &str = "delete from throttles where name = $1";
const PRUNE: &str = "delete from throttles where updated < $1";
pub const STATEMENTS: &[&str] = &[FIND, SET, CLEAR, PRUNE];

pub fn find(sql: &mut Sql<'_>, name: &str) -> Result<Option<Throttle>, DbFault> {
    sql.rows(FIND, &[Value::Text(name.to_owned())])?
        .first()
        .map(|row| {
            Ok(Throttle {
                failures: row.int(0)?,
                until: Timestamp::from_micros(row.int(1)?),
                updated: Timestamp::from_micros(row.int(2)?),
            })
        })
        .transpose()
}

pub fn set(sql: &mut Sql<'_>, name: &str, t: Throttle) -> Result<(), DbFault> {
    let args = [
        Value::Text(name.to_owned()),
        Value::Int(t.failures),
        Value::Int(t.until.micros()),
        Value::Int(t.updated.micros()),
    ];
    sql.turn()?;
    sql.run(SET, &args).map(drop)
}

pub fn clear(sql: &mut Sql<'_>, name: &str) -> Result<(), DbFault> {
    sql.turn()?;
    sql.run(CLEAR, &[Value::Text(name.to_owned())]).map(drop)
}

pub fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.turn()?;
    sql.run(PRUNE, &[Value::Int(before.micros())])
}
