//! Authorization codes, by keyed hash; single use by compare-and-set (RFC 6749 §4.1.2).

use chancery_kernel::{ClientId, FamilyId, Id, Timestamp};

use crate::fault::DbFault;
use crate::sql::{Sql, Value};
use crate::tables::nouns::blob;

/// What redemption finds.
#[derive(Clone, Debug)]
pub struct Code {
    pub expires: Timestamp,
    pub redeemed: Option<Timestamp>,
    /// The family of tokens that its redemption started: ended when the code is replayed.
    pub family: Option<FamilyId>,
    /// The authorization, as the issuer wrote it.
    pub body: String,
}

const INSERT: &str =
    "insert into codes (hash, client, expires, redeemed, family, body) values ($1, $2, $3, null, null, $4)";
const FIND: &str = "select expires, redeemed, family, body from codes where hash = $1";
const REDEEM: &str = "update codes set redeemed = $2, family = $3 where hash = $1 and redeemed is null";
const LAPSE: &str = "update codes set expires = $2 where client = $1 and redeemed is null and expires > $2";
const PRUNE: &str = "delete from codes where expires < $1";
pub const STATEMENTS: &[&str] = &[INSERT, FIND, REDEEM, LAPSE, PRUNE];

pub fn insert(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    client: ClientId,
    expires: Timestamp,
    body: String,
) -> Result<(), DbFault> {
    let args = [Value::Blob(hash.to_vec()), blob(client), Value::Int(expires.micros()), Value::Text(body)];
    sql.run(INSERT, &args).map(drop)
}

pub fn find(sql: &mut Sql<'_>, hash: &[u8; 32]) -> Result<Option<Code>, DbFault> {
    sql.rows(FIND, &[Value::Blob(hash.to_vec())])?
        .first()
        .map(|row| {
            Ok(Code {
                expires: Timestamp::from_micros(row.int(0)?),
                redeemed: row.maybe_int(1)?.map(Timestamp::from_micros),
                family: row.maybe_uuid(2)?.map(FamilyId::from_uuid),
                body: row.text(3)?.to_owned(),
            })
        })
        .transpose()
}

/// Uses the code up; false if somebody was first.
pub fn redeem(sql: &mut Sql<'_>, hash: &[u8; 32], at: Timestamp, family: FamilyId) -> Result<bool, DbFault> {
    Ok(sql.run(REDEEM, &[Value::Blob(hash.to_vec()), Value::Int(at.micros()), blob(family)])? == 1)
}

/// Takes their time from the client's codes that nobody redeemed.
pub(super) fn lapse(sql: &mut Sql<'_>, client: ClientId, at: Timestamp) -> Result<u64, DbFault> {
    sql.run(LAPSE, &[blob(client), Value::Int(at.micros())])
}

pub fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.run(PRUNE, &[Value::Int(before.micros())])
}
