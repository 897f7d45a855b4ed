//! One group: who is in it, and what that gives them.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_directory::groups::{self, GroupPatch};
use chancery_kernel::{GroupId, Outcome, UserId};
use chancery_model::{Group, Principal, User};

use super::flash::{self, Note};
use super::lines;
use super::lists::{Asked, most};
use super::names::Names;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::group::{Gives, Member, View, render};
use crate::parts::{Draft, Named};

/// Rows of the list of evidence.
const EVIDENCE: usize = 8;

pub(super) async fn show(seat: Seat, Path(id): Path<String>, Query(asked): Query<Asked>) -> Response {
    seat.show(page(&seat, &id, &asked).await, render)
}

async fn page(seat: &Seat, id: &str, asked: &Asked) -> Outcome<View> {
    let (cx, id) = (seat.cx(), read::id::<GroupId>(id, "group")?);
    let group = groups::get(&cx, id).await?;
    let members = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { groups::members(&cx, id, &request).await }
            },
            |user: &Arc<User>| user.id.to_string(),
            |_| true,
        )
        .await?;
    let rows: Vec<Member> = members.items.iter().map(|user| member(user)).collect();
    let noun = ("member", "members");
    let count = seat.console().platform.db.hot().members_of(id).count() as u64;
    let pager = asked.pager(&links::group(&id.to_string()), members.next.as_ref(), rows.len(), noun);
    Ok(View {
        id: id.to_string(),
        version: group.meta.version,
        name: group.name.clone(),
        description: group.description.clone(),
        members: rows,
        pager,
        count,
        gives: gives(seat, id).await?,
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        draft: Draft::default(),
    })
}

fn member(user: &User) -> Member {
    Member {
        user: Named::new(user.id.to_string(), &*user.login),
        display_name: user.display_name.clone(),
        status: user.status,
    }
}

async fn gives(seat: &Seat, group: GroupId) -> Outcome<Vec<Gives>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let of = AssignmentFilter { principal: Some(Principal::Group(group)), ..AssignmentFilter::default() };
    let found = assignments::list(&seat.cx(), &most(), &of).await?;
    let names = Names::of(seat);
    let row = |a: &Arc<chancery_model::Assignment>| Gives {
        assignment: a.id.to_string(),
        version: a.meta.version,
        application: names.application(a.application),
        scopes: a.scopes.iter().flatten().map(ToString::to_string).collect(),
    };
    Ok(found.items.iter().map(row).collect())
}

pub(super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    answer(&posted, &id, "edit", done, &flash::SAVED).await
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<Group>> {
    let group = read::id::<GroupId>(id, "group")?;
    let patch = GroupPatch {
        name: Some(posted.text("name").to_owned()),
        description: Some(posted.text("description").to_owned()),
    };
    Ok(groups::update(&posted.cx(), group, posted.fields.version(), patch).await?)
}

pub(super) async fn add_member(Path(id): Path<String>, posted: Posted) -> Response {
    let done = added(&posted, &id).await;
    answer(&posted, &id, "member", done, &flash::MEMBER_ADDED).await
}

async fn added(posted: &Posted, id: &str) -> Read<()> {
    let (cx, group) = (posted.cx(), read::id::<GroupId>(id, "group")?);
    let user = read::person(&cx, "user", posted.text("user")).await?;
    Ok(groups::add_member(&cx, group, user).await?)
}

async fn answer<T>(posted: &Posted, id: &str, form: &str, done: Read<T>, note: &'static Note) -> Response {
    match done {
        Ok(_) => posted.done(&links::group(id), note),
        Err(refused) => {
            let asked = Asked::default();
            let view = page(&posted.seat, id, &asked);
            posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

pub(super) async fn remove_member(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let group = read::id::<GroupId>(&id, "group")?;
        let user = read::id::<UserId>(posted.text("user"), "member of this group")?;
        groups::remove_member(&posted.cx(), group, user).await
    };
    posted.button(done.await, &links::group(&id), &flash::MEMBER_REMOVED)
}

pub(super) async fn delete(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let group = read::id::<GroupId>(&id, "group")?;
        groups::delete(&posted.cx(), group, posted.fields.version()).await
    };
    posted.button(done.await, &links::groups(), &flash::GROUP_DELETED)
}
