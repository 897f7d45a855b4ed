//! Clients of an agent, and what they prove themselves with.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::clients::{self, NewClient};
use chancery_kernel::{AgentId, ClientId, Fault, Outcome, Secret};
use chancery_model::{AuthMethod, Client, GrantType};
use serde_json::Value;

use super::super::flash::{self, Note};
use super::super::read::{self, Read, Refused};
use super::super::seat::Posted;
use super::changes::again;
use super::view;
use crate::links;
use crate::pages::agent::{View, render};

const METHODS: &[(&str, AuthMethod)] = &[
    ("private_key_jwt", AuthMethod::PrivateKeyJwt),
    ("client_secret_basic", AuthMethod::ClientSecretBasic),
    ("none", AuthMethod::None),
];

pub(in super::super) async fn create(Path(id): Path<String>, posted: Posted) -> Response {
    match created(&posted, &id).await {
        Ok((agent, Some(secret))) => shown_once(&posted, agent, &secret).await,
        Ok((_, None)) => posted.done(&links::agent(&id), &flash::CLIENT_ADDED),
        Err(refused) => again(&posted, &id, "client", refused).await,
    }
}

async fn created(posted: &Posted, id: &str) -> Read<(AgentId, Option<Secret>)> {
    let agent = read::id::<AgentId>(id, "agent")?;
    let auth = read::one_of("auth", posted.text("auth"), METHODS)?;
    let redirect_uris = read::parts(posted.text("redirect_uris"), '\n');
    let new = NewClient {
        name: posted.text("name").to_owned(),
        agent: Some(agent),
        application: None,
        auth,
        jwks: Vec::new(),
        strict_audience: false,
        grants: grants(auth, &redirect_uris),
        redirect_uris,
        post_logout_redirect_uris: Vec::new(),
    };
    Ok((agent, clients::create(&posted.cx(), new).await?.secret))
}

/// A face of an agent asks for what its proof and its addresses allow.
fn grants(auth: AuthMethod, redirect_uris: &[String]) -> Vec<GrantType> {
    let proven = [GrantType::ClientCredentials, GrantType::TokenExchange];
    let signed_in = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let proven = proven.into_iter().filter(|_| auth != AuthMethod::None);
    let people = !redirect_uris.is_empty() || auth == AuthMethod::None;
    proven.chain(signed_in.into_iter().filter(|_| people)).collect()
}

/// The one answer that carries the secret. It is no redirect: an address or a cookie would keep it.
async fn shown_once(posted: &Posted, agent: AgentId, secret: &Secret) -> Response {
    let page = view(&posted.seat, agent).await;
    let page = page.map(|view| View { fresh_secret: Some(secret.expose().to_owned()), ..view });
    posted.seat.show(page, render)
}

/// A client that is the face of an agent: others have no page here.
async fn face(posted: &Posted, id: &str) -> Outcome<(Arc<Client>, AgentId)> {
    let client = clients::get(&posted.cx(), read::id::<ClientId>(id, "client")?).await?;
    let agent = client.agent.ok_or_else(|| Fault::not_found("client"))?;
    Ok((client, agent))
}

pub(in super::super) async fn add_secret(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (client, agent) = face(&posted, &id).await?;
        let added = clients::add_secret(&posted.cx(), client.id, posted.fields.version(), None).await?;
        Ok((agent, added.secret))
    };
    match done.await {
        Ok((agent, secret)) => shown_once(&posted, agent, &secret).await,
        Err(fault) => posted.seat.problem(&fault),
    }
}

pub(in super::super) async fn remove_secret(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (client, agent) = face(&posted, &id).await?;
        let (version, name) = (posted.fields.version(), posted.text("name"));
        clients::remove_secret(&posted.cx(), client.id, version, name).await?;
        Ok(agent)
    };
    button(&posted, done.await, &flash::SECRET_REMOVED)
}

pub(in super::super) async fn add_key(Path(id): Path<String>, posted: Posted) -> Response {
    let (client, agent) = match face(&posted, &id).await {
        Ok(found) => found,
        Err(fault) => return posted.seat.problem(&fault),
    };
    match key_added(&posted, &client).await {
        Ok(_) => posted.done(&links::agent(&agent.to_string()), &flash::KEY_ADDED),
        Err(refused) => again(&posted, &agent.to_string(), &format!("key-{id}"), refused).await,
    }
}

async fn key_added(posted: &Posted, client: &Client) -> Read<Arc<Client>> {
    let typed: Value = serde_json::from_str(posted.text("jwk"))
        .map_err(|_| Refused::at("jwk", "bad_key", "this is no JSON: paste the key as {\"kty\": …}"))?;
    let mut jwks = client.jwks.clone();
    match typed.get("keys").and_then(Value::as_array) {
        Some(set) => jwks.extend(set.iter().cloned()),
        None => jwks.push(typed),
    }
    Ok(clients::set_keys(&posted.cx(), client.id, posted.fields.version(), &jwks).await?)
}

pub(in super::super) async fn remove_key(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (client, agent) = face(&posted, &id).await?;
        let named = |jwk: &&Value| jwk.get("kid").and_then(Value::as_str) != Some(posted.text("name"));
        let jwks: Vec<Value> = client.jwks.iter().filter(named).cloned().collect();
        if jwks.len() == client.jwks.len() {
            return Err(Fault::not_found("key"));
        }
        clients::set_keys(&posted.cx(), client.id, posted.fields.version(), &jwks).await?;
        Ok(agent)
    };
    button(&posted, done.await, &flash::KEY_REMOVED)
}

pub(in super::super) async fn disable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (client, agent) = face(&posted, &id).await?;
        clients::disable(&posted.cx(), client.id, posted.fields.version(), None).await?;
        Ok(agent)
    };
    button(&posted, done.await, &flash::CLIENT_DISABLED)
}

pub(in super::super) async fn enable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (client, agent) = face(&posted, &id).await?;
        clients::enable(&posted.cx(), client.id, posted.fields.version()).await?;
        Ok(agent)
    };
    button(&posted, done.await, &flash::CLIENT_ENABLED)
}

fn button(posted: &Posted, done: Outcome<AgentId>, note: &'static Note) -> Response {
    match done {
        Ok(agent) => posted.done(&links::agent(&agent.to_string()), note),
        Err(fault) => posted.seat.problem(&fault),
    }
}
