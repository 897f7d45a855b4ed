//! The vault: secrets handed out by tier, under a person's yes, lent, returned, taken back, rotated.

mod client;
mod command;
mod handed;
mod http;
mod keys;
mod kill;
mod lending;
mod master;
mod permission;
mod rotation;

use serde_json::{Value, json};

use crate::approvals::answers;
use crate::world::{Agent, App, Client, Person, Reply, World};
use chancery_testkit::{Browser, PASSWORD};

pub use chancery_testkit::watch::CANARY;
pub const AT: &str = "/api/v1/secrets/resource_groups/prod/projects/crm/secrets";

/// A support agent with a folder of secrets before it, and Brandon, for whom it works.
pub struct Safe {
    pub w: World,
    pub brandon: Person,
    pub crm: App,
    pub agent: Agent,
    pub folder: String,
    /// Brandon's browser, signed in.
    pub browser: Browser,
}

impl Safe {
    pub async fn open() -> Self {
        Self::on(World::start().await).await
    }

    pub async fn on(mut w: World) -> Self {
        let (brandon, crm, agent) = w.trio().await;
        let place = json!({"resource_group": "prod", "project": "crm"});
        let made = w.make("/api/v1/secrets/folders", place).await;
        let folder = made["id"].as_str().unwrap().to_owned();
        let mut browser = w.kit.browser().unwrap();
        browser.sign_in(&brandon.login, PASSWORD).await.unwrap();
        let mut safe = Self { w, brandon, crm, agent, folder, browser };
        let agent = safe.agent.id.clone();
        safe.admit(&agent).await;
        safe.reach(&agent, "auto").await;
        safe
    }

    /// Lets an agent ask the vault at all.
    pub async fn admit(&mut self, agent: &str) {
        let management = self.w.management();
        self.w.assign(agent, &management, Some("secrets.reveal")).await;
        let body = json!({"agent": agent, "application": management.id, "auto": "secrets.reveal"});
        self.w.make("/api/v1/connections", body).await;
    }

    /// Lets somebody reach the folder.
    pub async fn reach(&mut self, principal: &str, tier: &str) -> String {
        let body = json!({"principal": principal, "folder": self.folder, "tier": tier});
        let made = self.w.make("/api/v1/secrets/connections", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Puts an API key into the folder; the usual policy asks a person.
    pub async fn deposit(&mut self, name: &str, policy: Value) -> String {
        let mut body = json!({"name": name, "kind": "api_key", "value": {"key": CANARY}});
        if !policy.is_null() {
            body["policy"] = policy;
        }
        self.w.make(AT, body).await["id"].as_str().unwrap().to_owned()
    }

    /// The agent's own token for the vault.
    pub async fn token(&self, client: &Client) -> String {
        let api = self.w.kit.api_resource();
        let fields = [("grant_type", "client_credentials"), ("resource", &api), ("scope", "secrets.reveal")];
        self.w.token(client, &fields).await.access()
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Reply {
        self.w.send(self.w.http.post(self.w.kit.url(path)).bearer_auth(token).json(&body)).await
    }

    /// The agent asks for a secret.
    pub async fn ask(&self, secret: &str, body: Value) -> Reply {
        let token = self.token(&self.agent.client).await;
        self.post(&token, &format!("{AT}/{secret}/reveal"), body).await
    }

    /// The usual question, for Brandon.
    pub fn wish(&self) -> Value {
        json!({"user": self.brandon.login, "task": "Look at the deals of Acme"})
    }

    pub async fn answer(&mut self, request: &str, word: &str) {
        let page = answers(&mut self.browser, request, word).await;
        assert_eq!(page.status, 303, "{}", page.body);
    }

    /// Asks, and Brandon says yes; the request's id.
    pub async fn approved(&mut self, secret: &str) -> String {
        self.approved_for(secret, "Look at the deals of Acme").await
    }

    pub async fn approved_for(&mut self, secret: &str, task: &str) -> String {
        let asked = self.ask(secret, json!({"user": self.brandon.login, "task": task})).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let request = asked.body["request"].as_str().unwrap().to_owned();
        self.answer(&request, "approve").await;
        request
    }
}

pub fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.body["code"].as_str().unwrap_or_default())
}

pub fn key(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["value"]["key"].as_str().unwrap_or_else(|| panic!("{}", reply.text))
}
