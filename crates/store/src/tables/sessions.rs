//! Sign-ins of people.

use chancery_kernel::{Id, OrgId, Seconds, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::{blob, body, parse};

/// A sign-in of a person in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub org: OrgId,
    pub user: UserId,
    /// Keyed hash of the cookie.
    pub hash: [u8; 32],
    pub auth_time: Timestamp,
    pub seen: Timestamp,
    /// Absolute end.
    pub ends: Timestamp,
    pub ended: Option<Timestamp>,
    pub facts: SessionFacts,
}

/// What SQL need not filter by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// Authentication methods (RFC 8176), such as `pwd`.
    pub amr: Vec<String>,
    /// Browser and address as first seen, for the person's own list.
    pub agent: String,
    pub address: String,
    /// When a second factor was last proven in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second: Option<Timestamp>,
    /// The password was right, and the second factor is still to come: nobody is signed in by it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub half: bool,
}

/// A proof of a second factor is fresh for so long.
const FRESH: Seconds = Seconds::minutes(5);

impl SessionFacts {
    /// Whether a second factor was proven in this session within the last minutes.
    pub fn proven_lately(&self, now: Timestamp) -> bool {
        self.second.is_some_and(|at| now.since(at) <= FRESH)
    }
}

const COLUMNS: &str = "id, org, usr, hash, auth_time, seen, ends, ended, body";
const INSERT: &str = "insert into sessions (id, org, usr, hash, auth_time, seen, ends, ended, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const BY_HASH: &str =
    "select id, org, usr, hash, auth_time, seen, ends, ended, body from sessions where hash = $1";
const BY_ID: &str =
    "select id, org, usr, hash, auth_time, seen, ends, ended, body from sessions where id = $1";
const OF_USER: &str = "select id, org, usr, hash, auth_time, seen, ends, ended, body from sessions where usr = $1 and ended is null and ends > $2 order by id";
const TOUCH: &str = "update sessions set seen = $2 where id = $1 and seen < $2";
const END: &str = "update sessions set ended = $2 where id = $1 and ended is null";
const END_OF_USER: &str = "update sessions set ended = $2 where usr = $1 and ended is null";
const REAUTH: &str =
    "update sessions set hash = $2, auth_time = $3, seen = $3, body = $4 where id = $1 and ended is null";
const AMEND: &str = "update sessions set body = $2 where id = $1 and ended is null";
const PRUNE: &str = "delete from sessions where ends < $1";
pub const STATEMENTS: &[&str] =
    &[INSERT, BY_HASH, BY_ID, OF_USER, TOUCH, END, END_OF_USER, REAUTH, AMEND, PRUNE];

fn read(row: &Row) -> Result<Session, DbFault> {
    debug_assert_eq!(COLUMNS.split(", ").count(), 9, "columns stand in the order they are read");
    Ok(Session {
        id: SessionId::from_uuid(row.uuid(0)?),
        org: OrgId::from_uuid(row.uuid(1)?),
        user: UserId::from_uuid(row.uuid(2)?),
        hash: row.digest(3)?,
        auth_time: Timestamp::from_micros(row.int(4)?),
        seen: Timestamp::from_micros(row.int(5)?),
        ends: Timestamp::from_micros(row.int(6)?),
        ended: row.maybe_int(7)?.map(Timestamp::from_micros),
        facts: parse(row.text(8)?, "session")?,
    })
}

pub fn insert(sql: &mut Sql<'_>, s: &Session) -> Result<(), DbFault> {
    let args = [
        blob(s.id),
        blob(s.org),
        blob(s.user),
        Value::Blob(s.hash.to_vec()),
        Value::Int(s.auth_time.micros()),
        Value::Int(s.seen.micros()),
        Value::Int(s.ends.micros()),
        s.ended.map_or(Value::Null, |t| Value::Int(t.micros())),
        Value::Text(body(&s.facts, "session")?),
    ];
    sql.run(INSERT, &args).map(drop)
}

pub fn find_by_hash(sql: &mut Sql<'_>, hash: &[u8; 32]) -> Result<Option<Session>, DbFault> {
    sql.rows(BY_HASH, &[Value::Blob(hash.to_vec())])?.first().map(read).transpose()
}

pub fn find(sql: &mut Sql<'_>, id: SessionId) -> Result<Option<Session>, DbFault> {
    sql.rows(BY_ID, &[blob(id)])?.first().map(read).transpose()
}

/// The person's sessions that have not ended.
pub fn of_user(sql: &mut Sql<'_>, user: UserId, now: Timestamp) -> Result<Vec<Session>, DbFault> {
    let rows = sql.rows(OF_USER, &[blob(user), Value::Int(now.micros())])?;
    let all: Vec<Session> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|session| !session.facts.half).collect())
}

/// Notes that the session was used; housekeeping, not evidence.
pub fn touch(sql: &mut Sql<'_>, id: SessionId, now: Timestamp) -> Result<(), DbFault> {
    sql.run(TOUCH, &[blob(id), Value::Int(now.micros())]).map(drop)
}

/// Ends one session; false if it had ended.
pub fn end(sql: &mut Sql<'_>, id: SessionId, now: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(END, &[blob(id), Value::Int(now.micros())])? == 1)
}

pub fn end_of_user(sql: &mut Sql<'_>, user: UserId, now: Timestamp) -> Result<u64, DbFault> {
    sql.run(END_OF_USER, &[blob(user), Value::Int(now.micros())])
}

/// The person proved themselves again: the cookie changes (no fixation), the session stays.
pub fn reauthenticated(
    sql: &mut Sql<'_>,
    id: SessionId,
    hash: &[u8; 32],
    at: Timestamp,
    facts: &SessionFacts,
) -> Result<bool, DbFault> {
    let args =
        [blob(id), Value::Blob(hash.to_vec()), Value::Int(at.micros()), Value::Text(body(facts, "session")?)];
    Ok(sql.run(REAUTH, &args)? == 1)
}

/// The person proved a second factor: what is known of the session changes, and its cookie stays.
pub fn amend(sql: &mut Sql<'_>, id: SessionId, facts: &SessionFacts) -> Result<bool, DbFault> {
    Ok(sql.run(AMEND, &[blob(id), Value::Text(body(facts, "session")?)])? == 1)
}

pub fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.run(PRUNE, &[Value::Int(before.micros())])
}
