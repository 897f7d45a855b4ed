//! Passwords of people, as argon2 strings.

use chancery_kernel::{Timestamp, UserId};

use crate::fault::DbFault;
use crate::sql::{Sql, Value};
use crate::tables::nouns::blob;

const SET: &str = "insert into passwords (usr, hash, updated) values ($1, $2, $3) \
     on conflict (usr) do update set hash = excluded.hash, updated = excluded.updated";
const FIND: &str = "select hash from passwords where usr = $1";
const DELETE: &str = "delete from passwords where usr = $1";
pub const STATEMENTS: &[&str] = &[SET, FIND, DELETE];

pub fn set(sql: &mut Sql<'_>, user: UserId, phc: &str, now: Timestamp) -> Result<(), DbFault> {
    sql.run(SET, &[blob(user), Value::Text(phc.to_owned()), Value::Int(now.micros())]).map(drop)
}

pub fn find(sql: &mut Sql<'_>, user: UserId) -> Result<Option<String>, DbFault> {
    sql.rows(FIND, &[blob(user)])?.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

pub fn delete(sql: &mut Sql<'_>, user: UserId) -> Result<(), DbFault> {
    sql.run(DELETE, &[blob(user)]).map(drop)
}
