//! What can be done to a record beside creating, changing and deleting it.

use http::Method;
use serde_json::{Map, Value, json};

use super::rest::Rest;
use super::{AgentVerb, Body, ClientVerb, TokenVerb, list, path, segment, show};

impl AgentVerb {
    pub(super) async fn run(self, rest: &Rest, json: bool) -> anyhow::Result<()> {
        match self {
            Self::Any(verb) => verb.run(rest, "agents", json).await,
            Self::Contain { id, reason } => {
                post(rest, &format!("{}/contain", path("agents", &id)), because(Some(reason)), json).await
            }
            Self::Release { id, reason } => {
                post(rest, &format!("{}/release", path("agents", &id)), because(Some(reason)), json).await
            }
        }
    }
}

impl ClientVerb {
    pub(super) async fn run(self, rest: &Rest, json: bool) -> anyhow::Result<()> {
        match self {
            Self::Any(verb) => verb.run(rest, "clients", json).await,
            Self::AddSecret { id } => {
                post(rest, &format!("{}/secrets", path("clients", &id)), Map::new(), json).await
            }
            Self::RemoveSecret { id, name, keep_tokens } => {
                let tokens = if keep_tokens { "keep" } else { "end" };
                let client = path("clients", &id);
                let address = format!("{client}/secrets/{}?tokens={tokens}", segment(&name));
                show(&rest.send(Method::DELETE, &address, None, None).await?, json)
            }
            Self::Disable { id, reason } => {
                post(rest, &format!("{}/disable", path("clients", &id)), because(Some(reason)), json).await
            }
            Self::Enable { id } => show(
                &rest.send(Method::POST, &format!("{}/enable", path("clients", &id)), None, None).await?,
                json,
            ),
        }
    }
}

impl TokenVerb {
    pub(super) async fn run(self, rest: &Rest, json: bool) -> anyhow::Result<()> {
        match self {
            Self::List { filter, most } => list(rest, "tokens", &filter, most, json).await,
            Self::Revoke { pos, reason } => {
                post(rest, &format!("/api/v1/tokens/{pos}/revoke"), because(reason), json).await
            }
        }
    }
}

fn because(reason: Option<String>) -> Body {
    reason.map(|reason| ("reason".to_owned(), json!(reason))).into_iter().collect()
}

async fn post(rest: &Rest, path: &str, body: Body, json: bool) -> anyhow::Result<()> {
    show(&rest.send(Method::POST, path, Some(&Value::Object(body)), None).await?, json)
}
