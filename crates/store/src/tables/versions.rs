//! What an agent was at each of its versions, with who and why.

use chancery_kernel::AgentId;
use chancery_model::Version;

use crate::fault::DbFault;
use crate::sql::{Sql, Value};
use crate::tables::nouns::{blob, body, parse};

const INSERT: &str = "insert into agent_versions (agent, number, body) values ($1, $2, $3)";
const OF: &str = "select body from agent_versions where agent = $1 order by number desc limit 200";
pub const STATEMENTS: &[&str] = &[INSERT, OF];

pub fn insert(sql: &mut Sql<'_>, version: &Version) -> Result<(), DbFault> {
    sql.run(
        INSERT,
        &[blob(version.agent), Value::Int(version.number), Value::Text(body(version, "version")?)],
    )
    .map(drop)
}

/// Latest first.
pub fn of(sql: &mut Sql<'_>, agent: AgentId) -> Result<Vec<Version>, DbFault> {
    sql.rows(OF, &[blob(agent)])?.iter().map(|row| parse(row.text(0)?, "version")).collect()
}
