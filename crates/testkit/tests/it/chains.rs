//! Agents that call agents: each hop is an exchange, and nothing a hop gives is more than it was given.

mod ends;
mod guarded;
mod hops;
mod property;

use serde_json::{Value, json};

use crate::world::{Agent, App, CALLBACK, EXCHANGE, Person, Reply, World, claims};

/// An agent and the API by which others call it.
pub struct Link {
    pub agent: Agent,
    pub api: App,
}

/// A person, a system, and agents that call one another.
pub struct Chain {
    pub w: World,
    pub alice: Person,
    pub crm: App,
    pub links: Vec<Link>,
}

impl Chain {
    pub async fn of(length: usize) -> Self {
        Self::on(World::start().await, length).await
    }

    pub async fn on(mut w: World, length: usize) -> Self {
        let (alice, crm) = (w.person("alice").await, w.app("crm", json!({})).await);
        let mut links = Vec::new();
        for at in 0..length {
            let api = w.app(&format!("api{at}"), json!({})).await;
            let mut agent = w.agent(&format!("agent{at}")).await;
            let face = json!({"name": format!("called {at}"), "agent": agent.id, "application": api.id, "auth": "client_secret_basic",
                "grants": ["authorization_code", EXCHANGE], "redirect_uris": [CALLBACK]});
            agent.client = w.client(face).await;
            links.push(Link { agent, api });
        }
        let apps: Vec<App> = links.iter().map(|link| link.api.clone()).chain([crm.clone()]).collect();
        for app in &apps {
            w.assign(&alice.id, app, None).await;
            for link in &links {
                w.assign(&link.agent.id, app, None).await;
            }
        }
        Self { w, alice, crm, links }
    }

    /// What the first agent has after the person signed in there.
    pub async fn sign_in(&self) -> String {
        self.w.sign_in(&self.alice, &self.links[0].agent.client, &[("scope", "openid")]).await.access
    }

    /// One agent exchanges a token for another system.
    pub async fn hop(&self, by: usize, token: &str, to: &App) -> Reply {
        self.w.exchange(&self.links[by].agent.client, token, &[("resource", &to.resource)]).await
    }

    /// Tokens from the sign-in on: each agent calls the next, and the last one the system.
    pub async fn walk(&self) -> Vec<String> {
        let mut tokens = vec![self.sign_in().await];
        for by in 0..self.links.len() {
            let to = self.links.get(by + 1).map_or(&self.crm, |next| &next.api);
            let reply = self.hop(by, tokens.last().unwrap(), to).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            tokens.push(reply.access());
        }
        tokens
    }

    /// `act` of a token that these agents handed on, the latest first.
    pub fn act(&self, agents: &[usize]) -> Value {
        let own = |at: usize| json!({"sub": self.links[at].agent.id, "iss": self.w.issuer(), "sub_profile": "ai_agent"});
        agents.iter().rev().fold(Value::Null, |inner, at| {
            let mut act = own(*at);
            if !inner.is_null() {
                act["act"] = inner;
            }
            act
        })
    }

    /// The chain a token names, the latest first.
    pub fn named(token: &str) -> Vec<String> {
        let mut act = claims(token)["act"].clone();
        let mut all = Vec::new();
        while let Some(agent) = act["sub"].as_str() {
            all.push(agent.to_owned());
            act = act["act"].clone();
        }
        all
    }
}
