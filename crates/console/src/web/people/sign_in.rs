//! Signing in.

use axum::extract::{Query, State};
use axum::response::Response;
use chancery_issuer::sessions::{Entered, SignIn};
use chancery_kernel::{Fault, Kind, OrgId};
use chancery_model::Client;
use chancery_oauth::{Opening, Params, REPEATABLE, redirect_matches, safe_return_path};
use serde::Deserialize;

use crate::links;
use crate::pages::sign_in::{View, render};
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{leading_to, page_leading_to, problem, see_other, status, to_retry, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Path to come back to.
    #[serde(default)]
    request: String,
    #[serde(default)]
    login: String,
}

/// The front door: to the administration, to one's own page, or to the sign-in.
pub(super) async fn home(visit: Visit) -> Response {
    match &visit.present {
        Some(present) if !present.scopes.is_empty() => see_other(&links::overview()),
        Some(_) => see_other(&links::me()),
        None => see_other(&links::sign_in()),
    }
}

pub(super) async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let target = Target::read(&visit.console, &wanted.request);
    let view = View { draft: Draft::default().value("login", &wanted.login), ..view(&visit, &target) };
    let view = if wanted.login.is_empty() {
        view
    } else {
        View { draft: Draft { form: "sign-in".into(), ..view.draft }, ..view }
    };
    visit.remember(page_leading_to(render(&visit.frame(), &view), &target.onward))
}

pub(super) async fn submit(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let target = Target::read(&console, fields.text("request"));
    if let Err(fault) = visit.check(&fields) {
        return again(&visit, &target, &fields, &fault);
    }
    let (organization, login) = (fields.text("organization"), fields.text("login"));
    let known = target.org.or_else(|| console.platform.db.hot().org_by_slug(organization));
    let (org, login) = match known {
        Some(org) => (org, login.to_owned()),
        // Tried like any other, so that neither the answer nor its time tells which organizations there are.
        None => (console.issuer.nowhere(), format!("{organization}/{login}")),
    };
    let known_by = console.issuer.device_name(org, &login);
    let attempt = SignIn {
        device: visit.device(&known_by),
        org,
        login,
        password: fields.secret("password"),
        address: visit.address,
        agent: visit.agent.clone(),
        request: visit.request,
        present: visit.session_cookie.clone(),
    };
    match console.issuer.sign_in(attempt).await {
        Ok(Entered::Half { ticket }) => {
            let to = links::with(links::second_factor(), &[("request", &target.path)]);
            visit.hand_ticket(see_other(&to), &ticket)
        }
        Ok(Entered::In(signed_in)) => {
            let to = if target.path.is_empty() { "/" } else { target.path.as_str() };
            let response = visit.sign_in(see_other(to), &signed_in.cookie);
            visit.know(response, &known_by, &signed_in.device)
        }
        Err(fault) if matches!(fault.kind, Kind::Unauthenticated | Kind::TooMany) => {
            again(&visit, &target, &fields, &fault)
        }
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

/// Where a sign-in leads, and which organization it is for.
struct Target {
    path: String,
    org: Option<OrgId>,
    client: String,
    /// Where the client's answer goes, if nothing is asked in between; empty where it leads nowhere else.
    onward: String,
}

impl Target {
    fn read(console: &Console, request: &str) -> Self {
        let path = safe_return_path(request).unwrap_or_default().to_owned();
        let hot = console.platform.db.hot();
        let query = path
            .strip_prefix(chancery_oauth::metadata::path::AUTHORIZE)
            .and_then(|rest| rest.strip_prefix('?'));
        let opening =
            query.and_then(|q| Params::parse_query(q, REPEATABLE).ok()).and_then(|p| Opening::read(&p).ok());
        let id = opening.as_ref().and_then(|o| o.client_id.parse().ok());
        let client = id.and_then(|id| hot.clients.find_anywhere(id).cloned());
        let onward = client.as_ref().zip(opening.as_ref()).and_then(|(client, o)| onward(client, o));
        let mut all = hot.organizations.all();
        let only = match (all.next(), all.next()) {
            (Some(only), None) => Some(only.id),
            _ => None,
        };
        Self {
            org: client.as_ref().map(|c| c.org).or(only),
            client: client.map(|c| c.name.clone()).unwrap_or_default(),
            onward: onward.unwrap_or_default(),
            path,
        }
    }
}

/// Where a client's answer goes from this path, if nothing is asked in between.
pub(super) fn onward_of(console: &Console, request: &str) -> String {
    Target::read(console, request).onward
}

/// The address of the answer, if the client registered it.
fn onward(client: &Client, opening: &Opening) -> Option<String> {
    let mut known = client.redirect_uris.iter();
    match &opening.redirect_uri {
        Some(asked) => known.any(|uri| redirect_matches(uri, asked)).then(|| asked.clone()),
        None => known.next().cloned(),
    }
}

fn view(visit: &Visit, target: &Target) -> View {
    View {
        request: target.path.clone(),
        client: target.client.clone(),
        ask_organization: target.org.is_none(),
        again: visit.present.is_some(),
        ..View::default()
    }
}

/// The form once more, with what was typed (never the password) and what to mend.
fn again(visit: &Visit, target: &Target, fields: &Fields, fault: &Fault) -> Response {
    let draft = Draft { form: "sign-in".to_owned(), ..Draft::default() }
        .value("login", fields.text("login"))
        .value("organization", fields.text("organization"));
    let throttled = (fault.kind == Kind::TooMany).then(|| seconds(&fault.public));
    let error = (fault.kind != Kind::TooMany).then(|| fault.public.to_string());
    let view = View { error, throttled, draft, ..view(visit, target) };
    let drawn = with_status(status(fault.kind), render(&visit.frame(), &view));
    visit.remember(leading_to(to_retry(drawn, fault), &target.onward))
}

/// The wait that the sentence names.
fn seconds(sentence: &str) -> u64 {
    sentence.split(' ').find_map(|word| word.parse().ok()).unwrap_or(60)
}
