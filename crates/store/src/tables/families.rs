//! Families of refresh tokens: all that descend from one authorization, ended together (RFC 9700 §4.14.2).

use chancery_kernel::{ClientId, FamilyId, Id, OrgId, RunId, Timestamp, UserId};

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::codes;
use crate::tables::nouns::blob;

#[derive(Clone, Debug)]
pub struct Family {
    pub id: FamilyId,
    pub org: OrgId,
    pub client: ClientId,
    pub user: UserId,
    /// The task of an agent that its tokens are for.
    pub run: Option<RunId>,
    pub ended: Option<Timestamp>,
    /// Absolute end.
    pub expires: Timestamp,
    /// The authorization, as the issuer wrote it.
    pub body: String,
}

/// One refresh token of a family.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    pub family: FamilyId,
    /// How many exchanges lie between the first token of the family and this one.
    pub generation: i64,
    /// When it was exchanged for its successor.
    pub used: Option<Timestamp>,
    /// End by inactivity.
    pub expires: Timestamp,
}

const INSERT: &str = "insert into families (id, org, client, usr, run, ended, expires, body) values ($1, $2, $3, $4, $5, null, $6, $7)";
const FIND: &str = "select id, org, client, usr, run, ended, expires, body from families where id = $1";
const OF_USER: &str =
    "select id, org, client, usr, run, ended, expires, body from families where usr = $1 and ended is null";
const END: &str = "update families set ended = $2 where id = $1 and ended is null";
const END_OF_RUN: &str = "update families set ended = $2 where run = $1 and ended is null";
const END_OF_CLIENT: &str = "update families set ended = $2 where client = $1 and ended is null";
const PRUNE: &str = "delete from families where expires < $1";
const TOKEN_INSERT: &str =
    "insert into refresh_tokens (hash, family, generation, used, expires) values ($1, $2, $3, null, $4)";
const TOKEN_FIND: &str = "select family, generation, used, expires from refresh_tokens where hash = $1";
const TOKEN_USE: &str = "update refresh_tokens set used = $2 where hash = $1 and used is null";
const SUPERSEDE: &str =
    "update refresh_tokens set used = $3 where family = $1 and generation = $2 and used is null";
const TOKEN_PRUNE: &str = "delete from refresh_tokens where expires < $1";
const SUCCESSORS: &str =
    "select count(*) from refresh_tokens where family = $1 and generation = $2 and used is null";
pub const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    OF_USER,
    END,
    END_OF_RUN,
    END_OF_CLIENT,
    PRUNE,
    TOKEN_INSERT,
    TOKEN_FIND,
    TOKEN_USE,
    SUPERSEDE,
    TOKEN_PRUNE,
    SUCCESSORS,
];

fn read(row: &Row) -> Result<Family, DbFault> {
    Ok(Family {
        id: FamilyId::from_uuid(row.uuid(0)?),
        org: OrgId::from_uuid(row.uuid(1)?),
        client: ClientId::from_uuid(row.uuid(2)?),
        user: UserId::from_uuid(row.uuid(3)?),
        run: row.maybe_uuid(4)?.map(RunId::from_uuid),
        ended: row.maybe_int(5)?.map(Timestamp::from_micros),
        expires: Timestamp::from_micros(row.int(6)?),
        body: row.text(7)?.to_owned(),
    })
}

pub fn insert(sql: &mut Sql<'_>, f: &Family) -> Result<(), DbFault> {
    let args = [
        blob(f.id),
        blob(f.org),
        blob(f.client),
        blob(f.user),
        f.run.map_or(Value::Null, blob),
        Value::Int(f.expires.micros()),
        Value::Text(f.body.clone()),
    ];
    sql.run(INSERT, &args).map(drop)
}

pub fn find(sql: &mut Sql<'_>, id: FamilyId) -> Result<Option<Family>, DbFault> {
    sql.rows(FIND, &[blob(id)])?.first().map(read).transpose()
}

pub fn of_user(sql: &mut Sql<'_>, user: UserId) -> Result<Vec<Family>, DbFault> {
    sql.rows(OF_USER, &[blob(user)])?.iter().map(read).collect()
}

/// Ends the family; false if it had ended.
pub fn end(sql: &mut Sql<'_>, id: FamilyId, at: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(END, &[blob(id), Value::Int(at.micros())])? == 1)
}

/// Ends the families of a task, and says how many.
pub fn end_of_run(sql: &mut Sql<'_>, run: RunId, at: Timestamp) -> Result<u64, DbFault> {
    sql.run(END_OF_RUN, &[blob(run), Value::Int(at.micros())])
}

/// Ends all that people authorized a client to fetch, and says how many families that were: codes that wait lapse too.
/// Belongs into the write that disables or stops whoever stands behind the client, or both revive when that is undone.
pub fn end_of_client(sql: &mut Sql<'_>, client: ClientId, at: Timestamp) -> Result<u64, DbFault> {
    codes::lapse(sql, client, at)?;
    sql.run(END_OF_CLIENT, &[blob(client), Value::Int(at.micros())])
}

pub fn insert_token(sql: &mut Sql<'_>, hash: &[u8; 32], token: &RefreshToken) -> Result<(), DbFault> {
    let args = [
        Value::Blob(hash.to_vec()),
        blob(token.family),
        Value::Int(token.generation),
        Value::Int(token.expires.micros()),
    ];
    sql.run(TOKEN_INSERT, &args).map(drop)
}

pub fn find_token(sql: &mut Sql<'_>, hash: &[u8; 32]) -> Result<Option<RefreshToken>, DbFault> {
    sql.rows(TOKEN_FIND, &[Value::Blob(hash.to_vec())])?
        .first()
        .map(|row| {
            Ok(RefreshToken {
                family: FamilyId::from_uuid(row.uuid(0)?),
                generation: row.int(1)?,
                used: row.maybe_int(2)?.map(Timestamp::from_micros),
                expires: Timestamp::from_micros(row.int(3)?),
            })
        })
        .transpose()
}

/// Uses the token up; false if it had been used.
pub fn use_token(sql: &mut Sql<'_>, hash: &[u8; 32], at: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(TOKEN_USE, &[Value::Blob(hash.to_vec()), Value::Int(at.micros())])? == 1)
}

/// Whether one of this token's own successors is unused.
pub fn has_unused_successor(sql: &mut Sql<'_>, token: &RefreshToken) -> Result<bool, DbFault> {
    let args = [blob(token.family), Value::Int(token.generation + 1)];
    Ok(sql.rows(SUCCESSORS, &args)?.first().map_or(Ok(0), |row| row.int(0))? > 0)
}

/// Uses up this token's own successors that nobody used, and says how many there were: one, where the answer that
/// carried it was lost.
pub fn supersede(sql: &mut Sql<'_>, token: &RefreshToken, at: Timestamp) -> Result<u64, DbFault> {
    sql.run(SUPERSEDE, &[blob(token.family), Value::Int(token.generation + 1), Value::Int(at.micros())])
}

pub fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    let at = [Value::Int(before.micros())];
    Ok(sql.run(TOKEN_PRUNE, &at)? + sql.run(PRUNE, &at)?)
}
