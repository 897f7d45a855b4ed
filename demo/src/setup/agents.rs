//! The agents: registered, given owners and credentials, connected, and put to work.

use std::time::Instant;

use anyhow::Context;
use chancery_client::{Client, ClientAuth, HttpOptions};
use reqwest::Method;
use serde_json::json;

use super::Agents;
use super::people::Hired;
use super::systems::{Registered, assign, client_of};
use crate::agents::{Agent, Credential};
use crate::desk::{self, Desk, text};

/// Where the support agent's page is run from.
pub(crate) const SUPPORT_PAGE: &str = "https://support.corp.example/callback";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const CIBA: &str = "urn:openid:params:grant-type:ciba";

struct Hiring<'a> {
    desk: &'a mut Desk,
    issuer: &'a str,
    hired: &'a Hired,
}

pub(super) async fn register(
    desk: &mut Desk,
    issuer: &str,
    hired: &Hired,
    systems: &Registered,
) -> anyhow::Result<Agents> {
    let mut hiring = Hiring { desk, issuer, hired };
    let finance =
        hiring.with_secret("finance-agent-app", "Answers questions about ledgers and budgets").await?;
    let hr = hiring.with_secret("hr-agent-app", "Answers questions about vacancies").await?;
    let support = hiring.support().await?;
    let page = hiring.support_page(&support.id).await?;
    let finance_assignment = assign(hiring.desk, &finance.id, &systems.finance.id, None).await?;
    assign(hiring.desk, &hr.id, &systems.hr.id, None).await?;
    let crm_connection = hiring.connect(&support.id, &systems.crm.id).await?;
    Ok(Agents { finance, hr, support, page, finance_assignment, crm_connection })
}

impl Hiring<'_> {
    /// An agent whose client has a secret, and at which people sign in.
    async fn with_secret(&mut self, name: &str, purpose: &str) -> anyhow::Result<Agent> {
        let id = self.agent(name, purpose).await?;
        let redirect_uri = format!("https://{name}.corp.example/callback");
        let body = json!({"name": name, "agent": id, "auth": "client_secret_basic",
            "grants": ["authorization_code", "client_credentials", EXCHANGE], "redirect_uris": [redirect_uri]});
        let (client, secret) = client_of(&self.desk.post("/api/v1/clients", &body).await?)?;
        let secret = secret.with_context(|| format!("the client of {name} came without a secret"))?;
        self.activate(&id).await?;
        Agent::new(self.issuer, (id, name), client, Credential::Secret(secret), redirect_uri).await
    }

    /// The support agent keeps its private key to itself: the server gets the public half.
    async fn support(&mut self) -> anyhow::Result<Agent> {
        let name = "support-agent";
        let id = self.agent(name, "Answers customers' questions and keeps their records in order").await?;
        let (credential, jwks) = Credential::key()?;
        let body = json!({"name": name, "agent": id, "auth": "private_key_jwt", "jwks": jwks,
            "grants": ["client_credentials", EXCHANGE, CIBA]});
        let (client, _) = client_of(&self.desk.post("/api/v1/clients", &body).await?)?;
        self.activate(&id).await?;
        Agent::new(self.issuer, (id, name), client, credential, SUPPORT_PAGE.to_owned()).await
    }

    /// The same agent's page in the browser. It can keep no secret, so it has none.
    async fn support_page(&mut self, agent: &str) -> anyhow::Result<Client> {
        let body = json!({"name": "support-agent page", "agent": agent, "auth": "none",
            "grants": ["authorization_code"], "redirect_uris": [SUPPORT_PAGE]});
        let (client_id, _) = client_of(&self.desk.post("/api/v1/clients", &body).await?)?;
        let auth = ClientAuth::None { client_id };
        Ok(Client::discover(self.issuer, auth, HttpOptions::default()).await?)
    }

    async fn agent(&mut self, name: &str, purpose: &str) -> anyhow::Result<String> {
        let body = json!({"name": name, "purpose": purpose, "owners": [self.hired.owner],
            "sponsor": self.hired.sponsor, "why": "the stories need it"});
        text(&self.desk.post("/api/v1/agents", &body).await?, "/id")
    }

    async fn activate(&mut self, agent: &str) -> anyhow::Result<()> {
        stage(self.desk, agent, "active", "ready for work").await.map(drop)
    }

    /// What the support agent may reach: customers without asking, changes after asking, people's records here, and the vault,
    /// where each secret has a policy of its own.
    async fn connect(&mut self, agent: &str, crm: &str) -> anyhow::Result<String> {
        let api = self.management().await?;
        assign(self.desk, agent, crm, None).await?;
        let here = "users.read secrets.reveal";
        assign(self.desk, agent, &api, Some(here)).await?;
        let here = json!({"agent": agent, "application": api, "auto": here});
        self.desk.post("/api/v1/connections", &here).await?;
        // One second at first: the story waits for a token to expire.
        let there = json!({"agent": agent, "application": crm, "auto": "crm.read", "approval": "crm.write",
            "longest_lifetime": 1});
        text(&self.desk.post("/api/v1/connections", &there).await?, "/id")
    }

    /// The management API is an application like the others.
    async fn management(&mut self) -> anyhow::Result<String> {
        let mut path = "/api/v1/applications?resource=".to_owned();
        path.extend(url::form_urlencoded::byte_serialize(desk::resource(self.issuer).as_bytes()));
        let list = self.desk.get(&path).await?;
        text(&list, "/items/0/id").context("the management API is not among the applications")
    }
}

/// Moves an agent to another stage; says when the order was sent.
pub(crate) async fn stage(desk: &mut Desk, agent: &str, to: &str, why: &str) -> anyhow::Result<Instant> {
    let path = format!("/api/v1/agents/{agent}");
    let tag = desk.tag(&path).await?;
    let since = Instant::now();
    let body = json!({"stage": to, "why": why});
    desk.change_at(Method::POST, &format!("{path}/stage"), tag, Some(&body)).await?;
    Ok(since)
}
