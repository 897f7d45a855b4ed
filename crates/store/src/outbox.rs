//! The outbox: reactions that writes call for, done after them and repeated until done.
//!
//! A write adds rows with [`Tx::outbox`](crate::Tx::outbox). Whoever carries them out claims what is due, which lends it
//! to them until a time, and says through [`Db::maintain`](crate::Db::maintain) what came of it. Whoever dies meanwhile
//! gives it back by that time.

use chancery_kernel::{ApprovalId, Fault, OrgId, Timestamp, UserId};
use chancery_model::Approval;
use serde::{Deserialize, Serialize};

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::push;
use crate::tx::Tx;

/// An approval of a client that wants to be told has left the state it was in; see `Tx::replace_approval`.
pub const APPROVAL_MOVED: &str = "approval_moved";

/// A question waits for people, or was taken back: they are to be told. See `Tx::ask` and `Tx::replace_approval`.
pub const TELL: &str = "tell";
/// The same to one browser, and to one person by mail.
pub const TELL_PUSH: &str = "tell_push";
pub const TELL_MAIL: &str = "tell_mail";

/// One message to one endpoint of an organization; see `Tx::tell_endpoints`.
pub const TELL_ENDPOINT: &str = "tell_endpoint";

/// What a person is told that no question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// An administrator took their second factors away.
    FactorsReset { user: UserId, at: Timestamp },
}

/// What is to be told, as [`TELL`] says it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Telling {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval: Option<ApprovalId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<Notice>,
    /// It was handed on: those who could answer it at this moment have been told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beside: Option<Timestamp>,
    /// Nobody else: they stand in for somebody who is away.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stand_in: Option<UserId>,
}

/// A reaction that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub id: i64,
    pub org: OrgId,
    pub topic: String,
    /// JSON, as the write gave it.
    pub payload: String,
    pub at: Timestamp,
    /// When it is to be done; of a claimed one, until when it is lent.
    pub due: Timestamp,
    /// Attempts that failed.
    pub tries: i64,
    /// Why the last one failed.
    pub problem: Option<String>,
}

// So many of each organization: one whose endpoints hang must not keep the others waiting.
const DUE: &str = "select id, org, topic, payload, at, due, tries, problem from \
     (select *, row_number() over (partition by org order by due, id) as place from outbox where due <= $1) as waiting \
     where place <= $2 order by due, id limit $3";
const TAKE: &str = "update outbox set due = $2 where id = $1 and due = $3";
// SQLite gives the number of a row that is gone to the next one: a row is its number and the time until which it is lent.
const DONE: &str = "delete from outbox where id = $1 and due = $2";
const LATER: &str = "update outbox set due = $3, tries = tries + 1, problem = $4 where id = $1 and due = $2";
const KEEP: &str = "update outbox set payload = $3 where id = $1 and due = $2";
const ADD: &str = "insert into outbox (org, topic, payload, at, due, tries) values ($1, $2, $3, $4, $5, 0)";
const WAITING: &str = "select count(*) from outbox";
pub const STATEMENTS: &[&str] = &[DUE, TAKE, DONE, LATER, KEEP, ADD, WAITING];

fn read(row: &Row) -> Result<Reaction, DbFault> {
    Ok(Reaction {
        id: row.int(0)?,
        org: row.id(1)?,
        topic: row.text(2)?.to_owned(),
        payload: row.text(3)?.to_owned(),
        at: row.time(4)?,
        due: row.time(5)?,
        tries: row.int(6)?,
        problem: row.maybe_text(7)?.map(str::to_owned),
    })
}

/// How much to claim.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub most: usize,
    pub of_one_org: usize,
}

/// Reactions that are due, the longest overdue first.
pub fn due(sql: &mut Sql<'_>, now: Timestamp, share: Share) -> Result<Vec<Reaction>, DbFault> {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let rows = sql.rows(DUE, &[now.into(), number(share.of_one_org).into(), number(share.most).into()])?;
    rows.iter().map(read).collect()
}

/// Takes a reaction for oneself until a time; false if another node was faster.
pub fn take(sql: &mut Sql<'_>, reaction: &Reaction, until: Timestamp) -> Result<bool, DbFault> {
    Ok(sql.run(TAKE, &[reaction.id.into(), until.into(), reaction.due.into()])? == 1)
}

/// Takes these, and returns those that no other node was faster to take.
pub fn claim(sql: &mut Sql<'_>, found: Vec<Reaction>, until: Timestamp) -> Result<Vec<Reaction>, DbFault> {
    let mut mine = Vec::with_capacity(found.len());
    for reaction in found {
        if take(sql, &reaction, until)? {
            mine.push(Reaction { due: until, ..reaction });
        }
    }
    Ok(mine)
}

/// It is done, and forgotten; false if another node has it now.
pub fn done(sql: &mut Sql<'_>, lent: &Reaction) -> Result<bool, DbFault> {
    Ok(sql.run(DONE, &[lent.id.into(), lent.due.into()])? == 1)
}

/// It failed, and is due again later: unless it was lent for too short a time, and another node has it now.
pub fn later(sql: &mut Sql<'_>, lent: &Reaction, due: Timestamp, problem: &str) -> Result<(), DbFault> {
    sql.run(LATER, &[lent.id.into(), lent.due.into(), due.into(), problem.into()]).map(drop)
}

/// Puts others in its place, each tried by itself from now on; false if another node has it now.
pub fn split(
    sql: &mut Sql<'_>,
    lent: &Reaction,
    parts: &[(&str, String)],
    now: Timestamp,
) -> Result<bool, DbFault> {
    if !keep(sql, lent, &lent.payload)? {
        return Ok(false);
    }
    for (topic, payload) in parts {
        let (topic, payload) = ((*topic).into(), payload.as_str().into());
        sql.run(ADD, &[Value::id(lent.org), topic, payload, lent.at.into(), now.into()])?;
    }
    // Last, so that none of them gets its number: what comes of it is still to be noted under that.
    done(sql, lent)
}

/// Replaces what it says, for as long as it is lent to us; false if another node has it now.
pub fn keep(sql: &mut Sql<'_>, lent: &Reaction, payload: &str) -> Result<bool, DbFault> {
    Ok(sql.run(KEEP, &[lent.id.into(), lent.due.into(), payload.into()])? == 1)
}

/// How many reactions wait.
pub fn waiting(sql: &mut Sql<'_>) -> Result<i64, DbFault> {
    sql.rows(WAITING, &[])?.first().map_or(Ok(0), |row| row.int(0))
}

impl Tx<'_> {
    /// People are told, where there is a way to tell any of them.
    fn tell(&mut self, telling: &Telling) -> Result<(), Fault> {
        let org = self.org();
        if push::anybody(self.sql(), org)? {
            let payload = serde_json::to_value(telling).map_err(|e| Fault::internal(e.to_string()))?;
            self.outbox(TELL, payload);
        }
        Ok(())
    }

    /// That it waits, or was taken back.
    pub(crate) fn tell_people(&mut self, approval: ApprovalId) -> Result<(), Fault> {
        self.tell(&Telling { approval: Some(approval), ..Telling::default() })
    }

    /// That nobody answered it: those who may answer only now.
    pub fn tell_handed_on(&mut self, asked: &Approval) -> Result<(), Fault> {
        let (approval, beside) = (Some(asked.id), Some(asked.meta.created));
        self.tell(&Telling { approval, beside, ..Telling::default() })
    }

    /// That it waits for them too: somebody else is away.
    pub fn tell_stand_in(&mut self, approval: ApprovalId, stand_in: UserId) -> Result<(), Fault> {
        self.tell(&Telling { approval: Some(approval), stand_in: Some(stand_in), ..Telling::default() })
    }

    /// Something about themselves.
    pub fn tell_person(&mut self, notice: Notice) -> Result<(), Fault> {
        self.tell(&Telling { notice: Some(notice), ..Telling::default() })
    }
}
