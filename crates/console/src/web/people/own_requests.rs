//! What a person asks for themselves. Asking gives nothing: no right is needed for it, and somebody else decides.

use axum::extract::{Path, State};
use axum::response::Response;
use chancery_directory::grants;
use chancery_governance::requests;
use chancery_issuer::Wish;
use chancery_kernel::{AppId, ApprovalId, Fault, GrantId, Outcome, ScopeSet, Seconds, Timestamp};
use chancery_model::{Approval, State as Stands};

use crate::links;
use crate::pages::own_requests::{Row, View, render};
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

const FIELDS: [&str; 4] = ["system", "scopes", "purpose", "length"];

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    if visit.present.is_none() {
        return see_other(&links::with(links::sign_in(), &[("request", &links::own_requests())]));
    }
    match view(&console, &visit).await {
        Ok(view) => visit.remember(page(render(&visit.frame(), &view))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn view(console: &Console, visit: &Visit) -> Outcome<View> {
    let cx = visit.cx();
    let asked = requests::list_own(&cx).await?;
    let rows = asked.iter().map(|asked| row(console, asked, cx.now())).collect();
    Ok(View { rows, draft: Draft::default() })
}

fn row(console: &Console, asked: &Approval, now: Timestamp) -> Row {
    let hot = console.platform.db.hot();
    let named = asked.application.and_then(|id| hot.applications.find(asked.org, id)).map(|a| a.name.clone());
    let given = asked.access.as_ref().and_then(|access| access.extends).unwrap_or(asked.grant);
    let grant = hot.grants.find(asked.org, given).filter(|grant| !grant.is_over(now));
    let state = asked.state_at(now);
    let grant = grant.filter(|_| state == Stands::Redeemed).map(|g| (g.id.to_string(), g.until));
    let why = asked.closed.as_ref().map_or("", |closed| closed.why.as_str());
    let outcome = match state {
        Stands::Redeemed if grant.is_none() => "It has ended.",
        Stands::Redeemed | Stands::Pending | Stands::Approved => "",
        Stands::Denied | Stands::Expired | Stands::Canceled => why,
    };
    Row {
        request: asked.id.to_string(),
        system: named.or_else(|| asked.resource.clone()).unwrap_or_default(),
        scopes: asked.scopes.iter().map(ToString::to_string).collect(),
        purpose: asked.access.as_ref().map(|access| access.purpose.clone()).unwrap_or_default(),
        asked: asked.meta.created,
        state,
        outcome: outcome.to_owned(),
        grant,
    }
}

pub(super) async fn file(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        console.issuer.ask_for_oneself(&visit.cx(), wish(&console, &visit, &fields)?).await
    };
    match work.await {
        Ok(_) => see_other(&links::own_requests()),
        Err(fault) => match view(&console, &visit).await {
            Ok(view) => {
                let typed = FIELDS.iter().filter(|name| !fields.text(name).is_empty());
                let draft = typed.fold(Draft::of("ask"), |draft, name| draft.value(name, fields.text(name)));
                let view = View { draft: draft.problem("", &fault.public), ..view };
                with_status(status(fault.kind), render(&visit.frame(), &view))
            }
            Err(_) => problem(&visit.frame(), &fault, visit.request),
        },
    }
}

fn wish(console: &Console, visit: &Visit, fields: &Fields) -> Outcome<Wish> {
    let scopes: ScopeSet = ScopeSet::parse(fields.text("scopes")).map_err(|_| {
        Fault::invalid("bad_scopes", "write the scopes as the system names them, separated by spaces")
    })?;
    let length = fields.text("length").parse().map(Seconds);
    let length = length.map_err(|_| Fault::invalid("bad_length", "choose for how long it is to be"))?;
    Ok(Wish {
        application: Some(system(console, visit, fields.text("system"))?),
        scopes,
        purpose: fields.text("purpose").to_owned(),
        length: Some(length),
        ..Wish::default()
    })
}

/// By its name or its address, which whoever asks has to know.
fn system(console: &Console, visit: &Visit, typed: &str) -> Outcome<AppId> {
    let hot = console.platform.db.hot();
    let known = |name: &str, resource: &str| name.eq_ignore_ascii_case(typed) || resource == typed;
    let found =
        hot.applications.of(visit.cx().org).find(|app| !app.builtin && known(&app.name, &app.resource));
    let unknown = "there is no such system: type its name or its address in full";
    found.map(|app| app.id).ok_or_else(|| Fault::invalid("unknown_system", unknown))
}

pub(super) async fn cancel(visit: Visit, Path(request): Path<String>, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        let id: ApprovalId = request.parse().map_err(|_| Fault::not_found("approval"))?;
        requests::cancel_own(&visit.cx(), id).await
    };
    back(&visit, work.await)
}

pub(super) async fn give_back(visit: Visit, Path(grant): Path<String>, fields: Fields) -> Response {
    let work = async {
        visit.check(&fields)?;
        let id: GrantId = grant.parse().map_err(|_| Fault::not_found("grant"))?;
        grants::withdraw_own(&visit.cx(), id).await
    };
    back(&visit, work.await)
}

fn back(visit: &Visit, outcome: Outcome<()>) -> Response {
    match outcome {
        Ok(()) => see_other(&links::own_requests()),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}
