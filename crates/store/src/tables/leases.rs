//! Leases: who has which secret, and for how long.

use chancery_audit::{Event, Text};
use chancery_kernel::{AgentId, Fault, GrantId, LeaseId, OrgId, RunId, SecretId, Timestamp};
use chancery_model::{Grant, Lease, MarkKey, Over};

use crate::fault::DbFault;
use crate::hot::Hot;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::{blob, body, parse};
use crate::tx::{Recorded, Tx};

const INSERT: &str = "insert into leases (id, org, secret, agent, usr, grant_id, until, over, body) \
     values ($1, $2, $3, $4, $5, $6, $7, null, $8)";
const END: &str = "update leases set over = $3, body = $4 where id = $1 and org = $2 and over is null";
const FIND: &str = "select body from leases where id = $1 and org = $2";
const OPEN_OF_SECRET: &str =
    "select body from leases where secret = $1 and org = $2 and over is null order by id";
const OPEN_OF_AGENT: &str =
    "select body from leases where agent = $1 and org = $2 and over is null order by id";
const OPEN_OF_GRANT: &str =
    "select body from leases where grant_id = $1 and org = $2 and over is null order by id";
const EXCLUSIVE: &str =
    "select body from leases where secret = $1 and org = $2 and over is null and until > $3 limit 64";
const OVERDUE: &str = "select body from leases where over is null and until <= $1 order by until limit $2";
const OPEN: &str = "select body from leases where over is null and id > $1 order by id limit $2";
const PAGE: &str = "select body from leases where org = $1 and id < $2 and ($3 = 0 or secret = $4) \
     and ($5 = 0 or agent = $6) and ($7 = 0 or over is null) order by id desc limit $8";
pub const STATEMENTS: &[&str] =
    &[INSERT, END, FIND, OPEN_OF_SECRET, OPEN_OF_AGENT, OPEN_OF_GRANT, EXCLUSIVE, OVERDUE, OPEN, PAGE];

fn read(row: &Row) -> Result<Lease, DbFault> {
    parse(row.text(0)?, "lease")
}

fn all(rows: &[Row]) -> Result<Vec<Lease>, DbFault> {
    rows.iter().map(read).collect()
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: LeaseId) -> Result<Option<Lease>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first().map(read).transpose()
}

/// Those of a secret that nobody ended, also such as are over by the clock.
pub fn open_of_secret(sql: &mut Sql<'_>, org: OrgId, id: SecretId) -> Result<Vec<Lease>, DbFault> {
    all(&sql.rows(OPEN_OF_SECRET, &[blob(id), blob(org)])?)
}

/// Those of a secret that are in force.
pub fn in_force(sql: &mut Sql<'_>, org: OrgId, id: SecretId, now: Timestamp) -> Result<Vec<Lease>, DbFault> {
    all(&sql.rows(EXCLUSIVE, &[blob(id), blob(org), now.into()])?)
}

/// Those of every organization whose time is over and whose end nobody noted.
pub fn overdue(sql: &mut Sql<'_>, now: Timestamp, most: i64) -> Result<Vec<Lease>, DbFault> {
    all(&sql.rows(OVERDUE, &[now.into(), most.into()])?)
}

/// Those of every organization that nobody ended, some at a time.
pub fn open(sql: &mut Sql<'_>, after: Option<LeaseId>, most: i64) -> Result<Vec<Lease>, DbFault> {
    let after = after.map_or_else(|| Value::Blob(vec![0; 16]), blob);
    all(&sql.rows(OPEN, &[after, most.into()])?)
}

/// What a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Goes on after this one.
    pub before: Option<LeaseId>,
    pub secret: Option<SecretId>,
    pub agent: Option<AgentId>,
    /// Only what nobody ended.
    pub open: bool,
    pub most: i64,
}

/// Leases of an organization, latest first.
pub fn page(sql: &mut Sql<'_>, org: OrgId, wanted: &Wanted) -> Result<Vec<Lease>, DbFault> {
    let last = || Value::Blob(vec![0xff; 16]);
    let args = [
        blob(org),
        wanted.before.map_or_else(last, blob),
        wanted.secret.is_some().into(),
        wanted.secret.map_or_else(last, blob),
        wanted.agent.is_some().into(),
        wanted.agent.map_or_else(last, blob),
        wanted.open.into(),
        wanted.most.into(),
    ];
    all(&sql.rows(PAGE, &args)?)
}

/// Whether a lease still gives anything: its time is not over, and everything that it rests on is still there.
pub fn stands(hot: &Hot, lease: &Lease, now: Timestamp) -> bool {
    lease.in_force(now) && why_over(hot, lease, now).is_none()
}

/// A run is stopped once and for all, so a mark on it says so wherever it stands.
pub fn run_stopped(hot: &Hot, run: Option<RunId>) -> bool {
    run.is_some_and(|run| hot.killed_by(&[MarkKey::Run(run)], i64::MIN).is_some())
}

/// What ended it, if something did.
pub fn why_over(hot: &Hot, lease: &Lease, now: Timestamp) -> Option<&'static str> {
    if now >= lease.until {
        return Some("its time was over");
    }
    let granted = |id| hot.grants.find(lease.org, id).is_some_and(|grant| Grant::in_force(grant, now));
    if lease.grant.is_some_and(|id| !granted(id)) {
        return Some("the permission it rested on ended");
    }
    if lease.agent.is_some_and(|id| !hot.agents.find(lease.org, id).is_some_and(|a| a.is_live(now))) {
        return Some("the agent may not act any more");
    }
    if lease.user.is_some_and(|id| !hot.users.find(lease.org, id).is_some_and(|u| u.is_active())) {
        return Some("the person may not act any more");
    }
    run_stopped(hot, lease.run).then_some("its task was stopped")
}

/// Why a lease ends, and whether somebody else than its holder ended it.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    pub why: &'a str,
    pub forced: bool,
}

impl Tx<'_> {
    pub fn lend(&mut self, lease: &Lease) -> Result<(), Fault> {
        let args = [
            blob(lease.id),
            blob(self.org()),
            blob(lease.secret),
            lease.agent.map_or(Value::Null, blob),
            lease.user.map_or(Value::Null, blob),
            lease.grant.map_or(Value::Null, blob),
            lease.until.into(),
            Value::Text(body(lease, "lease")?),
        ];
        self.sql().run(INSERT, &args)?;
        Ok(())
    }

    /// The lease as the database has it.
    pub fn lease(&mut self, id: LeaseId) -> Result<Lease, Fault> {
        let org = self.org();
        find(self.sql(), org, id)?.ok_or_else(|| Fault::not_found("lease"))
    }

    /// Ends a lease, with its event, and kills what was obtained with it. None if it had ended.
    pub fn end_lease(&mut self, lease: &Lease, end: End<'_>) -> Result<Option<Recorded>, Fault> {
        let over = Over { at: self.now(), why: end.why.to_owned() };
        let ended = Lease { over: Some(over), ..lease.clone() };
        let (org, now) = (self.org(), self.now());
        let args = [blob(ended.id), blob(org), now.into(), Value::Text(body(&ended, "lease")?)];
        if self.sql().run(END, &args)? == 0 {
            return Ok(None);
        }
        let recorded = self.record(Event::LeaseEnded {
            lease: ended.id,
            secret: ended.secret,
            agent: ended.agent,
            user: ended.user,
            reason: Text::new(end.why),
            forced: end.forced,
        });
        self.mark(MarkKey::Grant(ended.key()), recorded.pos)?;
        self.rotate_after(ended.secret)?;
        Ok(Some(recorded))
    }

    /// Where a secret is to be rotated after use, and nobody has it any more, that is due now.
    fn rotate_after(&mut self, id: SecretId) -> Result<(), Fault> {
        let (org, now) = (self.org(), self.now());
        let Some(secret) = super::secrets::find(self.sql(), org, id)? else { return Ok(()) };
        if !secret.rotation.is_some_and(|rotation| rotation.after_use) {
            return Ok(());
        }
        if in_force(self.sql(), org, id, now)?.is_empty() {
            self.schedule_rotation(id, Some(now), 0)?;
        }
        Ok(())
    }

    /// Ends every lease of an agent: containment, or the end of its work.
    pub fn end_leases_of_agent(&mut self, agent: AgentId, why: &str) -> Result<(), Fault> {
        let args = [blob(agent), blob(self.org())];
        let open = all(&self.sql().rows(OPEN_OF_AGENT, &args)?)?;
        self.end_all(&open, why)
    }

    /// Ends every lease that rests on a permission.
    pub fn end_leases_of_grant(&mut self, grant: GrantId, why: &str) -> Result<(), Fault> {
        let args = [blob(grant), blob(self.org())];
        let open = all(&self.sql().rows(OPEN_OF_GRANT, &args)?)?;
        self.end_all(&open, why)
    }

    /// Ends every lease of a secret.
    pub fn end_leases_of_secret(&mut self, id: SecretId, why: &str) -> Result<(), Fault> {
        let org = self.org();
        let open = open_of_secret(self.sql(), org, id)?;
        self.end_all(&open, why)
    }

    fn end_all(&mut self, open: &[Lease], why: &str) -> Result<(), Fault> {
        for lease in open {
            self.end_lease(lease, End { why, forced: true })?;
        }
        Ok(())
    }
}
