//! The systems: registered with their scopes, each with a client for its guard.

use chancery_client::{Client, ClientAuth, HttpOptions, Secret};
use serde_json::{Value, json};

use super::Systems;
use super::people::Hired;
use crate::desk::{Desk, text};
use crate::world::{self, Crm, Registration};

/// Where the CRM's own page is run from.
pub(crate) const CRM_PAGE: &str = "https://crm.example/callback";

pub(super) struct Registered {
    pub finance: Registration,
    pub hr: Registration,
    pub crm: Registration,
    crm_page: String,
}

pub(super) async fn register(desk: &mut Desk, hired: &Hired) -> anyhow::Result<Registered> {
    let finance = system(desk, &business(&world::FINANCE)).await?;
    let hr = system(desk, &business(&world::HR)).await?;
    let crm = system(desk, &customers()).await?;
    assign(desk, &hired.cast.finance_group, &finance.id, None).await?;
    assign(desk, &hired.hr_group, &hr.id, None).await?;
    assign(desk, &hired.cast.brandon.id, &crm.id, None).await?;
    let page = json!({"name": "CRM page", "auth": "none", "grants": ["authorization_code"],
        "redirect_uris": [CRM_PAGE]});
    let made = desk.post("/api/v1/clients", &page).await?;
    let (crm_page, _) = client_of(&made)?;
    Ok(Registered { finance, hr, crm, crm_page })
}

fn business(app: &world::Business) -> Value {
    json!({
        "name": app.name,
        "description": "A system of Corp Example that agents and people use together",
        "resource": app.resource,
        "profile": "agbac-1.0",
        "scopes": [{"name": world::SCOPE, "title": format!("use {}", app.name), "data": "its records",
            "action": "read", "impact": "It sees what you see there.", "tier": "auto"}],
    })
}

fn customers() -> Value {
    json!({
        "name": Crm::NAME,
        "description": "A mock of a CRM such as Salesforce: customers and who looks after them",
        "resource": Crm::RESOURCE,
        "profile": "act_as",
        "scopes": [
            {"name": "crm.read", "title": "read your customers", "data": "customers, contacts, stages",
                "action": "read", "impact": "It can carry your customer list away.", "tier": "auto"},
            {"name": "crm.write", "title": "change your customers", "data": "customers, contacts, stages",
                "action": "change", "impact": "It can spoil records and promise what you did not.", "tier": "approval"},
        ],
    })
}

/// Registers an application, and the client its guard speaks with.
async fn system(desk: &mut Desk, body: &Value) -> anyhow::Result<Registration> {
    let made = desk.post("/api/v1/applications", body).await?;
    let (id, name, resource) = (text(&made, "/id")?, text(&made, "/name")?, text(&made, "/resource")?);
    let guard = json!({"name": format!("{name} guard"), "application": id, "auth": "client_secret_basic",
        "grants": ["client_credentials"]});
    let (client_id, secret) = client_of(&desk.post("/api/v1/clients", &guard).await?)?;
    let secret = secret.ok_or_else(|| anyhow::anyhow!("the guard's client came without a secret"))?;
    Ok(Registration { id, name, resource, client_id, secret })
}

/// Id and secret of a client just made.
pub(super) fn client_of(made: &Value) -> anyhow::Result<(String, Option<Secret>)> {
    Ok((text(made, "/id")?, text(made, "/client_secret").ok().map(Secret::from)))
}

/// Assigns a user, group or agent to an application.
pub(crate) async fn assign(
    desk: &mut Desk,
    principal: &str,
    application: &str,
    scopes: Option<&str>,
) -> anyhow::Result<String> {
    let mut body = json!({"principal": principal, "application": application});
    if let (Some(body), Some(scopes)) = (body.as_object_mut(), scopes) {
        body.insert("scopes".to_owned(), json!(scopes));
    }
    text(&desk.post("/api/v1/assignments", &body).await?, "/id")
}

impl Registered {
    /// Starts the systems, each with its guard.
    pub async fn open(self, issuer: &str) -> anyhow::Result<Systems> {
        let auth = ClientAuth::None { client_id: self.crm_page };
        Ok(Systems {
            finance: world::FINANCE.start(issuer, self.finance).await?,
            hr: world::HR.start(issuer, self.hr).await?,
            crm: Crm::start(issuer, self.crm).await?,
            crm_page: Client::discover(issuer, auth, HttpOptions::default()).await?,
        })
    }
}
