//! The authorization endpoint, as a browser meets it.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use chancery_issuer::authorize::{Answer, Step};
use chancery_issuer::consent::ConsentAsk;
use chancery_issuer::factors::Gate;
use chancery_kernel::Seconds;
use chancery_model::Tier;
use chancery_oauth::metadata::path::AUTHORIZE;
use chancery_oauth::{Callback, ResponseMode};

use crate::frame::Frame;
use crate::links;
use crate::pages::consent::{Asked, View, render};
use crate::pages::form_post;
use crate::web::Console;
use crate::web::answer::{host, oauth_problem, page_leading_to, problem, see_other};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

pub(super) async fn get(State(console): State<Console>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    step(&console, visit, &query.unwrap_or_default(), Answer::Unasked).await
}

/// OpenID Connect Core §3.1.2.1: GET and POST alike.
pub(super) async fn post(State(console): State<Console>, visit: Visit, body: String) -> Response {
    step(&console, visit, &body, Answer::Unasked).await
}

/// The consent page's answer. The whole request is judged again: what was shown is what is granted, or it is asked anew.
pub(super) async fn answer(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    if let Err(fault) = visit.check(&fields) {
        return problem(&visit.frame(), &fault, visit.request);
    }
    let answer = match fields.text("answer") {
        "allow" => Answer::Allow { shown: fields.text("shown") },
        _ => Answer::Deny,
    };
    let query = fields.text("request").to_owned();
    step(&console, visit, &query, answer).await
}

async fn step(console: &Console, visit: Visit, query: &str, answer: Answer<'_>) -> Response {
    let frame = visit.frame();
    match console.issuer.authorize(query, visit.present.as_ref(), answer, visit.request).await {
        Err(fault) => problem(&frame, &fault, visit.request),
        Ok(Step::Page(error)) => oauth_problem(&frame, &error, visit.request),
        Ok(Step::SignIn { login_hint, query, .. }) => {
            let back = format!("{AUTHORIZE}?{query}");
            let hint = login_hint.unwrap_or_default();
            see_other(&links::with(links::sign_in(), &[("request", &back), ("login", &hint)]))
        }
        Ok(Step::Prove { gate: Gate::Enroll, .. }) => see_other(&links::factors()),
        Ok(Step::Prove { query, .. }) => {
            let back = format!("{AUTHORIZE}?{query}");
            see_other(&links::with(links::second_factor(), &[("request", &back)]))
        }
        Ok(Step::Consent(ask)) => {
            let onward = ask.redirect_uri.clone();
            visit.remember(page_leading_to(render(&frame, &view(*ask)), &onward))
        }
        Ok(Step::Answer(callback)) => deliver(&frame, &callback),
    }
}

fn deliver(frame: &Frame, callback: &Callback) -> Response {
    match callback.mode {
        ResponseMode::Query => see_other(&callback.url()),
        ResponseMode::FormPost => {
            let view = form_post::View {
                action: callback.redirect_uri.clone(),
                host: host(&callback.redirect_uri),
                fields: callback
                    .pairs
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect(),
            };
            page_leading_to(form_post::render(frame, &view), &callback.redirect_uri)
        }
    }
}

fn view(ask: ConsentAsk) -> View {
    let redirect_host = host(&ask.redirect_uri);
    let local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|l| redirect_host.starts_with(l));
    let agent = ask.agent;
    View {
        request: ask.query,
        shown: ask.shown,
        asker: agent.as_ref().map_or_else(|| ask.client.name.clone(), |a| a.name.clone()),
        is_agent: agent.is_some(),
        purpose: agent.as_ref().map(|a| a.purpose.clone()).unwrap_or_default(),
        sponsor: agent.as_ref().and_then(|a| a.sponsor.clone()).unwrap_or_default(),
        owners: agent.map(|a| a.owners).unwrap_or_default(),
        client_id: ask.client.id.to_string(),
        client_host: redirect_host.clone(),
        redirect_host,
        redirect_local: local,
        application: ask.application.unwrap_or_default(),
        resource: String::new(),
        scopes: ask
            .items
            .into_iter()
            .map(|item| Asked {
                scope: item.scope,
                title: item.title,
                data: item.data,
                action: item.action,
                impact: item.impact,
                tier: Tier::Auto,
            })
            .collect(),
        token_lifetime: Seconds(ask.access_lifetime),
        until: None,
    }
}
