//! OAuth clients: the faces of agents, of applications, and of tools.

mod credentials;
mod shape;
mod state;

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, AppId, ClientId, Fault, Outcome, Page, PageRequest, Secret};
use chancery_model::{Agent, Application, AuthMethod, Client, GrantType, Meta, Origin, Principal, Stage};
use chancery_store::Tx;

use crate::assignments::{NewAssignment, added};
use crate::builtin::RESOURCE_SERVER_SCOPES;
use crate::change::{Changes, at, find, page, referred, wanted};
use crate::check;
use crate::dependents::{drop_grants, grants};
use crate::rights::{Holder, builtin_fault, management};

pub use credentials::{AddedSecret, Issued, add_secret, remove_secret, secret_name, set_keys};
pub use state::{delete, disable, enable};

#[derive(Clone, Debug)]
pub struct NewClient {
    pub name: String,
    /// The agent whose face it is.
    pub agent: Option<AgentId>,
    /// The application whose face it is. With an agent: the API by which others call this agent, which then exchanges
    /// the tokens they bring onward.
    pub application: Option<AppId>,
    pub auth: AuthMethod,
    /// Public keys, for `private_key_jwt`; they may also come later.
    pub jwks: Vec<serde_json::Value>,
    pub strict_audience: bool,
    pub grants: Vec<GrantType>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct ClientPatch {
    pub name: Option<String>,
    pub strict_audience: Option<bool>,
    pub grants: Option<Vec<GrantType>>,
    pub redirect_uris: Option<Vec<String>>,
    pub post_logout_redirect_uris: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default)]
pub struct ClientFilter {
    pub name: Option<String>,
    pub agent: Option<AgentId>,
    pub application: Option<AppId>,
    pub enabled: Option<bool>,
}

/// A new client, and its secret where it has one: this is the only time it is seen.
#[derive(Clone, Debug)]
pub struct CreatedClient {
    pub client: Arc<Client>,
    pub secret: Option<Secret>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &ClientFilter) -> Outcome<Page<Arc<Client>>> {
    let _may = cx.allowed(Act::ClientRead, cx.org).await?;
    page(cx, request, |_, client: &Client| {
        wanted(filter.name.as_ref(), &client.name)
            && wanted(filter.enabled.as_ref(), &client.enabled)
            && filter.agent.is_none_or(|agent| client.agent == Some(agent))
            && filter.application.is_none_or(|app| client.application == Some(app))
    })
}

pub async fn get(cx: &Cx, id: ClientId) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientRead, id).await?;
    find(cx, id)
}

pub async fn create(cx: &Cx, new: NewClient) -> Outcome<CreatedClient> {
    let _may = cx.allowed(Act::ClientManage, cx.org).await?;
    let holder = Holder::of(cx);
    let mut client = drawn(cx, new)?;
    let secret = client.auth.is_secret().then(|| credentials::fresh(cx));
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            faces(tx, &client)?;
            holder.may_prove(tx.hot(), &client)?;
            client.meta = Meta::new(tx.now());
            if let Some((_, hash)) = &secret {
                client.secrets.push(credentials::kept(*hash, tx.now(), None));
            }
            let client = tx.insert(client)?;
            let recorded = tx.record(Event::ClientCreated {
                client: client.id,
                agent: client.agent,
                application: client.application,
                name: Text::new(&client.name),
            });
            // An agent holds what is assigned to the agent; the guard before its API is a client of its own.
            if client.application.is_some() && client.agent.is_none() {
                serve_resource(tx, client.id)?;
            }
            let secret = secret.map(|(secret, _)| secret);
            Ok::<_, Fault>(recorded.with(CreatedClient { client, secret }))
        })
        .await
}

/// The record of a new client, checked as far as that needs nobody else.
fn drawn(cx: &Cx, new: NewClient) -> Outcome<Client> {
    if !new.jwks.is_empty() && new.auth != AuthMethod::PrivateKeyJwt {
        return Err(Fault::invalid(
            "keys_unused",
            "keys are for private_key_jwt: choose it, or leave the keys out",
        ));
    }
    let client = Client {
        id: cx.env().id(),
        org: cx.org,
        name: check::line("the name", &new.name)?,
        agent: new.agent,
        application: new.application,
        auth: new.auth,
        secrets: Vec::new(),
        jwks: credentials::checked_keys(&new.jwks)?.into_iter().map(|(_, jwk)| jwk).collect(),
        strict_audience: new.strict_audience,
        grants: shape::unique(new.grants),
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        enabled: true,
        builtin: false,
        meta: Meta::new(cx.now()),
    };
    shape::sound(&client)?;
    Ok(client)
}

/// Whose face it is has to exist, and to be at work.
fn faces(tx: &Tx<'_>, client: &Client) -> Outcome<()> {
    if let Some(agent) = client.agent
        && referred::<Agent>(tx, agent)?.stage == Stage::Retired
    {
        return Err(Fault::conflict("agent_retired", "this agent is retired: register another"));
    }
    if let Some(app) = client.application
        && referred::<Application>(tx, app)?.builtin
    {
        return Err(builtin_fault("this application"));
    }
    Ok(())
}

/// A resource server follows the feed of marks and reports what came of its tokens: no more, and without being asked.
fn serve_resource(tx: &mut Tx<'_>, client: ClientId) -> Outcome<()> {
    let Some(api) = management(tx.hot(), tx.org()).map(|app| app.id) else { return Ok(()) };
    let scopes = Some(chancery_model::scopes(RESOURCE_SERVER_SCOPES));
    added(tx, NewAssignment { principal: Principal::Client(client), application: api, scopes }).map(drop)
}

pub async fn update(
    cx: &Cx,
    id: ClientId,
    expected: Option<i64>,
    patch: ClientPatch,
) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    let holder = Holder::of(cx);
    let name = patch.name.as_deref().map(|n| check::line("the name", n)).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            if before.builtin {
                return Err(builtin_fault("this client"));
            }
            let mut client = Client::clone(&before);
            let mut changes = Changes::default();
            changes.set("name", &mut client.name, name);
            changes.tell("strict_audience", &mut client.strict_audience, patch.strict_audience);
            changes.tell("grants", &mut client.grants, patch.grants.map(shape::unique));
            changes.tell("redirect_uris", &mut client.redirect_uris, patch.redirect_uris);
            let after_logout = patch.post_logout_redirect_uris;
            changes.tell("post_logout_redirect_uris", &mut client.post_logout_redirect_uris, after_logout);
            shape::sound(&client)?;
            if changes.has("redirect_uris") || changes.has("grants") {
                holder.may_prove(tx.hot(), &before)?;
            }
            let elsewhere = client.redirect_uris.iter().any(|uri| !before.redirect_uris.contains(uri));
            let client = changes.write(tx, before, client)?;
            let recorded = tx.record(Event::ClientUpdated {
                client: id,
                changed: changes.names(),
                values: changes.values(),
            });
            if elsewhere {
                ask_anew(tx, id)?;
            }
            Ok::<_, Fault>(recorded.with(client))
        })
        .await
}

/// People agreed to be sent where the client led then. Where it may lead elsewhere, they are asked again.
fn ask_anew(tx: &mut Tx<'_>, id: ClientId) -> Outcome<()> {
    let given = grants(tx.hot(), tx.org(), |g| g.client == id && g.origin == Origin::Consent);
    drop_grants(tx, &given, "the client got another redirect URI")
}
