//! What a client proves itself with: how it comes, and how it goes.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::clients::{self, Issued};
use chancery_kernel::{ClientId, Fault, Secret};
use chancery_model::Client;
use serde_json::Value;

use super::super::flash::{self, Note};
use super::super::read::{self, Read};
use super::super::seat::Posted;
use super::{answer, view};
use crate::links;
use crate::pages::client::{View, render};

/// The one answer that carries the secret.
pub(in super::super) async fn shown_once(posted: &Posted, client: ClientId, secret: &Secret) -> Response {
    let page = view(&posted.seat, client).await;
    let page = page.map(|view| View { fresh_secret: Some(secret.clone()), ..view });
    posted.seat.show(page, render)
}

pub(in super::super) async fn add_secret(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let client = read::id::<ClientId>(&id, "client")?;
        let added = clients::add_secret(&posted.cx(), client, posted.fields.version(), None).await?;
        Ok::<_, Fault>((client, added.secret))
    };
    match done.await {
        Ok((client, secret)) => shown_once(&posted, client, &secret).await,
        Err(fault) => posted.seat.problem(&fault),
    }
}

pub(in super::super) async fn remove_secret(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let client = read::id::<ClientId>(&id, "client")?;
        let (version, name) = (posted.fields.version(), posted.text("name"));
        clients::remove_secret(&posted.cx(), client, version, name, issued(&posted)).await
    };
    let note = removed(&posted, &flash::SECRET_REMOVED, &flash::SECRET_AND_TOKENS_REMOVED);
    posted.button(done.await, &links::client(&id), note)
}

/// The box of the form: ticked unless somebody unticked it.
fn issued(posted: &Posted) -> Issued {
    if posted.text("end_tokens") == "yes" { Issued::End } else { Issued::Keep }
}

fn removed(posted: &Posted, alone: &'static Note, with_tokens: &'static Note) -> &'static Note {
    if issued(posted) == Issued::End { with_tokens } else { alone }
}

pub(in super::super) async fn add_key(Path(id): Path<String>, posted: Posted) -> Response {
    let done = key_added(&posted, &id).await;
    answer(&posted, &id, "key", done, &flash::KEY_ADDED).await
}

async fn key_added(posted: &Posted, id: &str) -> Read<Arc<Client>> {
    let (cx, id) = (posted.cx(), read::id::<ClientId>(id, "client")?);
    let mut jwks = clients::get(&cx, id).await?.jwks.clone();
    jwks.extend(read::keys("jwk", posted.text("jwk"))?);
    Ok(clients::set_keys(&cx, id, posted.fields.version(), &jwks, Issued::default()).await?)
}

pub(in super::super) async fn remove_key(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (cx, id) = (posted.cx(), read::id::<ClientId>(&id, "client")?);
        let client = clients::get(&cx, id).await?;
        let stays = |jwk: &&Value| jwk.get("kid").and_then(Value::as_str) != Some(posted.text("name"));
        let jwks: Vec<Value> = client.jwks.iter().filter(stays).cloned().collect();
        if jwks.len() == client.jwks.len() {
            return Err(Fault::not_found("key"));
        }
        clients::set_keys(&cx, id, posted.fields.version(), &jwks, issued(&posted)).await
    };
    let note = removed(&posted, &flash::KEY_REMOVED, &flash::KEY_AND_TOKENS_REMOVED);
    posted.button(done.await, &links::client(&id), note)
}
