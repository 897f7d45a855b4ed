//! The overview: what stands here, what was decided, what needs a hand.

use axum::Extension;
use axum::response::Response;
use chancery_context::Act;
use chancery_kernel::{AgentId, Outcome, PageRequest, Seconds, Timestamp};
use chancery_model::{Agent, Stage};
use chancery_watch::events::{Filter, timeline};

use super::lines;
use super::names::Names;
use super::seat::Seat;
use super::tally::Tallies;
use crate::pages::overview::{Attention, ContainedAgent, Stages, View, Why, render};
use crate::parts::Named;

/// Agents and credentials that end within this need a hand.
const NEAR: Seconds = Seconds::days(14);
/// Lines of the list; whoever has more to do than this begins here.
const MOST: usize = 12;

pub(super) async fn show(seat: Seat, Extension(tallies): Extension<Tallies>) -> Response {
    seat.show(view(&seat, &tallies).await, render)
}

async fn view(seat: &Seat, tallies: &Tallies) -> Outcome<View> {
    let mut view = counts(seat);
    if seat.may(Act::AgentRead) {
        agents(seat, &mut view);
    }
    if seat.may(Act::EventRead) {
        let cx = seat.cx();
        let counted = tallies.count(&cx).await?;
        let names = Names::of(seat);
        view.hours = counted.hours;
        view.short = counted.short;
        view.denials = counted.denials.iter().map(|seen| lines::row(&names, seen)).collect();
        let last = timeline(&cx, &Filter::default(), &PageRequest::new(None, Some(1))).await?;
        view.log_size = last.items.first().map_or(0, |seen| lines::position(&seen.entry));
    }
    Ok(view)
}

fn counts(seat: &Seat) -> View {
    let org = seat.cx().org;
    let hot = seat.console().platform.db.hot();
    let count = |act: Act, n: usize| if seat.may(act) { n as u64 } else { 0 };
    View {
        users: count(Act::UserRead, hot.users.of(org).count()),
        groups: count(Act::GroupRead, hot.groups.of(org).count()),
        applications: count(Act::ApplicationRead, hot.applications.of(org).count()),
        ..View::default()
    }
}

fn agents(seat: &Seat, view: &mut View) {
    let now = seat.cx().now();
    let all: Vec<_> = seat.console().platform.db.hot().agents.of(seat.cx().org).cloned().collect();
    let names = Names::of(seat);
    for agent in &all {
        tally(&mut view.agents, agent.stage);
        if let Some(held) = &agent.contained {
            view.contained.push(ContainedAgent {
                agent: named(agent),
                at: held.at,
                by: names.who(&held.by),
                reason: held.reason.clone(),
            });
        }
        if view.attention.len() < MOST
            && let Some(why) = needs(seat, agent, now)
        {
            view.attention.push(Attention { agent: named(agent), why });
        }
    }
}

fn named(agent: &Agent) -> Named {
    Named::new(agent.id.to_string(), &*agent.name)
}

fn tally(stages: &mut Stages, stage: Stage) {
    let slot = match stage {
        Stage::Staged => &mut stages.staged,
        Stage::Active => &mut stages.active,
        Stage::Suspended => &mut stages.suspended,
        Stage::Retired => &mut stages.retired,
    };
    *slot += 1;
}

/// The first thing that is not in order.
fn needs(seat: &Seat, agent: &Agent, now: Timestamp) -> Option<Why> {
    if agent.stage == Stage::Retired {
        return None;
    }
    let near = |end: &Timestamp| *end < now.plus(NEAR);
    if agent.sponsor.is_none() {
        return Some(Why::NoSponsor);
    }
    if agent.owners.is_empty() {
        return Some(Why::NoOwner);
    }
    if !answered_for(seat, agent) {
        return Some(Why::OwnerLeft);
    }
    if let Some(end) = agent.expires.filter(near) {
        return Some(Why::Expires(end));
    }
    let (any, last) = credentials(seat, agent.id);
    if !any {
        return Some(Why::NoCredential);
    }
    last.filter(near).map(Why::CredentialExpires)
}

/// Whether the sponsor and at least one owner are still active.
fn answered_for(seat: &Seat, agent: &Agent) -> bool {
    let hot = seat.console().platform.db.hot();
    let active = |id| hot.users.find(agent.org, id).is_some_and(|user| user.is_active());
    agent.sponsor.is_some_and(active) && agent.owners.iter().any(|owner| active(*owner))
}

/// Whether an enabled client can prove itself, and until when at most; without an end where one of them has none.
fn credentials(seat: &Seat, agent: AgentId) -> (bool, Option<Timestamp>) {
    let hot = seat.console().platform.db.hot();
    let clients: Vec<_> = hot.clients_of(agent).filter(|c| c.enabled && c.has_credential()).collect();
    let lasting = clients.iter().any(|c| !c.jwks.is_empty() || c.secrets.iter().any(|s| s.expires.is_none()));
    let ends = clients.iter().flat_map(|c| c.secrets.iter().filter_map(|s| s.expires)).max();
    (!clients.is_empty(), ends.filter(|_| !lasting))
}
