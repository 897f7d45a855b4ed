//! All people, and the form that adds one.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_directory::users::{self, NewUser, UserFilter};
use chancery_kernel::Outcome;
use chancery_model::{User, UserStatus};

use super::flash;
use super::lists::Asked;
use super::names::Names;
use super::read::{self, Read};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::users::{Row, View, render};
use crate::parts::Named;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let status = match asked.status.as_str() {
        "active" => Some(UserStatus::Active),
        "disabled" => Some(UserStatus::Disabled),
        _ => None,
    };
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                let filter = UserFilter { status, ..UserFilter::default() };
                async move { users::list(&cx, &request, &filter).await }
            },
            |user: &Arc<User>| user.id.to_string(),
            |user| asked.fits(&[&user.login, &user.display_name, &user.email]),
        )
        .await?;
    let names = Names::of(seat);
    let rows: Vec<Row> = found.items.iter().map(|user| row(seat, &names, user)).collect();
    let pager = asked.pager(&links::users(), found.next.as_ref(), rows.len(), ("user", "users"));
    Ok(View { query: asked.q.clone(), status: asked.status.clone(), rows, pager, ..View::default() })
}

fn row(seat: &Seat, names: &Names, user: &User) -> Row {
    let groups: Vec<_> = seat.console().platform.db.hot().groups_of(user.id).collect();
    Row {
        user: Named::new(user.id.to_string(), &*user.login),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        status: user.status,
        groups: groups.into_iter().map(|id| names.group(id).name).collect(),
        since: user.meta.created,
    }
}

pub(super) async fn create(posted: Posted) -> Response {
    match created(&posted).await {
        Ok(user) => posted.done(&links::user(&user.id.to_string()), &flash::CREATED),
        Err(refused) => {
            let asked = Asked::default();
            let view = view(&posted.seat, &asked);
            posted.again("create", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn created(posted: &Posted) -> Read<Arc<User>> {
    let cx = posted.cx();
    let password = posted.fields.secret("password");
    let new = NewUser {
        login: posted.text("login").to_owned(),
        email: posted.text("email").to_owned(),
        display_name: posted.text("display_name").to_owned(),
        manager: read::maybe_person(&cx, "manager", posted.text("manager")).await?,
        password: (!password.expose().is_empty()).then_some(password),
    };
    let made = users::create(&cx, new).await;
    // A password is no field that is sent back, so its place is named here.
    made.map_err(|fault| super::user::misplaced_password(fault.into()))
}
