//! Assigning, from the page of an application, an agent or a client, and taking it back, from wherever it was listed.

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::assignments::{self, NewAssignment};
use chancery_kernel::{AppId, AssignmentId, Fault};
use chancery_model::Principal;

use super::agent::changes;
use super::read::{self, Read};
use super::seat::Posted;
use super::{application, client, flash};
use crate::links;
use crate::pages::application as page;

/// The form stands on three pages; each sends along where it stands.
pub(super) async fn assign(posted: Posted) -> Response {
    let (who, where_to) = (posted.text("name"), posted.text("application"));
    match (assigned(&posted).await, posted.text("on")) {
        (Ok(()), "agent") => posted.done(&links::agent(who), &flash::ASSIGNED),
        (Ok(()), "client") => posted.done(&links::client(who), &flash::ASSIGNED),
        (Ok(()), _) => posted.done(&links::application(where_to), &flash::ASSIGNED),
        (Err(refused), "agent") => changes::again(&posted, who, "assign", refused).await,
        (Err(refused), "client") => client::again(&posted, who, "assign", refused).await,
        (Err(refused), _) => {
            let view = application::page(&posted.seat, where_to);
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
        "agent" => read::agent(&cx, "name", name).await.map(Principal::Agent),
        "client" => read::client(&cx, "name", name).await.map(Principal::Client),
        "group" => read::group(&cx, "name", name).await.map(Principal::Group),
        "user" => read::person(&cx, "name", name).await.map(Principal::User),
        other => read::one_of("kind", other, &[]),
    }
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
                ("client", Principal::Client(id)) => links::client(&id.to_string()),
                ("group", Principal::Group(id)) => links::group(&id.to_string()),
                _ => links::application(&found.application.to_string()),
            };
            posted.done(&to, &flash::UNASSIGNED)
        }
        Err(fault) => posted.seat.problem(&fault),
    }
}
