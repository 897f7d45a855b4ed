//! A person's own page: what they allowed, where they are signed in, their password.

use axum::extract::{Path, State};
use axum::response::Response;
use chancery_directory::grants;
use chancery_kernel::{Fault, GrantId, Outcome, SessionId};
use chancery_model::{Grant, Origin};
use chancery_notify::browsers;

use super::device;
use crate::links;
use crate::pages::me::{Away, Consent, Session, Told, View, render};
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    if visit.present.is_none() {
        return see_other(&links::with(links::sign_in(), &[("request", &links::me())]));
    }
    match view(&console, &visit).await {
        Ok(view) => visit.remember(page(render(&visit.frame(), &view))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn view(console: &Console, visit: &Visit) -> Outcome<View> {
    let cx = visit.cx();
    let given = grants::list_own(&cx).await?;
    let present = visit.present.as_ref().map(|p| p.session.id);
    let sessions = console.issuer.own_sessions(&cx).await?;
    let now = cx.now();
    let consents: Vec<_> = given
        .iter()
        .filter(|g| g.origin == Origin::Consent && g.in_force(now))
        .map(|g| consent(console, g))
        .collect();
    let sessions = sessions.into_iter().map(|s| Session {
        present: Some(s.id) == present,
        id: s.id.to_string(),
        browser: device::words(&s.facts.agent),
        address: s.facts.address,
        since: s.auth_time,
        last_seen: s.seen,
    });
    let browsers =
        browsers::list(&cx).await?.into_iter().map(|b| Told { id: b.id, name: b.name, since: b.created });
    Ok(View {
        consents,
        sessions: sessions.collect(),
        browsers: browsers.collect(),
        away: away(console, visit),
        draft: Draft::default(),
    })
}

/// Who answers in their stead, while that lasts.
fn away(console: &Console, visit: &Visit) -> Option<Away> {
    let (cx, hot) = (visit.cx(), console.platform.db.hot());
    let away = visit.present.as_ref()?.user.away.as_ref().filter(|away| cx.now() < away.until)?;
    let stand_in = hot.users.find(cx.org, away.stand_in).map(|user| user.display_name.clone());
    let stand_in = stand_in.unwrap_or_else(|| "somebody who has left".to_owned());
    Some(Away { stand_in, from: away.from, until: away.until })
}

fn consent(console: &Console, grant: &Grant) -> Consent {
    let hot = console.platform.db.hot();
    let agent = grant.agent.and_then(|id| hot.agents.find(grant.org, id)).map(|a| a.name.clone());
    let client = hot.clients.find(grant.org, grant.client).map(|c| c.name.clone());
    let application = grant.application.and_then(|id| hot.applications.find(grant.org, id));
    Consent {
        grant: grant.id.to_string(),
        version: grant.meta.version,
        asker: agent.or(client).unwrap_or_else(|| "a client that is gone".to_owned()),
        application: application.map(|a| a.name.clone()).unwrap_or_default(),
        scopes: grant.scopes.iter().map(ToString::to_string).collect(),
        given: grant.meta.updated,
        until: grant.until,
    }
}

pub(super) async fn withdraw(visit: Visit, Path(grant): Path<String>, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        let id: GrantId = grant.parse().map_err(|_| Fault::not_found("grant"))?;
        grants::withdraw_own(&visit.cx(), id).await
    };
    back(&visit, work.await)
}

pub(super) async fn end_session(
    State(console): State<Console>,
    visit: Visit,
    Path(session): Path<String>,
    fields: Fields,
) -> Response {
    let work = async {
        visit.check(&fields)?;
        let id: SessionId = session.parse().map_err(|_| Fault::not_found("session"))?;
        console.issuer.end_own(&visit.cx(), Some(id)).await
    };
    back(&visit, work.await)
}

pub(super) async fn end_others(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        console.issuer.end_own(&visit.cx(), None).await
    };
    back(&visit, work.await)
}

/// Names a stand-in; a form without a name takes that back.
pub(super) async fn stand_in(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        let away = named(&console, &visit, &fields)?;
        chancery_directory::users::set_away(&visit.cx(), away).await
    };
    match work.await {
        Ok(()) => see_other(&links::me()),
        Err(fault) if fault.code == "second_factor_required" => {
            see_other(&links::with(links::second_factor(), &[("request", &links::me())]))
        }
        Err(fault) => match view(&console, &visit).await {
            Ok(view) => {
                let typed = ["stand_in", "from", "until"].iter();
                let draft = typed.fold(Draft::of("away"), |draft, name| draft.value(name, fields.text(name)));
                let view = View { draft: draft.problem("", &fault.public), ..view };
                with_status(status(fault.kind), render(&visit.frame(), &view))
            }
            Err(_) => problem(&visit.frame(), &fault, visit.request),
        },
    }
}

fn named(console: &Console, visit: &Visit, fields: &Fields) -> Outcome<Option<chancery_model::Away>> {
    let typed = fields.text("stand_in").to_lowercase();
    if typed.is_empty() {
        return Ok(None);
    }
    let org = visit.cx().org;
    let hot = console.platform.db.hot();
    let found = hot.users.of(org).find(|user| user.login == typed && user.is_active()).map(|user| user.id);
    let stand_in = found
        .ok_or_else(|| Fault::invalid("unknown_login", "there is nobody with this login: type it in full"))?;
    let day = |name: &str| {
        let read = format!("{}T00:00:00Z", fields.text(name)).parse::<chancery_kernel::Timestamp>();
        read.map_err(|_| Fault::invalid("bad_day", "write the days as 2027-01-31"))
    };
    // The last day is one of them.
    let until = day("until")?.plus(chancery_kernel::Seconds::days(1));
    Ok(Some(chancery_model::Away { stand_in, from: day("from")?, until }))
}

pub(super) async fn change_password(
    State(console): State<Console>,
    visit: Visit,
    fields: Fields,
) -> Response {
    let work = async {
        visit.check(&fields)?;
        let (new, again) = (fields.secret("password"), fields.secret("password_again"));
        if !new.ct_eq(again.expose().as_bytes()) {
            return Err(Fault::invalid(
                "passwords_differ",
                "the two new passwords differ: type the same one twice",
            ));
        }
        let range = chancery_directory::PASSWORD;
        if !range.contains(&new.expose().chars().count()) {
            let text = format!("a password has {} to {} characters", range.start(), range.end());
            return Err(Fault::invalid("password_length", text));
        }
        console.issuer.change_password(&visit.cx(), fields.secret("current"), new).await
    };
    match work.await {
        Ok(()) => see_other(&links::me()),
        Err(fault) => match view(&console, &visit).await {
            Ok(view) => {
                let draft =
                    Draft { form: "password".to_owned(), ..Draft::default() }.problem("", &fault.public);
                with_status(status(fault.kind), render(&visit.frame(), &View { draft, ..view }))
            }
            Err(_) => problem(&visit.frame(), &fault, visit.request),
        },
    }
}

fn back(visit: &Visit, outcome: Outcome<()>) -> Response {
    match outcome {
        Ok(()) => see_other(&links::me()),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}
