//! All groups, and the form that creates one.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_directory::groups::{self, GroupFilter, NewGroup};
use chancery_kernel::Outcome;
use chancery_model::{Group, Principal};

use super::flash;
use super::lists::Asked;
use super::names::Names;
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::groups::{Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { groups::list(&cx, &request, &GroupFilter::default()).await }
            },
            |group: &Arc<Group>| group.id.to_string(),
            |group| asked.fits(&[&group.name, &group.description]),
        )
        .await?;
    let names = Names::of(seat);
    let rows: Vec<Row> = found.items.iter().map(|group| row(seat, &names, group)).collect();
    let pager = asked.pager(&links::groups(), found.next.as_ref(), rows.len(), ("group", "groups"));
    Ok(View { query: asked.q.clone(), rows, pager, ..View::default() })
}

fn row(seat: &Seat, names: &Names, group: &Group) -> Row {
    let (members, opened) = {
        let hot = seat.console().platform.db.hot();
        let opened = hot.assignments_of(group.org, Principal::Group(group.id));
        (hot.members_of(group.id).count(), opened.map(|a| a.application).collect::<Vec<_>>())
    };
    Row {
        group: Named::new(group.id.to_string(), &*group.name),
        description: group.description.clone(),
        members: members as u64,
        applications: opened.into_iter().map(|id| names.application(id).name).collect(),
    }
}

pub(super) async fn create(posted: Posted) -> Response {
    let new =
        NewGroup { name: posted.text("name").to_owned(), description: posted.text("description").to_owned() };
    match groups::create(&posted.cx(), new).await {
        Ok(group) => posted.done(&links::group(&group.id.to_string()), &flash::CREATED),
        Err(fault) => {
            let asked = Asked::default();
            let view = view(&posted.seat, &asked);
            posted.again("create", fault.into(), view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}
