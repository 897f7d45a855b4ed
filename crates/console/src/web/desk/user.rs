//! One person: their page, and what an administrator changes of them.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::agents::{self, AgentFilter};
use chancery_directory::users::{self, UserPatch};
use chancery_kernel::{Outcome, UserId};
use chancery_model::{Agent, Assignment, Principal, User};
use chancery_watch::tokens::Holder;

use super::flash::{self, Note};
use super::lists::most;
use super::names::Names;
use super::read::{self, Read, Refused};
use super::seat::{Posted, Seat};
use super::{lines, tokens};
use crate::links;
use crate::pages::user::{Reach, View, render};
use crate::parts::{Draft, Named};

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, render)
}

async fn page(seat: &Seat, id: &str) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<UserId>(id, "user")?);
    let user = users::get(&cx, id).await?;
    let agents = agents_of(seat, id).await?;
    let (tokens, more_tokens) = tokens::of(seat, Holder::User(id)).await?;
    let groups = if seat.may(Act::GroupRead) { users::groups(&cx, id).await? } else { Vec::new() };
    let named = |agent: &Arc<Agent>| Named::new(agent.id.to_string(), &*agent.name);
    let names = Names::of(seat);
    Ok(View {
        id: id.to_string(),
        version: user.meta.version,
        login: user.login.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        status: user.status,
        manager: user.manager.map(|id| names.user(id)),
        created: user.meta.created,
        groups: groups.iter().map(|group| Named::new(group.id.to_string(), &*group.name)).collect(),
        reaches: reaches(seat, &names, id),
        sponsors: agents.iter().filter(|agent| agent.sponsor == Some(id)).map(named).collect(),
        owns: agents.iter().filter(|agent| agent.owners.contains(&id)).map(named).collect(),
        oneself: seat.visit.present.as_ref().is_some_and(|present| present.user.id == id),
        tokens,
        more_tokens,
        factors: users::factors::list(&cx, id).await?.factors.into_iter().map(|f| f.name).collect(),
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        draft: Draft::default(),
    })
}

async fn agents_of(seat: &Seat, user: UserId) -> Outcome<Vec<Arc<Agent>>> {
    if !seat.may(Act::AgentRead) {
        return Ok(Vec::new());
    }
    let filter = AgentFilter { owner: Some(user), ..AgentFilter::default() };
    Ok(agents::list(&seat.cx(), &most(), &filter).await?.items)
}

/// Applications, and the way the person comes to each.
fn reaches(seat: &Seat, names: &Names, user: UserId) -> Vec<Reach> {
    if !seat.may(Act::AssignmentRead) {
        return Vec::new();
    }
    let found: Vec<Arc<Assignment>> = {
        let (hot, org) = (seat.console().platform.db.hot(), seat.cx().org);
        let groups = hot.groups_of(user).map(Principal::Group);
        let ways = std::iter::once(Principal::User(user)).chain(groups);
        ways.flat_map(|way| hot.assignments_of(org, way)).cloned().collect()
    };
    let reach = |a: &Arc<Assignment>| Reach {
        application: names.application(a.application),
        through: match a.principal {
            Principal::Group(group) => Some(names.group(group)),
            _ => None,
        },
        scopes: a.scopes.iter().flatten().map(ToString::to_string).collect(),
    };
    found.iter().map(reach).collect()
}

pub(super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    answer(&posted, &id, "profile", done, &flash::SAVED).await
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<User>> {
    let (cx, id) = (posted.cx(), read::id::<UserId>(id, "user")?);
    let patch = UserPatch {
        login: None,
        email: Some(posted.text("email").to_owned()),
        display_name: Some(posted.text("display_name").to_owned()),
        manager: Some(read::maybe_person(&cx, "manager", posted.text("manager")).await?),
    };
    Ok(users::update(&cx, id, posted.fields.version(), patch).await?)
}

pub(super) async fn set_password(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let user = read::id::<UserId>(&id, "user")?;
        let set = users::set_password(&posted.cx(), user, posted.fields.secret("password")).await;
        set.map_err(|fault| misplaced_password(fault.into()))
    };
    let done = done.await;
    answer(&posted, &id, "password", done, &flash::PASSWORD_SET).await
}

/// After a loss.
pub(super) async fn reset_factors(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let user = read::id::<UserId>(&id, "user")?;
        Ok(users::factors::reset(&posted.cx(), user, posted.text("reason")).await?)
    };
    let done: Read<()> = done.await;
    answer(&posted, &id, "factors", done, &flash::FACTORS_RESET).await
}

/// A password never comes back as typed, so its field is named here.
pub(super) fn misplaced_password(refused: Refused) -> Refused {
    if refused.fault.code == "bad_password" { Refused { field: "password", ..refused } } else { refused }
}

async fn answer<T>(posted: &Posted, id: &str, form: &str, done: Read<T>, note: &'static Note) -> Response {
    match done {
        Ok(_) => posted.done(&links::user(id), note),
        Err(refused) => {
            let view = page(&posted.seat, id);
            posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

pub(super) async fn disable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let user = read::id::<UserId>(&id, "user")?;
        users::disable(&posted.cx(), user, posted.fields.version(), None).await
    };
    posted.button(done.await, &links::user(&id), &flash::USER_DISABLED)
}

pub(super) async fn enable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let user = read::id::<UserId>(&id, "user")?;
        users::enable(&posted.cx(), user, posted.fields.version()).await
    };
    posted.button(done.await, &links::user(&id), &flash::USER_ENABLED)
}
