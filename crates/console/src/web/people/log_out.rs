//! Signing out: from our own pages, or at a client's request (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use chancery_issuer::LogoutOutcome;
use chancery_oauth::{LogoutRequest, Params};

use crate::links;
use crate::pages::{log_out, signed_out};
use crate::web::Console;
use crate::web::answer::{leading_to, oauth_problem, page, problem, see_other};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

pub(super) async fn by_client(
    State(console): State<Console>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Response {
    step(&console, visit, &query.unwrap_or_default(), false).await
}

pub(super) async fn by_client_post(State(console): State<Console>, visit: Visit, body: String) -> Response {
    step(&console, visit, &body, false).await
}

/// Our own question, from our own pages.
pub(super) async fn show(visit: Visit) -> Response {
    visit.remember(page(log_out::render(&visit.frame(), &log_out::View::default())))
}

pub(super) async fn submit(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    if let Err(fault) = visit.check(&fields) {
        return problem(&visit.frame(), &fault, visit.request);
    }
    let request = fields.text("request").to_owned();
    step(&console, visit, &request, true).await
}

pub(super) async fn done(visit: Visit) -> Response {
    visit.remember(page(signed_out::render(&visit.frame(), &signed_out::View::default())))
}

async fn step(console: &Console, visit: Visit, query: &str, confirmed: bool) -> Response {
    let frame = visit.frame();
    let request =
        match Params::parse_query(query, &[]).map_err(Into::into).and_then(|p| LogoutRequest::read(&p)) {
            Ok(request) => request,
            Err(error) => return oauth_problem(&frame, &error, visit.request),
        };
    match console.issuer.log_out(&visit.cx(), &request, visit.present.as_ref(), confirmed).await {
        Err(fault) => problem(&frame, &fault, visit.request),
        Ok(LogoutOutcome::Confirm) => {
            let client = client_name(console, &request);
            let view = log_out::View { client, request: query.to_owned() };
            let drawn = page(log_out::render(&frame, &view));
            visit.remember(leading_to(drawn, &onward(console, &request)))
        }
        Ok(LogoutOutcome::Done { redirect }) => {
            let to = redirect.unwrap_or_else(links::signed_out);
            visit.sign_out(see_other(&to))
        }
    }
}

/// The address that a client registered for after the sign-out.
fn onward(console: &Console, request: &LogoutRequest) -> String {
    let hot = console.platform.db.hot();
    let asked = request.post_logout_redirect_uri.clone().unwrap_or_default();
    let known = hot.clients.all().any(|client| client.post_logout_redirect_uris.contains(&asked));
    if known { asked } else { String::new() }
}

fn client_name(console: &Console, request: &LogoutRequest) -> String {
    let hot = console.platform.db.hot();
    let client = request
        .client_id
        .as_deref()
        .and_then(|id| id.parse().ok())
        .and_then(|id| hot.clients.find_anywhere(id));
    client.map(|c| c.name.clone()).unwrap_or_default()
}
