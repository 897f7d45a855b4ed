//! What the mock systems have in common: a port of their own, a guard, and somebody who calls them.

use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use chancery_client::{Client, ClientAuth, HttpOptions, Secret};
use chancery_guard::{Guard, Profile};
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A system as it is registered: what its operator was given.
#[derive(Clone)]
pub(crate) struct Registration {
    pub id: String,
    pub name: String,
    pub resource: String,
    pub client_id: String,
    pub secret: Secret,
}

/// A running system.
pub(crate) struct Mock {
    pub id: String,
    pub name: String,
    pub resource: String,
    /// Path of its first page.
    pub front: &'static str,
    address: String,
    http: reqwest::Client,
    guard: Guard,
    client: Client,
    serving: JoinHandle<()>,
}

/// What a system answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Mock {
    /// Starts a guard as the system's operator would, and serves the routes behind it.
    pub async fn start(
        issuer: &str,
        registered: Registration,
        (profile, front): (Profile, &'static str),
        routes: impl FnOnce(&Guard) -> Router,
    ) -> anyhow::Result<Self> {
        let Registration { id, name, resource, client_id, secret } = registered;
        let guard = Guard::builder(issuer).audience(&resource).client(&client_id, secret.expose());
        // Issuer and systems share one clock here, so a token ends to the second.
        let guard = guard.profile(profile).realm(&name).leeway(Duration::ZERO).start().await;
        let guard = guard.with_context(|| format!("the guard of {name} does not start"))?;
        let auth = ClientAuth::SecretBasic { client_id, secret };
        let client = Client::discover(issuer, auth, HttpOptions::default()).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let router = routes(&guard);
        let serving = tokio::spawn(async move {
            // It ends with the demo; a failure shows in the calls.
            let _ = axum::serve(listener, router).await;
        });
        let http = reqwest::Client::new();
        Ok(Self { id, name, resource, front, address, http, guard, client, serving })
    }

    /// Calls a path with a token.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: &Secret,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let request =
            self.http.request(method, format!("{}{path}", self.address)).bearer_auth(token.expose());
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.with_context(|| format!("{} does not answer", self.name))?;
        let status = response.status().as_u16();
        Ok(Reply { status, body: response.json().await.unwrap_or_default() })
    }

    /// Calls with a token until it is refused; how long that took since `since`, if it happened within the bound.
    pub async fn refused_within(
        &self,
        token: &Secret,
        since: Instant,
        bound: Duration,
    ) -> anyhow::Result<Option<(Duration, Reply)>> {
        loop {
            let reply = self.send(Method::GET, self.front, token, None).await?;
            let passed = since.elapsed();
            if reply.status == 401 {
                return Ok(Some((passed, reply)));
            }
            if passed > bound {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Asks the issuer about a token (RFC 7662).
    pub async fn introspect(&self, token: &Secret) -> anyhow::Result<bool> {
        let answer = self.client.introspect(token.expose()).await;
        Ok(answer.with_context(|| format!("{} cannot introspect", self.name))?.active)
    }

    /// Waits until everything the guard saw is reported to the issuer's log.
    pub async fn flush(&self) -> bool {
        self.guard.flush().await
    }

    pub fn hears(&self) -> bool {
        self.guard.hears()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Reply {
    /// What it says, in one line.
    pub fn told(&self) -> String {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        match (text("error"), text("error_description"), text("says")) {
            (Some(error), Some(description), _) => format!("{error} · {description}"),
            (Some(error), None, _) => error.to_owned(),
            (None, _, Some(says)) => says.to_owned(),
            (None, ..) => String::new(),
        }
    }
}
