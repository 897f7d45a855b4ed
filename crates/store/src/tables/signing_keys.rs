//! Signing keys, sealed under the master key: rows the vault alone can open.

use chancery_kernel::Timestamp;

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};

/// `next` is published ahead, `active` signs, `old` is published until its tokens have died.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// RFC 7638 thumbprint.
    pub kid: String,
    pub alg: String,
    pub state: String,
    pub created: Timestamp,
    pub activated: Option<Timestamp>,
    pub retired: Option<Timestamp>,
    /// Public JWK.
    pub public: String,
    pub sealed: Vec<u8>,
}

const INSERT: &str = "insert into signing_keys (kid, alg, state, created, activated, retired, public, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const ALL: &str = "select kid, alg, state, created, activated, retired, public, sealed from signing_keys order by created, kid";
const SET: &str = "update signing_keys set state = $2, activated = $3, retired = $4 where kid = $1";
const RESEAL: &str = "update signing_keys set sealed = $2 where kid = $1";
const CLEAR: &str = "delete from signing_keys";
pub const STATEMENTS: &[&str] = &[INSERT, ALL, SET, RESEAL, CLEAR];

fn maybe(t: Option<Timestamp>) -> Value {
    t.map_or(Value::Null, |t| Value::Int(t.micros()))
}

fn read(row: &Row) -> Result<KeyRow, DbFault> {
    Ok(KeyRow {
        kid: row.text(0)?.to_owned(),
        alg: row.text(1)?.to_owned(),
        state: row.text(2)?.to_owned(),
        created: Timestamp::from_micros(row.int(3)?),
        activated: row.maybe_int(4)?.map(Timestamp::from_micros),
        retired: row.maybe_int(5)?.map(Timestamp::from_micros),
        public: row.text(6)?.to_owned(),
        sealed: row.blob(7)?.to_vec(),
    })
}

pub fn insert(sql: &mut Sql<'_>, key: &KeyRow) -> Result<(), DbFault> {
    let args = [
        Value::Text(key.kid.clone()),
        Value::Text(key.alg.clone()),
        Value::Text(key.state.clone()),
        Value::Int(key.created.micros()),
        maybe(key.activated),
        maybe(key.retired),
        Value::Text(key.public.clone()),
        Value::Blob(key.sealed.clone()),
    ];
    sql.run(INSERT, &args).map(drop)
}

pub fn all(sql: &mut Sql<'_>) -> Result<Vec<KeyRow>, DbFault> {
    sql.rows(ALL, &[])?.iter().map(read).collect()
}

pub fn set_state(sql: &mut Sql<'_>, key: &KeyRow) -> Result<(), DbFault> {
    sql.run(
        SET,
        &[
            Value::Text(key.kid.clone()),
            Value::Text(key.state.clone()),
            maybe(key.activated),
            maybe(key.retired),
        ],
    )
    .map(drop)
}

/// Replaces what seals a key: the same key, under another master key.
pub fn reseal(sql: &mut Sql<'_>, key: &KeyRow) -> Result<(), DbFault> {
    sql.run(RESEAL, &[Value::Text(key.kid.clone()), Value::Blob(key.sealed.clone())]).map(drop)
}

/// Deletes a key, and every trace of what was sealed of it: a deleted row stays in an SQLite file until its place is
/// needed, and copies of it where a page was divided. So all rows are taken out, the pages they were on are overwritten,
/// and those that stay are put back. In the journal beside the file, and on PostgreSQL, what was goes in its time.
pub fn erase(sql: &mut Sql<'_>, kid: &str) -> Result<(), DbFault> {
    let kept: Vec<KeyRow> = all(sql)?.into_iter().filter(|row| row.kid != kid).collect();
    sql.thoroughly(true)?;
    sql.run(CLEAR, &[])?;
    sql.thoroughly(false)?;
    kept.iter().try_for_each(|row| insert(sql, row))
}
