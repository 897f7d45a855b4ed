//! All clients, and the form that adds one.

use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use chancery_directory::clients::{self, ClientFilter, CreatedClient, NewClient};
use chancery_kernel::Outcome;
use chancery_model::{AuthMethod, Client, GrantType};
use serde::Deserialize;

use super::client;
use super::lists::Asked;
use super::names::Names;
use super::read::{self, Read, Refused};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::client::grants;
use crate::pages::clients::{Row, View, render};

pub(super) const METHODS: &[(&str, AuthMethod)] = &[
    ("private_key_jwt", AuthMethod::PrivateKeyJwt),
    ("client_secret_basic", AuthMethod::ClientSecretBasic),
    ("client_secret_post", AuthMethod::ClientSecretPost),
    ("none", AuthMethod::None),
];

/// What the address of the list says beside the usual.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Face {
    face: String,
    /// The application that somebody came from to make a client for.
    application: String,
}

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>, Query(face): Query<Face>) -> Response {
    seat.show(view(&seat, &asked, &face).await, render)
}

async fn view(seat: &Seat, asked: &Asked, face: &Face) -> Outcome<View> {
    let wears = |client: &Client| match face.face.as_str() {
        "agent" => client.agent.is_some(),
        "application" => client.application.is_some(),
        "tool" => client.agent.is_none() && client.application.is_none(),
        _ => true,
    };
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { clients::list(&cx, &request, &ClientFilter::default()).await }
            },
            |client: &Arc<Client>| client.id.to_string(),
            |client| wears(client) && asked.fits(&[&client.name, &client.id.to_string()]),
        )
        .await?;
    let names = Names::of(seat);
    let rows: Vec<Row> = found.items.iter().map(|client| row(&names, client)).collect();
    let path = links::with(links::clients(), &[("face", &face.face)]);
    let pager = asked.pager(&path, found.next.as_ref(), rows.len(), ("client", "clients"));
    Ok(View {
        query: asked.q.clone(),
        face: face.face.clone(),
        wanted: face.application.clone(),
        rows,
        pager,
        ..View::default()
    })
}

fn row(names: &Names, client: &Client) -> Row {
    Row {
        client: names.client(client.id),
        agent: client.agent.map(|id| names.agent(id)),
        application: client.application.map(|id| names.application(id)),
        auth: client.auth,
        credentials: client.secrets.len() + client.jwks.len(),
        enabled: client.enabled,
        builtin: client.builtin,
    }
}

pub(super) async fn create(posted: Posted) -> Response {
    match created(&posted).await {
        Ok(made) => client::made(&posted, &made).await,
        Err(refused) => {
            let (asked, face) = (Asked::default(), Face::default());
            let view = view(&posted.seat, &asked, &face);
            posted.again("create", refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

async fn created(posted: &Posted) -> Read<CreatedClient> {
    let cx = posted.cx();
    let of = posted.text("of");
    let named = |noun: &'static str| match of {
        "" => Err(Refused::at("of", "face_missing", noun)),
        some => Ok(some),
    };
    let (agent, application) = match posted.text("face") {
        "agent" => (Some(read::agent(&cx, "of", named("name the agent")?).await?), None),
        "application" => (None, Some(read::application(&cx, "of", named("name the application")?).await?)),
        "tool" if of.is_empty() => (None, None),
        "tool" => return Err(Refused::at("of", "face_unused", "a tool is its own face: leave this empty")),
        _ => return Err(Refused::at("face", "not_listed", "choose one of the list")),
    };
    let new = NewClient {
        name: posted.text("name").to_owned(),
        agent,
        application,
        auth: read::one_of("auth", posted.text("auth"), METHODS)?,
        jwks: if posted.text("jwk").is_empty() { Vec::new() } else { read::keys("jwk", posted.text("jwk"))? },
        strict_audience: false,
        grants: ticked(posted),
        redirect_uris: read::parts(posted.text("redirect_uris"), '\n'),
        post_logout_redirect_uris: Vec::new(),
        backchannel: None,
    };
    Ok(clients::create(&cx, new).await?)
}

/// The grant types that are ticked.
pub(super) fn ticked(posted: &Posted) -> Vec<GrantType> {
    let ticked = |field: &str| posted.text(field) == "yes";
    grants::FIELDS.into_iter().filter(|(field, _)| ticked(field)).map(|(_, grant)| grant).collect()
}
