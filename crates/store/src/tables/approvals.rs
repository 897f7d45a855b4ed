//! Approvals: one row each, changed by compare-and-set only. Live ones stand in the hot facts too.

mod leaving;

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_kernel::id::timed_uuid;
use chancery_kernel::{AgentId, ApprovalId, Fault, OrgId, Timestamp, UserId};
use chancery_model::{Approval, Closing, State};

use crate::fault::DbFault;
use crate::hot::{Delta, Record};
use crate::outbox::APPROVAL_MOVED;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::{blob, body, parse};
use crate::tx::Tx;

const INSERT: &str = "insert into approvals (id, org, usr, agent, hash, state, lapses, version, body) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const REPLACE: &str = "update approvals set state = $3, version = $4, body = $5 \
     where id = $1 and org = $2 and version = $6";
const FIND: &str = "select body from approvals where id = $1 and org = $2";
const BY_HASH: &str = "select body from approvals where hash = $1";
const LIVE: &str = "select body from approvals where state < 2";
const ANSWERED_BY: &str = "select body from approvals where org = $2 and state < 2 \
     and id in (select approval from approval_answers where usr = $1) order by id";
const REDEEMED_BY: &str = "select body from approvals where org = $2 and state = 5 \
     and id in (select approval from approval_answers where usr = $1 and approval > $3) order by id";
const ASKED_SINCE: &str = "select count(*), coalesce(sum(case when agent = $3 or (agent is null and $3 is null) then 1 else 0 end), 0) from approvals \
     where usr = $1 and org = $2 and id > $4";
const DENIED: &str = "select body from approvals where usr = $1 and org = $2 and id > $4 \
     and (agent = $3 or (agent is null and $3 is null)) and state = 2 order by id desc limit 20";
const ANSWERED: &str = "insert into approval_answers (usr, approval) values ($1, $2) on conflict do nothing";
const HISTORY: &str = "select body from approvals where org = $2 and state >= $4 \
     and (usr = $1 or id in (select approval from approval_answers where usr = $1)) order by id desc limit $3";
const PAGE: &str = "select body from approvals where org = $1 and id < $2 and ($3 < 0 or state = $3) \
     and ($4 = 0 or usr = $5) and ($6 = 0 or agent = $7) order by id desc limit $8";
pub const STATEMENTS: &[&str] = &[
    INSERT,
    REPLACE,
    FIND,
    BY_HASH,
    LIVE,
    ANSWERED_BY,
    REDEEMED_BY,
    ASKED_SINCE,
    DENIED,
    ANSWERED,
    HISTORY,
    PAGE,
];

fn read(row: &Row) -> Result<Approval, DbFault> {
    parse(row.text(0)?, "approval")
}

fn all(rows: &[Row]) -> Result<Vec<Approval>, DbFault> {
    rows.iter().map(read).collect()
}

/// The state's place in the list: what the column holds.
fn code(state: State) -> i64 {
    (0..).zip(State::ALL).find(|(_, s)| *s == state).map_or(i64::MAX, |(i, _)| i)
}

/// Reads what something can still become of.
pub(crate) fn load_live(sql: &mut Sql<'_>, each: &mut dyn FnMut(Record)) -> Result<(), DbFault> {
    for row in sql.rows(LIVE, &[])? {
        each(Record::Approval(Arc::new(read(&row)?)));
    }
    Ok(())
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: ApprovalId) -> Result<Option<Approval>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first().map(read).transpose()
}

/// By the keyed hash of the `auth_req_id`.
pub fn by_hash(sql: &mut Sql<'_>, hash: &[u8; 32]) -> Result<Option<Approval>, DbFault> {
    sql.rows(BY_HASH, &[hash.into()])?.first().map(read).transpose()
}

/// How often a person was asked since a moment: by this agent, and by all.
pub fn asked_since(
    sql: &mut Sql<'_>,
    org: OrgId,
    user: UserId,
    agent: Option<AgentId>,
    since: Timestamp,
) -> Result<(i64, i64), DbFault> {
    // Ids are ordered by time: this is one stretch of the person's index.
    let first = Value::from(timed_uuid(since, [0; 10]));
    let rows = sql.rows(ASKED_SINCE, &[blob(user), blob(org), agent.map_or(Value::Null, blob), first])?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(1)?, row.int(0)?)))
}

/// What a person was asked by this agent after this moment, and said no to: the latest first.
pub fn denied_since(
    sql: &mut Sql<'_>,
    org: OrgId,
    user: UserId,
    agent: Option<AgentId>,
    since: Timestamp,
) -> Result<Vec<Approval>, DbFault> {
    // Ids are ordered by time: this is one stretch of the person's index.
    let first = Value::from(timed_uuid(since, [0; 10]));
    all(&sql.rows(DENIED, &[blob(user), blob(org), agent.map_or(Value::Null, blob), first])?)
}

/// What a person was asked or answered, and what became of it, latest first. What still waits is not among it.
pub fn history(sql: &mut Sql<'_>, org: OrgId, user: UserId, most: i64) -> Result<Vec<Approval>, DbFault> {
    let past = code(State::Approved);
    all(&sql.rows(HISTORY, &[blob(user), blob(org), most.into(), past.into()])?)
}

/// What a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Goes on after this one.
    pub before: Option<ApprovalId>,
    pub state: Option<State>,
    pub user: Option<UserId>,
    pub agent: Option<AgentId>,
    pub most: i64,
}

/// Approvals of an organization, latest first.
pub fn page(sql: &mut Sql<'_>, org: OrgId, wanted: &Wanted) -> Result<Vec<Approval>, DbFault> {
    let last = || Value::Blob(vec![0xff; 16]);
    let nobody = || Value::Blob(vec![0; 16]);
    let args = [
        blob(org),
        wanted.before.map_or_else(last, blob),
        wanted.state.map_or(-1, code).into(),
        wanted.user.is_some().into(),
        wanted.user.map_or_else(nobody, blob),
        wanted.agent.is_some().into(),
        wanted.agent.map_or_else(nobody, blob),
        wanted.most.into(),
    ];
    all(&sql.rows(PAGE, &args)?)
}

/// The keyed hash as the record keeps it, and back.
pub fn ticket(hash: &[u8; 32]) -> String {
    let nibble = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    hash.iter().flat_map(|byte| [nibble(byte >> 4), nibble(byte & 15)]).collect()
}

impl Tx<'_> {
    /// Puts a question; `hash` is that of its `auth_req_id`.
    pub fn ask(&mut self, approval: Approval, hash: &[u8; 32]) -> Result<Arc<Approval>, Fault> {
        let org = self.org();
        let args = [
            blob(approval.id),
            blob(org),
            blob(approval.user),
            approval.agent.map_or(Value::Null, blob),
            hash.into(),
            code(approval.state).into(),
            approval.lapses.into(),
            approval.meta.version.into(),
            Value::Text(body(&approval, "approval")?),
        ];
        self.sql().run(INSERT, &args)?;
        self.tell_people(approval.id)?;
        self.tell_endpoints(&approval)?;
        let asked = Arc::new(approval);
        self.change(Delta::Put(Record::Approval(asked.clone())));
        Ok(asked)
    }

    /// The approval as the database has it at this moment, which the hot facts may not show yet.
    pub fn approval(&mut self, id: ApprovalId) -> Result<Approval, Fault> {
        let org = self.org();
        find(self.sql(), org, id)?.ok_or_else(|| Fault::not_found("approval"))
    }

    /// Replaces an approval whose version is still the one it was read at, and raises the version.
    pub fn replace_approval(&mut self, mut changed: Approval) -> Result<Arc<Approval>, Fault> {
        let read_at = changed.meta.version;
        changed.meta.version += 1;
        changed.meta.updated = self.now();
        // Of the organization of this write: another one's is as good as unknown.
        let org = self.org();
        let args = [
            blob(changed.id),
            blob(org),
            code(changed.state).into(),
            changed.meta.version.into(),
            Value::Text(body(&changed, "approval")?),
            read_at.into(),
        ];
        if self.sql().run(REPLACE, &args)? == 0 {
            return Err(Fault::stale("approval"));
        }
        // Here and nowhere else, so that no way to an end is forgotten.
        if changed.notify.is_some() && !matches!(changed.state, State::Pending | State::Redeemed) {
            self.outbox(APPROVAL_MOVED, serde_json::json!({ "approval": changed.id }));
        }
        if changed.state == State::Canceled {
            self.tell_people(changed.id)?;
        }
        if changed.state != State::Pending {
            self.tell_endpoints(&changed)?;
        }
        let changed = Arc::new(changed);
        let record = Record::Approval(changed.clone());
        self.change(if changed.state.is_live() { Delta::Put(record) } else { Delta::Remove(record) });
        Ok(changed)
    }

    /// Notes that this person answered it.
    pub fn note_answer(&mut self, approval: ApprovalId, by: UserId) -> Result<(), Fault> {
        self.sql().run(ANSWERED, &[blob(by), blob(approval)])?;
        Ok(())
    }

    /// Live approvals that concern a person, in the order of their asking: as the hot facts have them, and as this commit
    /// has changed them so far.
    pub fn live_of_user(&self, user: UserId) -> Vec<Arc<Approval>> {
        let standing = self.hot().approvals.of_person(self.org(), user);
        self.live(standing, |approval| approval.user == user)
    }

    /// The same of those that an agent asked for.
    pub fn live_of_agent(&self, agent: AgentId) -> Vec<Arc<Approval>> {
        let standing = self.hot().approvals.of_agent(self.org(), agent);
        self.live(standing, |approval| approval.agent == Some(agent))
    }

    fn live<'h>(
        &self,
        standing: impl Iterator<Item = &'h Arc<Approval>>,
        wanted: impl Fn(&Approval) -> bool,
    ) -> Vec<Arc<Approval>> {
        let mut live: BTreeMap<ApprovalId, Arc<Approval>> = standing.map(|a| (a.id, a.clone())).collect();
        let here = self.group.deltas.iter().filter(|(org, _)| *org == self.org());
        for (_, delta) in here {
            match delta {
                Delta::Put(Record::Approval(a)) if wanted(a) => drop(live.insert(a.id, a.clone())),
                Delta::Remove(Record::Approval(a)) => drop(live.remove(&a.id)),
                _ => {}
            }
        }
        live.into_values().collect()
    }

    /// How many wait for a person's answer: of this agent, or, without one, of what they ask for themselves; and of all.
    pub fn waiting(&self, user: UserId, agent: Option<AgentId>) -> (i64, i64) {
        let now = self.now();
        let live = self.live_of_user(user);
        let waits = |a: &&Arc<Approval>| a.state == State::Pending && a.lapses > now;
        let count = |of: &dyn Fn(&Approval) -> bool| {
            i64::try_from(live.iter().filter(waits).filter(|a| of(a)).count()).unwrap_or(i64::MAX)
        };
        (count(&|a| a.agent == agent), count(&|_| true))
    }

    /// Each is an event of its own. What has lapsed meanwhile is canceled all the same: nobody noted its end.
    pub fn cancel_all(&mut self, live: Vec<Arc<Approval>>, why: &str) -> Result<(), Fault> {
        let at = self.now();
        for approval in live {
            let closed = Some(Closing { at, why: why.to_owned() });
            let canceled = Approval { state: State::Canceled, closed, ..Approval::clone(&approval) };
            let canceled = self.replace_approval(canceled)?;
            let _ = self.record(Event::ApprovalCanceled {
                approval: canceled.id,
                user: canceled.user,
                agent: canceled.agent,
                reason: Text::new(why),
            });
        }
        Ok(())
    }
}
