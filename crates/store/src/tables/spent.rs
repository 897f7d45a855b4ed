//! Identifiers that may be used once, such as the `jti` of client assertions (RFC 7523 §3 item 7).

use chancery_kernel::Timestamp;

use crate::fault::DbFault;
use crate::sql::{Sql, Value};

const SPEND: &str = "insert into spent (expires, digest) values ($1, $2) on conflict do nothing";
const PRUNE: &str = "delete from spent where expires < $1";
pub const STATEMENTS: &[&str] = &[SPEND, PRUNE];

/// Uses the identifier up; false if it had been used. `digest` covers class, issuer and identifier, so one party
/// cannot burn another's; `expires` is the artefact's own end, which is signed and so the same on every replay.
pub fn spend(sql: &mut Sql<'_>, expires: Timestamp, digest: &[u8; 16]) -> Result<bool, DbFault> {
    Ok(sql.run(SPEND, &[Value::Int(expires.micros()), Value::Blob(digest.to_vec())])? == 1)
}

pub fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.run(PRUNE, &[Value::Int(before.micros())])
}
