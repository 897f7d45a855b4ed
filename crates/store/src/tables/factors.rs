//! Second factors and recovery codes of people. A counter moves by compare-and-set: of two who bring one proof at once,
//! one is heard.

use chancery_kernel::{FactorId, Timestamp, UserId};
use chancery_model::{Factor, FactorKind};

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::blob;

const INSERT: &str = "insert into factors (id, org, usr, kind, name, credential, secret, counter, created, used) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null) on conflict do nothing";
const OF_USER: &str = "select id, org, usr, kind, name, created, used, credential, secret, counter from factors \
     where usr = $1 order by id";
const COUNT: &str = "select count(*) from factors where usr = $1";
const USE: &str = "update factors set counter = $2, used = $3 where id = $1 and counter = $4";
const DELETE: &str = "delete from factors where id = $1 and usr = $2";
const DELETE_ALL: &str = "delete from factors where usr = $1";
const CODE: &str =
    "insert into recovery_codes (usr, hash, used) values ($1, $2, null) on conflict do nothing";
const SPEND: &str = "update recovery_codes set used = $3 where usr = $1 and hash = $2 and used is null";
const LEFT: &str = "select count(*) from recovery_codes where usr = $1 and used is null";
const DELETE_CODES: &str = "delete from recovery_codes where usr = $1";
pub const STATEMENTS: &[&str] =
    &[INSERT, OF_USER, COUNT, USE, DELETE, DELETE_ALL, CODE, SPEND, LEFT, DELETE_CODES];

/// A factor with what proofs are held against.
#[derive(Clone)]
pub struct Kept {
    pub factor: Factor,
    /// The passkey's id.
    pub credential: Option<Vec<u8>>,
    /// Sealed key, or public key.
    pub secret: Vec<u8>,
    pub counter: i64,
}

fn kind(text: &str) -> Result<FactorKind, DbFault> {
    match text {
        "totp" => Ok(FactorKind::Totp),
        "passkey" => Ok(FactorKind::Passkey),
        _ => Err(DbFault::Internal(format!("a factor of the kind {text}"))),
    }
}

fn read(row: &Row) -> Result<Kept, DbFault> {
    let factor = Factor {
        id: row.id(0)?,
        org: row.id(1)?,
        user: row.id(2)?,
        kind: kind(row.text(3)?)?,
        name: row.text(4)?.to_owned(),
        created: row.time(5)?,
        used: row.maybe_time(6)?,
    };
    Ok(Kept {
        factor,
        credential: row.maybe_blob(7)?.map(<[u8]>::to_vec),
        secret: row.blob(8)?.to_vec(),
        counter: row.int(9)?,
    })
}

/// False where a passkey of this id is kept already, whosever it is.
pub fn insert(sql: &mut Sql<'_>, kept: &Kept) -> Result<bool, DbFault> {
    let Factor { id, org, user, kind, name, created, .. } = &kept.factor;
    let args = [
        blob(*id),
        blob(*org),
        blob(*user),
        Value::Text(kind.as_str().to_owned()),
        Value::Text(name.clone()),
        kept.credential.clone().map_or(Value::Null, Value::Blob),
        Value::Blob(kept.secret.clone()),
        kept.counter.into(),
        (*created).into(),
    ];
    Ok(sql.run(INSERT, &args)? == 1)
}

/// The oldest first.
pub fn of_user(sql: &mut Sql<'_>, user: UserId) -> Result<Vec<Kept>, DbFault> {
    sql.rows(OF_USER, &[blob(user)])?.iter().map(read).collect()
}

pub fn count(sql: &mut Sql<'_>, user: UserId) -> Result<i64, DbFault> {
    sql.rows(COUNT, &[blob(user)])?.first().map_or(Ok(0), |row| row.int(0))
}

/// Notes a use, and moves the counter on from where it was read; false where somebody else has moved it.
pub fn note_use(
    sql: &mut Sql<'_>,
    id: FactorId,
    from: i64,
    to: i64,
    now: Timestamp,
) -> Result<bool, DbFault> {
    Ok(sql.run(USE, &[blob(id), to.into(), now.into(), from.into()])? == 1)
}

/// False where the person has no such factor.
pub fn delete(sql: &mut Sql<'_>, id: FactorId, user: UserId) -> Result<bool, DbFault> {
    Ok(sql.run(DELETE, &[blob(id), blob(user)])? == 1)
}

/// Removes all factors and codes of a person; answers how many factors there were.
pub fn delete_all(sql: &mut Sql<'_>, user: UserId) -> Result<u64, DbFault> {
    sql.run(DELETE_CODES, &[blob(user)])?;
    sql.run(DELETE_ALL, &[blob(user)])
}

/// Keeps a set of codes, by keyed hash, in place of the one there was.
pub fn set_codes(sql: &mut Sql<'_>, user: UserId, hashes: &[[u8; 32]]) -> Result<(), DbFault> {
    sql.run(DELETE_CODES, &[blob(user)])?;
    hashes.iter().try_for_each(|hash| sql.run(CODE, &[blob(user), hash.into()]).map(drop))
}

/// Uses a code up; false where there is none of this hash, or it was used.
pub fn spend_code(sql: &mut Sql<'_>, user: UserId, hash: &[u8; 32], now: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(SPEND, &[blob(user), hash.into(), now.into()])? == 1)
}

/// How many codes are left.
pub fn codes_left(sql: &mut Sql<'_>, user: UserId) -> Result<i64, DbFault> {
    sql.rows(LEFT, &[blob(user)])?.first().map_or(Ok(0), |row| row.int(0))
}
