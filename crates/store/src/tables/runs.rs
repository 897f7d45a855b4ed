//! Runs: one task of one agent for one person.

use chancery_kernel::{AgentId, OrgId, RunId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::{blob, body, parse};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub org: OrgId,
    pub agent: AgentId,
    pub user: UserId,
    /// What the task is about, as far as anybody said.
    pub about: String,
    pub began: Timestamp,
    pub session: Option<SessionId>,
    pub stopped: Option<Timestamp>,
}

const INSERT: &str =
    "insert into runs (id, org, agent, usr, began, stopped, body) values ($1, $2, $3, $4, $5, null, $6)";
const FIND: &str = "select body, stopped from runs where id = $1 and org = $2";
const OF_AGENT: &str =
    "select body, stopped from runs where agent = $1 and org = $2 order by began desc limit $3";
const STOP: &str = "update runs set stopped = $3 where id = $1 and org = $2 and stopped is null";
pub const STATEMENTS: &[&str] = &[INSERT, FIND, OF_AGENT, STOP];

fn read(row: &Row) -> Result<Run, DbFault> {
    let mut run: Run = parse(row.text(0)?, "run")?;
    run.stopped = row.maybe_int(1)?.map(Timestamp::from_micros);
    Ok(run)
}

pub fn insert(sql: &mut Sql<'_>, run: &Run) -> Result<(), DbFault> {
    let args = [
        blob(run.id),
        blob(run.org),
        blob(run.agent),
        blob(run.user),
        Value::Int(run.began.micros()),
        Value::Text(body(run, "run")?),
    ];
    sql.run(INSERT, &args).map(drop)
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: RunId) -> Result<Option<Run>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first().map(read).transpose()
}

/// The agent's latest runs.
pub fn of_agent(sql: &mut Sql<'_>, org: OrgId, agent: AgentId, limit: i64) -> Result<Vec<Run>, DbFault> {
    sql.rows(OF_AGENT, &[blob(agent), blob(org), Value::Int(limit)])?.iter().map(read).collect()
}

/// Stops the run; false if it is unknown or had stopped.
pub fn stop(sql: &mut Sql<'_>, org: OrgId, id: RunId, at: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(STOP, &[blob(id), blob(org), Value::Int(at.micros())])? == 1)
}
