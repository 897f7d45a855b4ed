//! One agent: its page, and the forms on it.

pub(super) mod changes;
pub(super) mod clients;
mod facts;
pub(super) mod reach;
pub(super) mod stop;

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_directory::agents;
use chancery_kernel::{AgentId, Outcome};
use chancery_watch::tokens::Holder;

use super::names::Names;
use super::read;
use super::seat::Seat;
use super::{lines, tokens};
use crate::pages::agent::{Contained, View, render};
use crate::parts::{Draft, Named};

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, render)
}

async fn page(seat: &Seat, id: &str) -> Outcome<View> {
    view(seat, read::id(id, "agent")?).await
}

/// Everything on the page; parts the viewer may not see stay empty.
pub(super) async fn view(seat: &Seat, id: AgentId) -> Outcome<View> {
    let cx = seat.cx();
    let agent = agents::get(&cx, id).await?;
    let versions = agents::versions(&cx, id).await?;
    let (connections, connected) = facts::connections(seat, id).await?;
    let (tokens, more_tokens) = tokens::of(seat, Holder::Agent(id)).await?;
    let names = Names::of(seat);
    let case = agent.use_case.as_deref().cloned().unwrap_or_default();
    Ok(View {
        id: id.to_string(),
        version: agent.meta.version,
        name: agent.name.clone(),
        purpose: agent.purpose.clone(),
        task: case.task,
        data_sources: case.data_sources,
        action_classes: case.action_classes,
        business_owner: case.business_owner,
        stage: agent.stage,
        contained: agent.contained.as_ref().map(|held| Contained {
            incident: held.incident.to_string(),
            at: held.at,
            by: names.who(&held.by),
            reason: held.reason.clone(),
        }),
        owners: names.people(&agent.owners),
        sponsor: agent.sponsor.map(|id| names.user(id)),
        ownerless: seat.ownerless(&agent),
        expires: agent.expires,
        clients: facts::clients(seat, id).await?,
        assignments: facts::assignments(seat, id, &connected).await?,
        connections,
        tokens,
        more_tokens,
        history: facts::history(&names, &versions),
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        draft: Draft::default(),
    })
}

/// The page with a refused form on it.
fn redraw(frame: &crate::frame::Frame, view: View, draft: Draft) -> maud::Markup {
    render(frame, &View { draft, ..view })
}

fn linked(id: impl ToString, name: &str) -> Named {
    Named::new(id.to_string(), name)
}
