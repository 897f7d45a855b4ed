//! One application: its page, its scopes, its switches.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::applications::{self, ApplicationPatch};
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_directory::clients::{self, ClientFilter};
use chancery_kernel::{AppId, Outcome, Scope};
use chancery_model::{Action, Application, Assignment, Principal, ScopeRule, SigningAlg, Tier, Weight};

use super::applications::{CONSENTS, PROFILES, SUBJECTS};
use super::flash::{self, Note};
use super::lines;
use super::lists::most;
use super::names::Names;
use super::read::{self, Read, Refused};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::application::{Assigned, ScopeRow, View, render};
use crate::parts::{Draft, Named};

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;
const ACTIONS: &[(&str, Action)] = &[("read", Action::Read), ("change", Action::Change)];
const TIERS: &[(&str, Tier)] = &[("auto", Tier::Auto), ("approval", Tier::Approval), ("never", Tier::Never)];

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, render)
}

pub(super) async fn page(seat: &Seat, id: &str) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<AppId>(id, "application")?);
    let app = applications::get(&cx, id).await?;
    let assigned = assigned(seat, id).await?;
    let names = Names::of(seat);
    let of = |kind: fn(&Principal) -> bool| {
        let some = assigned.iter().filter(|a| kind(&a.principal));
        some.map(|a| Assigned {
            assignment: a.id.to_string(),
            version: a.meta.version,
            who: names.principal(a.principal),
            scopes: a.scopes.iter().flatten().map(ToString::to_string).collect(),
        })
        .collect()
    };
    Ok(View {
        id: id.to_string(),
        version: app.meta.version,
        name: app.name.clone(),
        description: app.description.clone(),
        resource: app.resource.clone(),
        profile: app.profile,
        dual_subject: app.dual_subject,
        consent: app.consent,
        alg: app.alg,
        token_lifetime: app.token_lifetime,
        owner: app.owner.map(|id| names.user(id)),
        enabled: app.enabled,
        builtin: app.builtin,
        scopes: app.scopes.iter().map(scope_row).collect(),
        users: of(|p| matches!(p, Principal::User(_))),
        groups: of(|p| matches!(p, Principal::Group(_))),
        agents: of(|p| matches!(p, Principal::Agent(_))),
        clients: of(|p| matches!(p, Principal::Client(_))),
        faces: faces(seat, id).await?,
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        draft: Draft::default(),
    })
}

async fn assigned(seat: &Seat, application: AppId) -> Outcome<Vec<Arc<Assignment>>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let to = AssignmentFilter { application: Some(application), ..AssignmentFilter::default() };
    Ok(assignments::list(&seat.cx(), &most(), &to).await?.items)
}

async fn faces(seat: &Seat, application: AppId) -> Outcome<Vec<Named>> {
    if !seat.may(Act::ClientRead) {
        return Ok(Vec::new());
    }
    let of = ClientFilter { application: Some(application), ..ClientFilter::default() };
    let found = clients::list(&seat.cx(), &most(), &of).await?;
    Ok(found.items.iter().map(|client| Named::new(client.id.to_string(), &*client.name)).collect())
}

fn scope_row(rule: &ScopeRule) -> ScopeRow {
    ScopeRow {
        name: rule.name.to_string(),
        title: rule.title.clone(),
        data: rule.data.clone(),
        action: rule.action,
        impact: rule.impact.clone(),
        tier: rule.tier,
        weight: rule.weight,
    }
}

pub(super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    answer(&posted, &id, "edit", done, &flash::SAVED).await
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<Application>> {
    let (cx, id) = (posted.cx(), read::id::<AppId>(id, "application")?);
    let algs = SigningAlg::ALL.map(|alg| (alg.as_str(), alg));
    let patch = ApplicationPatch {
        name: Some(posted.text("name").to_owned()),
        description: Some(posted.text("description").to_owned()),
        profile: Some(read::one_of("profile", posted.text("profile"), PROFILES)?),
        dual_subject: Some(read::one_of("dual_subject", posted.text("dual_subject"), SUBJECTS)?),
        consent: Some(read::one_of("consent", posted.text("consent"), CONSENTS)?),
        alg: Some(read::one_of("alg", posted.text("alg"), &algs)?),
        token_lifetime: read::seconds("token_lifetime", posted.text("token_lifetime"))?,
        owner: Some(read::maybe_person(&cx, "owner", posted.text("owner")).await?),
        ..ApplicationPatch::default()
    };
    Ok(applications::update(&cx, id, posted.fields.version(), patch).await?)
}

async fn answer<T>(posted: &Posted, id: &str, form: &str, done: Read<T>, note: &'static Note) -> Response {
    match done {
        Ok(_) => posted.done(&links::application(id), note),
        Err(refused) => {
            let view = page(&posted.seat, id);
            posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

pub(super) async fn set_scope(Path(id): Path<String>, posted: Posted) -> Response {
    let done = scope_set(&posted, &id).await;
    answer(&posted, &id, "scope", done, &flash::SCOPE_SAVED).await
}

/// The record holds the whole list; the version sees to it that nobody else changed it meanwhile.
async fn scope_set(posted: &Posted, id: &str) -> Read<Arc<Application>> {
    let bad = |_| Refused::at("name", "bad_scope", "a scope is one word, such as invoices.read");
    let rule = ScopeRule {
        name: Scope::new(posted.text("name")).map_err(bad)?,
        title: posted.text("title").to_owned(),
        data: posted.text("data").to_owned(),
        action: read::one_of("action", posted.text("action"), ACTIONS)?,
        impact: posted.text("impact").to_owned(),
        tier: read::one_of("tier", posted.text("tier"), TIERS)?,
        weight: match posted.text("impact_class") {
            "" => None,
            word => Some(
                Weight::parse(word)
                    .ok_or_else(|| Refused::at("impact_class", "not_listed", "choose one of the list"))?,
            ),
        },
        approver: None,
    };
    scopes_changed(posted, id, |scopes| match scopes.iter_mut().find(|known| known.name == rule.name) {
        // Who has to say yes stands on a page of its own.
        Some(known) => *known = ScopeRule { approver: known.approver.take(), ..rule },
        None => scopes.push(rule),
    })
    .await
}

pub(super) async fn remove_scope(Path(id): Path<String>, posted: Posted) -> Response {
    let gone = posted.text("name").to_owned();
    let done = scopes_changed(&posted, &id, |scopes| scopes.retain(|rule| rule.name.as_str() != gone)).await;
    posted.button(done, &links::application(&id), &flash::SCOPE_REMOVED)
}

async fn scopes_changed(
    posted: &Posted,
    id: &str,
    change: impl FnOnce(&mut Vec<ScopeRule>),
) -> Read<Arc<Application>> {
    let (cx, id) = (posted.cx(), read::id::<AppId>(id, "application")?);
    let mut scopes = applications::get(&cx, id).await?.scopes.clone();
    change(&mut scopes);
    let patch = ApplicationPatch { scopes: Some(scopes), ..ApplicationPatch::default() };
    Ok(applications::update(&cx, id, posted.fields.version(), patch).await?)
}

pub(super) async fn enable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let app = read::id::<AppId>(&id, "application")?;
        applications::enable(&posted.cx(), app, posted.fields.version()).await
    };
    posted.button(done.await, &links::application(&id), &flash::ENABLED)
}

pub(super) async fn disable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let app = read::id::<AppId>(&id, "application")?;
        applications::disable(&posted.cx(), app, posted.fields.version()).await
    };
    posted.button(done.await, &links::application(&id), &flash::DISABLED)
}
