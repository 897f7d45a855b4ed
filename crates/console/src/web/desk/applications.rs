//! All applications, and the form that creates one.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_directory::applications::{self, ApplicationFilter, NewApplication};
use chancery_kernel::Outcome;
use chancery_model::{Application, ConsentRule, DualSubject, Principal, Profile};

use super::flash;
use super::lists::Asked;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::applications::{Row, View, render};
use crate::parts::Named;

pub(super) const PROFILES: &[(&str, Profile)] =
    &[("rfc8693", Profile::Rfc8693), ("agbac-1.0", Profile::Agbac), ("act_as", Profile::ActAs)];
pub(super) const SUBJECTS: &[(&str, DualSubject)] =
    &[("required", DualSubject::Required), ("agent_only", DualSubject::AgentOnly)];
pub(super) const CONSENTS: &[(&str, ConsentRule)] =
    &[("organization", ConsentRule::Organization), ("person", ConsentRule::Person)];

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { applications::list(&cx, &request, &ApplicationFilter::default()).await }
            },
            |app: &Arc<Application>| app.id.to_string(),
            |app| asked.fits(&[&app.name, &app.resource]),
        )
        .await?;
    let rows: Vec<Row> = found.items.iter().map(|app| row(seat, app)).collect();
    let noun = ("application", "applications");
    let pager = asked.pager(&links::applications(), found.next.as_ref(), rows.len(), noun);
    Ok(View { query: asked.q.clone(), rows, pager, ..View::default() })
}

fn row(seat: &Seat, app: &Application) -> Row {
    let hot = seat.console().platform.db.hot();
    let agents = hot.assignments_to(app.org, app.id).filter(|a| matches!(a.principal, Principal::Agent(_)));
    Row {
        application: Named::new(app.id.to_string(), &*app.name),
        resource: app.resource.clone(),
        profile: app.profile,
        dual_subject: app.dual_subject,
        enabled: app.enabled,
        scopes: app.scopes.len() as u64,
        agents: agents.count() as u64,
    }
}

pub(super) async fn create(posted: Posted) -> Response {
    match created(&posted).await {
        Ok(app) => posted.done(&links::application(&app.id.to_string()), &flash::CREATED),
        Err(refused) => {
            let asked = Asked::default();
            let view = view(&posted.seat, &asked);
            posted.again("create", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn created(posted: &Posted) -> Read<Arc<Application>> {
    let cx = posted.cx();
    let new = NewApplication {
        name: posted.text("name").to_owned(),
        description: posted.text("description").to_owned(),
        resource: posted.text("resource").to_owned(),
        profile: read::one_of("profile", posted.text("profile"), PROFILES)?,
        dual_subject: read::one_of("dual_subject", posted.text("dual_subject"), SUBJECTS)?,
        consent: read::one_of("consent", posted.text("consent"), CONSENTS)?,
        token_lifetime: read::seconds("token_lifetime", posted.text("token_lifetime"))?,
        owner: read::maybe_person(&cx, "owner", posted.text("owner")).await?,
        ..NewApplication::default()
    };
    Ok(applications::create(&cx, new).await?)
}
