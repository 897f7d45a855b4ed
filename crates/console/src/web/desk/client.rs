//! One client: its page, and what an administrator changes on its record.

pub(super) mod credentials;

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_directory::assignments::{self, AssignmentFilter};
use chancery_directory::clients::{self, ClientPatch, CreatedClient, secret_name};
use chancery_kernel::{ClientId, Outcome};
use chancery_model::{Backchannel, Client, GrantType, Principal, SigningAlg};
use chancery_watch::tokens::Holder;

use super::flash::{self, Note};
use super::lists::most;
use super::names::Names;
use super::read::{self, Read, Refused};
use super::seat::{Posted, Seat};
use super::{lines, tokens};
use crate::links;
use crate::pages::client::backchannel::MODES;
use crate::pages::client::{Assignment, Credential, View, render};
use crate::parts::Draft;

/// Rows of each list of evidence.
const EVIDENCE: usize = 8;
/// What changes a client.
const CHANGES: &[&str] = &[
    "client_created",
    "client_updated",
    "client_disabled",
    "client_enabled",
    "client_secret_added",
    "client_secret_removed",
    "client_keys_changed",
    "assignment_created",
    "assignment_updated",
    "assignment_removed",
    "token_revoked",
];

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, render)
}

pub(super) async fn page(seat: &Seat, id: &str) -> Outcome<View> {
    view(seat, read::id(id, "client")?).await
}

async fn view(seat: &Seat, id: ClientId) -> Outcome<View> {
    let client = clients::get(&seat.cx(), id).await?;
    let (tokens, more_tokens) = tokens::of(seat, Holder::Client(id)).await?;
    let names = Names::of(seat);
    Ok(View {
        id: id.to_string(),
        version: client.meta.version,
        name: client.name.clone(),
        auth: client.auth,
        enabled: client.enabled,
        builtin: client.builtin,
        strict_audience: client.strict_audience,
        agent: client.agent.map(|id| names.agent(id)),
        application: client.application.map(|id| names.application(id)),
        grants: client.grants.clone(),
        redirect_uris: client.redirect_uris.clone(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        backchannel: client.backchannel.as_deref().cloned().unwrap_or_default(),
        credentials: credentials_of(&client),
        assignments: assigned(seat, &names, id).await?,
        tokens,
        more_tokens,
        created: client.meta.created,
        history: lines::of_kinds(seat, Subject::of(id), CHANGES, EVIDENCE).await?,
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        fresh_secret: None,
        draft: Draft::default(),
    })
}

fn credentials_of(client: &Client) -> Vec<Credential> {
    let secrets = client.secrets.iter().map(|secret| Credential {
        name: secret_name(secret),
        created: Some(secret.created),
        expires: secret.expires,
    });
    let kid =
        |jwk: &serde_json::Value| jwk.get("kid").and_then(|kid| kid.as_str()).unwrap_or("key").to_owned();
    let keys = client.jwks.iter().map(|jwk| Credential { name: kid(jwk), created: None, expires: None });
    secrets.chain(keys).collect()
}

async fn assigned(seat: &Seat, names: &Names, id: ClientId) -> Outcome<Vec<Assignment>> {
    if !seat.may(Act::AssignmentRead) {
        return Ok(Vec::new());
    }
    let of = AssignmentFilter { principal: Some(Principal::Client(id)), ..AssignmentFilter::default() };
    let found = assignments::list(&seat.cx(), &most(), &of).await?;
    let row = |a: &Arc<chancery_model::Assignment>| Assignment {
        id: a.id.to_string(),
        version: a.meta.version,
        application: names.application(a.application),
        scopes: a.scopes.iter().flatten().map(ToString::to_string).collect(),
    };
    Ok(found.items.iter().map(row).collect())
}

/// A client that was just made. With a secret, this is the one answer that carries it, and no redirect: an address or a
/// cookie would keep it.
pub(super) async fn made(posted: &Posted, made: &CreatedClient) -> Response {
    match &made.secret {
        Some(secret) => credentials::shown_once(posted, made.client.id, secret).await,
        None => posted.done(&links::client(&made.client.id.to_string()), &flash::CLIENT_ADDED),
    }
}

pub(super) async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = edited(&posted, &id).await;
    answer(&posted, &id, "edit", done, &flash::SAVED).await
}

async fn edited(posted: &Posted, id: &str) -> Read<Arc<Client>> {
    let (cx, id) = (posted.cx(), read::id::<ClientId>(id, "client")?);
    let grants = super::clients::ticked(posted);
    let asks = grants.contains(&GrantType::Ciba);
    let patch = ClientPatch {
        name: Some(posted.text("name").to_owned()),
        strict_audience: Some(posted.text("strict_audience") == "yes"),
        grants: Some(grants),
        redirect_uris: Some(read::parts(posted.text("redirect_uris"), '\n')),
        post_logout_redirect_uris: Some(read::parts(posted.text("post_logout_redirect_uris"), '\n')),
        backchannel: Some(if asks { backchannel(posted)? } else { Backchannel::default() }),
    };
    Ok(clients::update(&cx, id, posted.fields.version(), patch).await?)
}

fn backchannel(posted: &Posted) -> Read<Backchannel> {
    let mut algs = SigningAlg::ALL.map(|alg| (alg.as_str(), Some(alg))).to_vec();
    algs.push(("", None));
    Ok(Backchannel {
        delivery: read::one_of("delivery", posted.text("delivery"), &MODES)?,
        endpoint: Some(posted.text("endpoint").to_owned()).filter(|url| !url.is_empty()),
        request_alg: read::one_of("request_alg", posted.text("request_alg"), &algs)?,
        fapi_ciba: posted.text("fapi_ciba") == "yes",
    })
}

/// Back to the client's page, or that page with the form to mend.
pub(super) async fn answer<T>(
    posted: &Posted,
    id: &str,
    form: &str,
    done: Read<T>,
    note: &'static Note,
) -> Response {
    match done {
        Ok(_) => posted.done(&links::client(id), note),
        Err(refused) => again(posted, id, form, refused).await,
    }
}

pub(super) async fn again(posted: &Posted, id: &str, form: &str, refused: Refused) -> Response {
    let view = page(&posted.seat, id);
    posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
}

pub(super) async fn disable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let client = read::id::<ClientId>(&id, "client")?;
        clients::disable(&posted.cx(), client, posted.fields.version(), None).await
    };
    posted.button(done.await, &links::client(&id), &flash::CLIENT_DISABLED)
}

pub(super) async fn enable(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let client = read::id::<ClientId>(&id, "client")?;
        clients::enable(&posted.cx(), client, posted.fields.version()).await
    };
    posted.button(done.await, &links::client(&id), &flash::CLIENT_ENABLED)
}

pub(super) async fn delete(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let client = read::id::<ClientId>(&id, "client")?;
        if posted.text("sure") != "yes" {
            return Err(Refused::at("sure", "not_sure", "tick this to go on"));
        }
        Ok(clients::delete(&posted.cx(), client, posted.fields.version()).await?)
    };
    match done.await {
        Ok(()) => posted.done(&links::clients(), &flash::CLIENT_DELETED),
        Err(refused) => again(&posted, &id, "delete", refused).await,
    }
}
