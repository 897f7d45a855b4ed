//! A person decides: backchannel requests, the inbox, and what comes of an answer.

mod access;
mod answers;
mod approvers;
mod assigned;
mod chromium;
pub mod crm;
mod delivery;
mod desk;
mod endpoints;
mod events;
mod leaving;
pub mod notices;
pub mod permissions;
mod pinged;
mod polls;
mod races;
mod requests;
mod signed;
pub mod tells;
mod weight;

use serde_json::{Value, json};

use crate::world::{Agent, App, Client, Person, Reply, World};
use chancery_testkit::{Browser, PASSWORD, Page};

pub const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// A support agent that may change what Brandon may change, if he says yes each time.
pub struct Desk {
    pub w: World,
    pub brandon: Person,
    pub crm: App,
    pub agent: Agent,
    /// The agent's client that asks.
    pub asks: Client,
    /// Brandon's browser, signed in.
    pub browser: Browser,
}

/// A request that was taken.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: String,
    pub approval: String,
}

pub fn task() -> Value {
    json!({"type": "agent_task", "task": "Set the stage of Acme Corp to won", "system": "crm", "data": "the record of Acme Corp",
        "access": "change", "impact": "The forecast changes", "duration": 120})
}

impl Desk {
    pub async fn open() -> Self {
        Self::open_on(World::start().await).await
    }

    pub async fn open_on(mut w: World) -> Self {
        let (brandon, crm, agent) = w.trio().await;
        let asks = w
            .client(json!({"name": "asks", "agent": agent.id, "auth": "client_secret_basic",
            "grants": [CIBA, "client_credentials"]}))
            .await;
        let mut browser = w.kit.browser().unwrap();
        browser.sign_in(&brandon.login, PASSWORD).await.unwrap();
        Self { w, brandon, crm, agent, asks, browser }
    }

    /// The usual request, changed: an empty value leaves a parameter out.
    pub async fn request(&self, changes: &[(&str, &str)]) -> Reply {
        let details = json!([task()]).to_string();
        let mut fields = vec![
            ("scope", "openid crm.pay"),
            ("resource", self.crm.resource.as_str()),
            ("login_hint", self.brandon.login.as_str()),
            ("binding_message", "Approve AI agent to pay for Brandon?"),
            ("authorization_details", details.as_str()),
        ];
        fields.retain(|(name, _)| changes.iter().all(|(other, _)| other != name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.w.as_client("/oauth2/bc-authorize", &self.asks, &fields).await
    }

    pub async fn ask(&self) -> Asked {
        self.ask_with(&[]).await
    }

    pub async fn ask_with(&self, changes: &[(&str, &str)]) -> Asked {
        let reply = self.request(changes).await;
        Asked { id: reply.get("auth_req_id").to_owned(), approval: reply.get("approval").to_owned() }
    }

    pub async fn poll(&self, asked: &Asked) -> Reply {
        self.poll_with(asked, &[]).await
    }

    pub async fn poll_with(&self, asked: &Asked, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("grant_type", CIBA), ("auth_req_id", asked.id.as_str())];
        fields.extend_from_slice(more);
        self.w.token(&self.asks, &fields).await
    }

    /// A poll that runs by itself.
    pub fn polling(&self, asked: &Asked, wait: &str) -> tokio::task::JoinHandle<Reply> {
        let form = [
            ("client_id", self.asks.id.clone()),
            ("client_secret", self.asks.secret.clone()),
            ("grant_type", CIBA.to_owned()),
            ("auth_req_id", asked.id.clone()),
            ("wait", wait.to_owned()),
        ];
        let request = self.w.http.post(self.w.kit.url("/oauth2/token")).form(&form);
        tokio::spawn(async move { Reply::read(request.send().await.unwrap()).await })
    }

    /// Brandon opens the question and presses a button.
    pub async fn answers(&mut self, asked: &Asked, word: &str) -> Page {
        answers(&mut self.browser, &asked.approval, word).await
    }

    pub async fn approves(&mut self, asked: &Asked) {
        let page = self.answers(asked, "approve").await;
        assert_eq!(page.status, 303, "{}", page.body);
    }

    pub async fn state(&mut self, asked: &Asked) -> String {
        let read = self.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await;
        read["state"].as_str().unwrap().to_owned()
    }
}

pub async fn answers(browser: &mut Browser, approval: &str, word: &str) -> Page {
    let path = format!("/inbox/{approval}");
    let page = browser.get(&path).await.unwrap();
    browser.submit(&page, &format!("{path}/answer"), &[("answer", word)]).await.unwrap()
}
