//! What an agent may do at an application: connections and their tiers.

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::connections::{self, ConnectionPatch, NewConnection};
use chancery_kernel::{AgentId, AppId, ConnectionId, Fault, Outcome, Scope, ScopeSet, Seconds, Timestamp};
use chancery_model::{ApproverRule, Tier};

use super::super::flash;
use super::super::read::{self, Read, Refused};
use super::super::seat::Posted;
use super::changes::{again, answer};
use crate::links;
use crate::parts::{tier, time};

/// The form's answers: a tier for each scope, and the limits.
struct Typed {
    auto: ScopeSet,
    approval: ScopeSet,
    never: ScopeSet,
    /// None: the rule that is written elsewhere stays.
    approver: Option<ApproverRule>,
    asks_by_itself: bool,
    longest_lifetime: Option<Seconds>,
    ends: Option<Timestamp>,
}

impl Typed {
    async fn read(posted: &Posted) -> Read<Self> {
        Ok(Self {
            auto: of(posted, Tier::Auto),
            approval: of(posted, Tier::Approval),
            never: of(posted, Tier::Never),
            approver: approver(posted).await?,
            asks_by_itself: posted.text("asks_by_itself") == "yes",
            longest_lifetime: read::seconds("longest_lifetime", posted.text("longest_lifetime"))?,
            ends: read::day("ends", posted.text("ends"))?,
        })
    }
}

/// The scopes that were put into a tier.
fn of(posted: &Posted, wanted: Tier) -> ScopeSet {
    let chosen = posted.fields.open().filter(|(_, value)| *value == tier::value(wanted));
    chosen.filter_map(|(name, _)| Scope::new(name.strip_prefix("tier.")?).ok()).collect()
}

async fn approver(posted: &Posted) -> Read<Option<ApproverRule>> {
    if posted.text("approver") == "kept" {
        return Ok(None);
    }
    let simple = [
        ("person", Some(ApproverRule::Person)),
        ("agent_owner", Some(ApproverRule::AgentOwner)),
        ("agent_sponsor", Some(ApproverRule::AgentSponsor)),
        ("application_owner", Some(ApproverRule::ApplicationOwner)),
        ("manager", Some(ApproverRule::Manager)),
        ("group", None),
    ];
    let chosen = simple.into_iter().find(|(word, _)| *word == posted.text("approver"));
    match chosen {
        Some((_, Some(rule))) => Ok(Some(rule)),
        Some((_, None)) => {
            let group = read::group(&posted.cx(), "approver_group", posted.text("approver_group")).await?;
            Ok(Some(ApproverRule::Group { group }))
        }
        None => Err(Refused::at("approver", "not_listed", "choose one of the list")),
    }
}

pub(in super::super) async fn connect(Path(id): Path<String>, posted: Posted) -> Response {
    let form = format!("connect-{}", posted.text("application"));
    let done = connected(&posted, &id).await;
    answer(&posted, &id, &form, done, &flash::CONNECTED).await
}

async fn connected(posted: &Posted, id: &str) -> Read<()> {
    let (agent, application) =
        (read::id::<AgentId>(id, "agent")?, read::id::<AppId>(posted.text("application"), "application")?);
    let Typed { auto, approval, never, approver, asks_by_itself, longest_lifetime, ends } =
        Typed::read(posted).await?;
    let approver = approver.unwrap_or_default().into();
    let new = NewConnection {
        agent,
        application,
        auto,
        approval,
        never,
        approver,
        asks_by_itself,
        longest_lifetime,
        ends,
    };
    connections::create(&posted.cx(), new).await?;
    Ok(())
}

pub(in super::super) async fn change(Path(id): Path<String>, posted: Posted) -> Response {
    let agent = match connection(&posted, &id).await {
        Ok((_, agent)) => agent,
        Err(fault) => return posted.seat.problem(&fault),
    };
    match changed(&posted, &id).await {
        Ok(()) => posted.done(&links::agent(&agent), &flash::SAVED),
        Err(refused) => again(&posted, &agent, &format!("tiers-{id}"), refused).await,
    }
}

/// The connection, and the agent on whose page it stands.
async fn connection(posted: &Posted, id: &str) -> Outcome<(ConnectionId, String)> {
    let found = connections::get(&posted.cx(), read::id::<ConnectionId>(id, "connection")?).await?;
    Ok((found.id, found.agent.to_string()))
}

async fn changed(posted: &Posted, id: &str) -> Read<()> {
    let cx = posted.cx();
    let present = connections::get(&cx, read::id::<ConnectionId>(id, "connection")?).await?;
    let typed = Typed::read(posted).await?;
    // A date field knows no hours: the day it was drawn with means that nothing changed.
    let same = present.ends.map(time::day).unwrap_or_default() == posted.text("ends");
    let patch = ConnectionPatch {
        auto: Some(typed.auto),
        approval: Some(typed.approval),
        never: Some(typed.never),
        approver: typed.approver.map(Into::into),
        asks_by_itself: Some(typed.asks_by_itself),
        longest_lifetime: Some(typed.longest_lifetime),
        ends: (!same).then_some(typed.ends),
    };
    connections::update(&cx, present.id, posted.fields.version(), patch).await?;
    Ok(())
}

pub(in super::super) async fn end(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (connection, agent) = connection(&posted, &id).await?;
        connections::delete(&posted.cx(), connection, posted.fields.version()).await?;
        Ok::<_, Fault>(agent)
    };
    match done.await {
        Ok(agent) => posted.done(&links::agent(&agent), &flash::CONNECTION_ENDED),
        Err(fault) => posted.seat.problem(&fault),
    }
}
