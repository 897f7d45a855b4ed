//! The management API, as a program uses it.

use anyhow::Context;
use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH};
use serde_json::Value;

use crate::{IDLE, watch};

/// The API with one token, or without any.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    server: String,
    pub token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub body: Value,
}

impl Answer {
    /// A text of the body, such as `id`.
    pub fn text(&self, name: &str) -> anyhow::Result<&str> {
        self.body.get(name).and_then(Value::as_str).with_context(|| format!("no `{name}` in {self:?}"))
    }

    /// The answer, if it is a success.
    pub fn ok(self) -> anyhow::Result<Self> {
        anyhow::ensure!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        Ok(self)
    }
}

impl Api {
    pub fn new(server: &str, token: Option<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self { http, server: server.to_owned(), token })
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// Changes a record as it stands now.
    pub async fn patch(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        let version = self.get(path).await?.etag;
        self.send(Method::PATCH, path, Some(body), version).await
    }

    pub async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        let version = self.get(path).await?.etag;
        self.send(Method::DELETE, path, None, version).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        version: Option<String>,
    ) -> anyhow::Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.server));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        if let Some(version) = version {
            request = request.header(IF_MATCH, version);
        }
        let response = request.send().await.context("the server does not answer")?;
        let status = response.status().as_u16();
        let etag = response.headers().get(ETAG).map(|tag| tag.to_str().map(str::to_owned)).transpose()?;
        let text = response.text().await?;
        if status >= 400 {
            watch::check("a refusal", &text)?;
        }
        Ok(Answer { status, etag, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }
}
