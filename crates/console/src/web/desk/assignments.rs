//! Assigning, from the page of an application or of an agent, and taking it back, from wherever it was listed.

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::agents::{self, AgentFilter};
use chancery_directory::assignments::{self, NewAssignment};
use chancery_kernel::{AgentId, AppId, AssignmentId, Fault, PageRequest};
use chancery_model::Principal;

use super::agent::changes;
use super::read::{self, Read, Refused};
use super::seat::Posted;
use super::{application, flash};
use crate::links;
use crate::pages::application as page;

/// The form stands on two pages; each sends along where it stands.
pub(super) async fn assign(posted: Posted) -> Response {
    let on_agent = posted.text("on") == "agent";
    let here = if on_agent { posted.text("name") } else { posted.text("application") };
    let back = if on_agent { links::agent(here) } else { links::application(here) };
    match assigned(&posted).await {
        Ok(()) => posted.done(&back, &flash::ASSIGNED),
        Err(refused) if on_agent => changes::again(&posted, here, "assign", refused).await,
        Err(refused) => {
            let view = application::page(&posted.seat, here);
            let draw = |frame: &_, view, draft| page::render(frame, &page::View { draft, ..view });
            posted.again("assign", refused, view, draw).await
        }
    }
}

async fn assigned(posted: &Posted) -> Read<()> {
    let cx = posted.cx();
    let application: AppId = read::application(&cx, "application", posted.text("application")).await?;
    let principal = principal(posted).await?;
    let scopes = read::scopes("scopes", posted.text("scopes"))?;
    assignments::assign(&cx, NewAssignment { principal, application, scopes }).await?;
    Ok(())
}

async fn principal(posted: &Posted) -> Read<Principal> {
    let (cx, name) = (posted.cx(), posted.text("name"));
    match posted.text("kind") {
        "agent" => agent(posted, name).await.map(Principal::Agent),
        "group" => read::group(&cx, "name", name).await.map(Principal::Group),
        "user" => read::person(&cx, "name", name).await.map(Principal::User),
        other => read::one_of("kind", other, &[]),
    }
}

async fn agent(posted: &Posted, text: &str) -> Read<AgentId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let named = AgentFilter { name: Some(text.to_owned()), ..AgentFilter::default() };
    let found = agents::list(&posted.cx(), &PageRequest::new(None, Some(1)), &named).await?;
    let none = || Refused::at("name", "unknown_agent", "there is no agent of this name: type it in full");
    found.items.first().map(|agent| agent.id).ok_or_else(none)
}

/// Back to the page of the principal or of the application, whichever listed it.
pub(super) async fn unassign(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let cx = posted.cx();
        let found = assignments::get(&cx, read::id::<AssignmentId>(&id, "assignment")?).await?;
        assignments::unassign(&cx, found.id, posted.fields.version()).await?;
        Ok::<_, Fault>(found)
    };
    match done.await {
        Ok(found) => {
            let to = match (posted.text("on"), found.principal) {
                ("agent", Principal::Agent(id)) => links::agent(&id.to_string()),
                ("group", Principal::Group(id)) => links::group(&id.to_string()),
                _ => links::application(&found.application.to_string()),
            };
            posted.done(&to, &flash::UNASSIGNED)
        }
        Err(fault) => posted.seat.problem(&fault),
    }
}
