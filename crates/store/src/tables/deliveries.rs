//! Messages to endpoints, and what came of them: what the people who run an endpoint look at when something is missing.

use chancery_kernel::{ApprovalId, DeliveryId, EndpointId, Fault, Id, OrgId, Timestamp};
use chancery_model::{Approval, Endpoint, State, Told};

use crate::fault::DbFault;
use crate::outbox::TELL_ENDPOINT;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::blob;
use crate::tx::Tx;

const ADD: &str = "insert into deliveries (id, org, endpoint, approval, event, state, status, tries, at, tried, problem) \
     values ($1, $2, $3, $4, $5, 0, null, 0, $6, null, null)";
const FIND: &str = "select id, org, endpoint, approval, event, state, status, tries, at, tried, problem from deliveries \
     where id = $1 and org = $2";
const PAGE: &str = "select id, org, endpoint, approval, event, state, status, tries, at, tried, problem from deliveries \
     where endpoint = $1 and org = $2 and id < $3 order by id desc limit $4";
const NOTE: &str = "update deliveries set state = $3, status = $4, tries = tries + 1, tried = $5, problem = $6 \
     where id = $1 and org = $2 and state = 0";
const OVERTAKE: &str =
    "update deliveries set state = 3, problem = $3 where id = $1 and org = $2 and state = 0";
const TESTS: &str =
    "select count(*) from deliveries where endpoint = $1 and org = $2 and approval is null and state = 0";
const FORGET: &str = "delete from deliveries where endpoint = $1 and org = $2 and state > 0 and id < \
     (select id from deliveries where endpoint = $1 and org = $2 order by id desc limit 1 offset $3)";
const DROP: &str = "delete from deliveries where endpoint = $1 and org = $2";
pub const STATEMENTS: &[&str] = &[ADD, FIND, PAGE, NOTE, OVERTAKE, TESTS, FORGET, DROP];

/// So many of each endpoint are kept.
pub const KEPT: i64 = 500;

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not delivered yet.
    Waiting,
    Delivered,
    /// It is not tried any more.
    Failed,
    /// What it would have said was no longer so when it was to be sent: nothing was sent.
    Overtaken,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Overtaken];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Overtaken => "overtaken",
        }
    }

    fn code(self) -> i64 {
        (0..).zip(Self::ALL).find(|(_, s)| *s == self).map_or(2, |(i, _)| i)
    }

    fn read(code: i64) -> Self {
        (0..).zip(Self::ALL).find(|(i, _)| *i == code).map_or(Self::Failed, |(_, s)| s)
    }
}

/// One message. Nothing of what the endpoint answered is kept but its status.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub org: OrgId,
    pub endpoint: EndpointId,
    /// None: a test.
    pub approval: Option<ApprovalId>,
    /// A word of [`Told`], or `test`.
    pub event: String,
    pub outcome: Outcome,
    /// Of the last attempt that was answered.
    pub status: Option<i64>,
    pub tries: i64,
    pub at: Timestamp,
    /// When it was last tried.
    pub tried: Option<Timestamp>,
    pub problem: Option<String>,
}

/// What came of one attempt.
#[derive(Clone, Debug)]
pub struct Attempted {
    pub outcome: Outcome,
    pub status: Option<i64>,
    pub at: Timestamp,
    pub problem: Option<String>,
}

/// As a test message is called.
pub const TEST: &str = "test";

fn read(row: &Row) -> Result<Delivery, DbFault> {
    Ok(Delivery {
        id: row.id(0)?,
        org: row.id(1)?,
        endpoint: row.id(2)?,
        approval: row.maybe_uuid(3)?.map(ApprovalId::from_uuid),
        event: row.text(4)?.to_owned(),
        outcome: Outcome::read(row.int(5)?),
        status: row.maybe_int(6)?,
        tries: row.int(7)?,
        at: row.time(8)?,
        tried: row.maybe_time(9)?,
        problem: row.maybe_text(10)?.map(str::to_owned),
    })
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: DeliveryId) -> Result<Option<Delivery>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first().map(read).transpose()
}

/// Those of an endpoint, latest first.
pub fn page(
    sql: &mut Sql<'_>,
    org: OrgId,
    endpoint: EndpointId,
    before: Option<DeliveryId>,
    most: i64,
) -> Result<Vec<Delivery>, DbFault> {
    let before = before.map_or_else(|| Value::Blob(vec![0xff; 16]), blob);
    sql.rows(PAGE, &[blob(endpoint), blob(org), before, most.into()])?.iter().map(read).collect()
}

/// Notes an attempt, and forgets what is older than the last few hundred.
pub fn note(sql: &mut Sql<'_>, delivery: &Delivery, done: &Attempted) -> Result<(), DbFault> {
    let (id, org, endpoint) = (blob(delivery.id), blob(delivery.org), blob(delivery.endpoint));
    let problem = done.problem.clone();
    let args =
        [id, org.clone(), done.outcome.code().into(), done.status.into(), done.at.into(), problem.into()];
    sql.run(NOTE, &args)?;
    sql.run(FORGET, &[endpoint, org, KEPT.into()]).map(drop)
}

/// Notes that nothing was sent, and why.
pub fn overtake(sql: &mut Sql<'_>, delivery: &Delivery, why: &str) -> Result<(), DbFault> {
    sql.run(OVERTAKE, &[blob(delivery.id), blob(delivery.org), why.into()]).map(drop)
}

impl Tx<'_> {
    /// Has every endpoint told that wants to hear of what has just become of this question: in the same commit.
    pub(crate) fn tell_endpoints(&mut self, approval: &Approval) -> Result<(), Fault> {
        let access = approval.access.as_ref();
        // Nobody was asked. And what an answer made a permission is redeemed with the answer; all else is fetched later.
        if access.is_some_and(|access| access.emergency.is_some())
            || (approval.state == State::Redeemed && approval.grants_for.is_none())
        {
            return Ok(());
        }
        let told = Told::of(approval.state);
        let org = self.org();
        let wanting = |endpoint: &&std::sync::Arc<Endpoint>| endpoint.wants(told);
        let endpoints: Vec<EndpointId> =
            self.hot().endpoints.of(org).filter(wanting).map(|endpoint| endpoint.id).collect();
        for endpoint in endpoints {
            self.deliver(endpoint, Some(approval.id), told.as_str())?;
        }
        Ok(())
    }

    /// Queues one message.
    pub fn deliver(
        &mut self,
        endpoint: EndpointId,
        approval: Option<ApprovalId>,
        event: &str,
    ) -> Result<DeliveryId, Fault> {
        let id: DeliveryId = self.id();
        let args = [
            blob(id),
            blob(self.org()),
            blob(endpoint),
            approval.map_or(Value::Null, blob),
            event.into(),
            self.now().into(),
        ];
        self.sql().run(ADD, &args)?;
        self.outbox(TELL_ENDPOINT, serde_json::json!({ "delivery": id }));
        Ok(id)
    }

    /// How many tests of an endpoint wait.
    pub fn waiting_tests(&mut self, endpoint: EndpointId) -> Result<i64, Fault> {
        let args = [blob(endpoint), blob(self.org())];
        Ok(self.sql().rows(TESTS, &args)?.first().map_or(Ok(0), |row| row.int(0))?)
    }

    /// Forgets what was and is to be delivered to an endpoint that is removed.
    pub fn drop_deliveries(&mut self, endpoint: EndpointId) -> Result<(), Fault> {
        let args = [blob(endpoint), blob(self.org())];
        self.sql().run(DROP, &args)?;
        Ok(())
    }
}
