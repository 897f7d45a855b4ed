//! The kill switch, in two steps that work without scripts: a page that says what it will do, and its form.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::Response;
use chancery_context::Act;
use chancery_directory::agents;
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_kernel::{AgentId, Outcome, RunId};
use chancery_model::{Agent, Principal};
use chancery_watch::{runs, tokens};

use super::super::flash;
use super::super::lists::most;
use super::super::names::Names;
use super::super::read::{self, Read, Refused};
use super::super::seat::{Posted, Seat};
use super::linked;
use crate::links;
use crate::pages::stop::{Mode, View, render};
use crate::parts::Draft;
use crate::web::answer::see_other;

pub(in super::super) async fn ask_contain(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(view(&seat, &id, false).await, render)
}

pub(in super::super) async fn ask_release(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(view(&seat, &id, true).await, render)
}

async fn view(seat: &Seat, id: &str, release: bool) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<AgentId>(id, "agent")?);
    let agent = agents::get(&cx, id).await?;
    let live = tokens::live(&cx, id).await?.items;
    let people: BTreeSet<_> =
        live.iter().filter_map(|token| token.user.as_ref().map(|(id, _)| *id)).collect();
    Ok(View {
        agent: linked(id, &agent.name),
        version: agent.meta.version,
        mode: if release { held(seat, &agent) } else { Mode::Contain },
        tokens: live.len() as u64,
        people: people.len() as u64,
        applications: applications(seat, id).await?,
        draft: Draft::default(),
    })
}

/// An agent that nobody contained has nothing to be released from: its page says so by asking the other question.
fn held(seat: &Seat, agent: &Agent) -> Mode {
    agent.contained.as_ref().map_or(Mode::Contain, |held| Mode::Release {
        incident: held.incident.to_string(),
        at: held.at,
        by: Names::of(seat).who(&held.by),
        reason: held.reason.clone(),
    })
}

async fn applications(seat: &Seat, agent: AgentId) -> Outcome<Vec<String>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let of = AssignmentFilter { principal: Some(Principal::Agent(agent)), ..AssignmentFilter::default() };
    let found = assignments::list(&seat.cx(), &most(), &of).await?;
    let names = Names::of(seat);
    Ok(found.items.iter().map(|a| names.application(a.application).name).collect())
}

/// In doubt an agent is stopped, whatever changed since the page was drawn: no version is asked for.
pub(in super::super) async fn contain(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let agent = sure(&posted, &id)?;
        Ok(chancery_watch::contain(&posted.cx(), agent, posted.text("reason")).await?)
    };
    match done.await {
        // The page it leads to says it at its top, for as long as it holds.
        Ok(_) => see_other(&links::agent(&id)),
        Err(refused) => again(&posted, &id, refused, false).await,
    }
}

pub(in super::super) async fn release(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let agent = sure(&posted, &id)?;
        Ok(chancery_watch::release(&posted.cx(), agent, posted.text("reason")).await?)
    };
    match done.await {
        Ok(_) => posted.done(&links::agent(&id), &flash::RELEASED),
        Err(refused) => again(&posted, &id, refused, true).await,
    }
}

fn sure(posted: &Posted, id: &str) -> Read<AgentId> {
    let agent = read::id(id, "agent")?;
    if posted.text("sure") != "yes" {
        return Err(Refused::at("sure", "not_sure", "tick this to go on"));
    }
    Ok(agent)
}

async fn again(posted: &Posted, id: &str, refused: Refused, release: bool) -> Response {
    let page = view(&posted.seat, id, release);
    posted.again("stop", refused, page, |frame, view, draft| render(frame, &View { draft, ..view })).await
}

/// Stops one task: its tokens die, others of the agent go on.
pub(in super::super) async fn stop_run(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let run = read::id::<RunId>(posted.text("run"), "run")?;
        runs::stop(&posted.cx(), run, "stopped by hand, on the agent's page").await
    };
    posted.button(done.await, &links::agent(&id), &flash::TASK_STOPPED)
}
