//! All agents, and the form that registers one.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::agents::{self, AgentFilter, NewAgent};
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_kernel::{Outcome, PageRequest, Timestamp};
use chancery_model::{Agent, Principal, Stage, UseCase};
use chancery_watch::events::{Filter, timeline};

use super::flash;
use super::lists::{Asked, most};
use super::names::Names;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::agents::{Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let all = [Stage::Staged, Stage::Active, Stage::Suspended, Stage::Retired];
    let filter = AgentFilter {
        stage: all.into_iter().find(|stage| stage.as_str() == asked.stage),
        contained: (asked.stage == "contained").then_some(true),
        ..AgentFilter::default()
    };
    let found = asked
        .page(
            |request| {
                let (cx, filter) = (seat.cx(), filter.clone());
                async move { agents::list(&cx, &request, &filter).await }
            },
            |agent: &Arc<Agent>| agent.id.to_string(),
            |agent| asked.fits(&[&agent.name, &agent.purpose]),
        )
        .await?;
    let mut rows = Vec::with_capacity(found.items.len());
    for agent in &found.items {
        rows.push(row(seat, agent).await?);
    }
    let pager = asked.pager(&links::agents(), found.next.as_ref(), rows.len(), ("agent", "agents"));
    Ok(View { query: asked.q.clone(), stage: asked.stage.clone(), rows, pager, ..View::default() })
}

async fn row(seat: &Seat, agent: &Agent) -> Outcome<Row> {
    let names = Names::of(seat);
    Ok(Row {
        agent: Named::new(agent.id.to_string(), &*agent.name),
        purpose: agent.purpose.clone(),
        stage: agent.stage,
        contained: agent.contained.is_some(),
        sponsor: agent.sponsor.map(|id| names.user(id).name).unwrap_or_default(),
        ownerless: seat.ownerless(agent),
        applications: applications(seat, agent, &names).await?,
        latest: latest(seat, agent).await?,
    })
}

async fn applications(seat: &Seat, agent: &Agent, names: &Names) -> Outcome<Vec<String>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let of = AssignmentFilter { principal: Some(Principal::Agent(agent.id)), ..AssignmentFilter::default() };
    let found = assignments::list(&seat.cx(), &most(), &of).await?;
    Ok(found.items.iter().map(|a| names.application(a.application).name).collect())
}

/// When the log last named the agent.
async fn latest(seat: &Seat, agent: &Agent) -> Outcome<Option<Timestamp>> {
    if !seat.may(Act::EventRead) {
        return Ok(None);
    }
    let filter = Filter { subjects: vec![Subject::of(agent.id)], ..Filter::default() };
    let found = timeline(&seat.cx(), &filter, &PageRequest::new(None, Some(1))).await?;
    Ok(found.items.first().map(|seen| seen.entry.at()))
}

pub(super) async fn register(posted: Posted) -> Response {
    match registered(&posted).await {
        Ok(agent) => posted.done(&links::agent(&agent.id.to_string()), &flash::REGISTERED),
        Err(refused) => {
            let asked = Asked::default();
            let view = view(&posted.seat, &asked);
            posted.again("register", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn registered(posted: &Posted) -> Read<Arc<Agent>> {
    let cx = posted.cx();
    let new = NewAgent {
        name: posted.text("name").to_owned(),
        purpose: posted.text("purpose").to_owned(),
        use_case: UseCase {
            task: posted.text("task").to_owned(),
            data_sources: read::parts(posted.text("data_sources"), ','),
            action_classes: Vec::new(),
            business_owner: posted.text("business_owner").to_owned(),
        },
        owners: read::maybe_person(&cx, "owner", posted.text("owner")).await?.into_iter().collect(),
        sponsor: read::maybe_person(&cx, "sponsor", posted.text("sponsor")).await?,
        expires: read::day("expires", posted.text("expires"))?,
        why: None,
    };
    Ok(agents::register(&cx, new).await?)
}
