//! Changes of hot facts as rows, for the other nodes of one PostgreSQL database: each applies what it has not seen,
//! instead of reading everything again.

use std::sync::{Arc, LazyLock};

use chancery_kernel::{OrgId, StoreId, Timestamp};
use chancery_model::{
    Agent, Application, Approval, Assignment, Client, Connection, Endpoint, Folder, Grant, Group, Mark,
    MarkKey, Membership, Organization, Reach, Store, User,
};
use serde::{Deserialize, Serialize};

use crate::fault::DbFault;
use crate::hot::{Delta, Record};
use crate::insert::Insert;
use crate::known::{Extent, Reading, Step};
use crate::sql::{Row, Sql, Value};
use crate::tables::relations;

static ADD: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("hot_changes (no, seq, part, prev, at, body)", 6, ""));
const PRUNE: &str = "delete from hot_changes where at < $1";

/// Logs that are asked about together.
pub(crate) const WIDTH: usize = 8;
/// PostgreSQL only: the ends of some logs and what changed in each after a position, with what tuples were written, in one
/// round trip: each of them is one more way through two processes, and a busy machine lets them wait at every one.
const AFTER: &str = "select h.log, h.size, h.at, h.hot, c.prev, c.seq, c.body, w.at, w.body \
     from (values ($1::bytea, $2::bigint), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16)) as k (log, hot) \
     join log_heads h on h.log = k.log \
     left join hot_changes c on c.no = h.no and c.seq > k.hot \
     left join tuple_writes w on w.key = \
       ((c.body::json #>> '{turn,no}')::bigint << 40) | (c.body::json #>> '{turn,version}')::bigint \
     order by h.log, c.seq, c.part";
pub const POSTGRES_STATEMENTS: &[&str] = &[AFTER];

pub fn statements() -> Vec<&'static str> {
    [PRUNE].into_iter().chain(ADD.statements()).collect()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Put(Noun),
    Remove(Noun),
    Join(Membership),
    Leave(Membership),
    Mark(Mark, MarkKey),
    /// What it wrote stands in the store's own log.
    Turn {
        store: StoreId,
        no: i64,
        version: u64,
    },
}

macro_rules! nouns {
    ($($noun:ident)*) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Noun {
            $($noun(Box<$noun>),)*
        }

        impl From<&Record> for Noun {
            fn from(record: &Record) -> Self {
                match record { $(Record::$noun(r) => Self::$noun(Box::new((**r).clone())),)* }
            }
        }

        impl From<Noun> for Record {
            fn from(noun: Noun) -> Self {
                match noun { $(Noun::$noun(r) => Self::$noun(Arc::new(*r)),)* }
            }
        }
    };
}

nouns! { Organization User Group Application Agent Client Assignment Connection Grant Approval Folder Reach Store Endpoint }

impl From<&Delta> for Change {
    fn from(delta: &Delta) -> Self {
        match delta {
            Delta::Put(record) => Self::Put(record.into()),
            Delta::Remove(record) => Self::Remove(record.into()),
            Delta::Join(membership) => Self::Join(*membership),
            Delta::Leave(membership) => Self::Leave(*membership),
            Delta::Mark(mark, key) => Self::Mark(mark.clone(), key.clone()),
            Delta::Turn(turn) => Self::Turn { store: turn.store, no: turn.no, version: turn.version },
        }
    }
}

/// The change as hot facts take it. None: what it points at is not there, or a newer version wrote it.
fn delta(row: &Row) -> Result<Option<Delta>, DbFault> {
    let Ok(change) = serde_json::from_str::<Change>(row.text(6)?) else { return Ok(None) };
    Ok(Some(match change {
        Change::Put(noun) => Delta::Put(noun.into()),
        Change::Remove(noun) => Delta::Remove(noun.into()),
        Change::Join(membership) => Delta::Join(membership),
        Change::Leave(membership) => Delta::Leave(membership),
        Change::Mark(mark, key) => Delta::Mark(mark, key),
        Change::Turn { store, no, version } => {
            let (Some(at), Some(body)) = (row.maybe_time(7)?, row.maybe_blob(8)?) else { return Ok(None) };
            Delta::Turn(relations::turn(store, no, version, at, body)?.into())
        }
    }))
}

/// A stretch of one log: the positions of two writes that changed hot facts, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub no: i64,
    pub after: i64,
    pub upto: i64,
}

fn broken(error: &serde_json::Error) -> DbFault {
    DbFault::Corrupt { what: "change of hot facts", why: error.to_string() }
}

/// Writes down what the write at `span.upto` changed, and which one was before it.
pub(crate) fn add(sql: &mut Sql<'_>, span: Span, at: Timestamp, deltas: &[&Delta]) -> Result<(), DbFault> {
    let mut rows = Vec::with_capacity(deltas.len());
    for (delta, part) in deltas.iter().zip(0i64..) {
        rows.push((part, serde_json::to_string(&Change::from(*delta)).map_err(|e| broken(&e))?));
    }
    ADD.insert(sql, &mut rows, |(part, body), args| {
        args.extend([span.no.into(), span.upto.into(), (*part).into(), span.after.into(), at.into()]);
        args.push(body.as_str().into());
    })
}

/// What changed in some logs after the positions that are known of them; none if a part of it is not there any more, or was
/// written by a newer version.
pub(crate) fn after(sql: &mut Sql<'_>, logs: &[(OrgId, i64)]) -> Result<Option<Reading>, DbFault> {
    let mut args: Vec<Value> =
        logs.iter().take(WIDTH).flat_map(|(log, hot)| [Value::id(*log), (*hot).into()]).collect();
    args.resize(WIDTH * 2, Value::Null);
    let rows = sql.rows(AFTER, &args)?;
    let mut reading = Reading::default();
    for rows in rows.chunk_by(|one, next| one.values().first() == next.values().first()) {
        let Some(first) = rows.first() else { continue };
        let (log, end) =
            (first.id(0)?, Extent { size: first.int(1)?, at: first.time(2)?, hot: first.int(3)? });
        let mut reached = logs.iter().find(|(asked, _)| *asked == log).map_or(0, |(_, hot)| *hot);
        for row in rows {
            let (Some(prev), Some(seq)) = (row.maybe_int(4)?, row.maybe_int(5)?) else { continue };
            // Each write names the one before it; parts of one write share their position.
            if prev != reached && seq != reached {
                return Ok(None);
            }
            reached = seq;
            let Some(delta) = delta(row)? else { return Ok(None) };
            reading.changes.push(Step { log, seq, delta });
        }
        // What was known may have been further already when the log was asked.
        if reached < end.hot {
            return Ok(None);
        }
        reading.ends.push((log, end));
    }
    Ok(Some(reading))
}

/// Forgets what every node has seen long ago. One that was away for longer reads everything anew.
pub(crate) fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.run(PRUNE, &[before.into()])
}
