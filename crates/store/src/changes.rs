//! Changes of hot facts as rows, for the other nodes of one PostgreSQL database: each applies what it has not seen,
//! instead of reading everything again.

use std::sync::{Arc, LazyLock};

use chancery_kernel::{StoreId, Timestamp};
use chancery_model::{
    Agent, Application, Approval, Assignment, Client, Connection, Endpoint, Folder, Grant, Group, Mark,
    MarkKey, Membership, Organization, Reach, Store, User,
};
use serde::{Deserialize, Serialize};

use crate::fault::DbFault;
use crate::hot::{Delta, Record};
use crate::insert::Insert;
use crate::sql::Sql;
use crate::tables::relations;

static ADD: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("hot_changes (no, seq, part, prev, at, body)", 6, ""));
const SINCE: &str =
    "select prev, seq, body from hot_changes where no = $1 and seq > $2 and seq <= $3 order by seq, part";
const PRUNE: &str = "delete from hot_changes where at < $1";

pub fn statements() -> Vec<&'static str> {
    [SINCE, PRUNE].into_iter().chain(ADD.statements()).collect()
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

/// The change as hot facts take it. None: what it points at is not there.
fn delta(sql: &mut Sql<'_>, change: Change) -> Result<Option<Delta>, DbFault> {
    Ok(Some(match change {
        Change::Put(noun) => Delta::Put(noun.into()),
        Change::Remove(noun) => Delta::Remove(noun.into()),
        Change::Join(membership) => Delta::Join(membership),
        Change::Leave(membership) => Delta::Leave(membership),
        Change::Mark(mark, key) => Delta::Mark(mark, key),
        Change::Turn { store, no, version } => {
            let turn = relations::turn(sql, store, no, version)?;
            return Ok(turn.map(|turn| Delta::Turn(turn.into())));
        }
    }))
}

/// A stretch of one log: the positions of two writes that changed hot facts.
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

/// What changed within the span; none if a part of it is not there any more, or was written by a newer version.
pub(crate) fn within(sql: &mut Sql<'_>, span: Span) -> Result<Option<Vec<Delta>>, DbFault> {
    let rows = sql.rows(SINCE, &[span.no.into(), span.after.into(), span.upto.into()])?;
    let (mut reached, mut deltas) = (span.after, Vec::with_capacity(rows.len()));
    for row in &rows {
        let (prev, seq) = (row.int(0)?, row.int(1)?);
        let Ok(change) = serde_json::from_str::<Change>(row.text(2)?) else { return Ok(None) };
        // Each write names the one before it; parts of one write share their position.
        if prev != reached && seq != reached {
            return Ok(None);
        }
        reached = seq;
        let Some(delta) = delta(sql, change)? else { return Ok(None) };
        deltas.push(delta);
    }
    Ok((reached == span.upto).then_some(deltas))
}

/// Forgets what every node has seen long ago. One that was away for longer reads everything anew.
pub(crate) fn prune(sql: &mut Sql<'_>, before: Timestamp) -> Result<u64, DbFault> {
    sql.run(PRUNE, &[before.into()])
}
