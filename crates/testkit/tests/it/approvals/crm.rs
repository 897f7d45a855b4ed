//! The system behind it all: it takes an update under a token that the issuer vouches for, and shows it to people.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Desk;
use crate::world::Client;

#[derive(Clone)]
struct Inner {
    introspection: String,
    guard: Client,
    resource: String,
    stage: Arc<Mutex<String>>,
}

/// One deal, in a system of its own.
pub struct Crm {
    pub page: String,
    http: reqwest::Client,
}

impl Crm {
    pub async fn start(d: &Desk) -> Self {
        let inner = Inner {
            introspection: d.w.kit.url("/oauth2/introspect"),
            guard: d.crm.guard.clone(),
            resource: d.crm.resource.clone(),
            stage: Arc::new(Mutex::new("open".to_owned())),
        };
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let page = format!("http://{}/deals/acme", socket.local_addr().unwrap());
        let routes = Router::new().route("/deals/acme", get(shown)).route("/deals/acme", put(updated));
        tokio::spawn(async move { axum::serve(socket, routes.with_state(inner)).await });
        Self { page, http: reqwest::Client::new() }
    }

    /// The agent moves the deal on; how the system answers.
    pub async fn update(&self, token: &str, stage: &str) -> u16 {
        let request = self.http.put(&self.page).bearer_auth(token).json(&json!({ "stage": stage }));
        request.send().await.unwrap().status().as_u16()
    }
}

async fn shown(State(crm): State<Inner>) -> Html<String> {
    let stage = crm.stage.lock().unwrap().clone();
    Html(format!(
        "<!doctype html><html lang=\"en\"><title>CRM</title><h1>Acme Corp</h1><p>Stage: {stage}</p></html>"
    ))
}

async fn updated(State(crm): State<Inner>, headers: HeaderMap, Json(deal): Json<Value>) -> StatusCode {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let form = crm.guard.with(&[("token", token.unwrap_or_default())]);
    let asked = reqwest::Client::new().post(&crm.introspection).form(&form).send().await.unwrap();
    let told: Value = asked.json().await.unwrap();
    let may = told["scope"].as_str().is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "crm.pay"));
    if told["active"] != true || !may || told["aud"] != json!(crm.resource) {
        return StatusCode::UNAUTHORIZED;
    }
    *crm.stage.lock().unwrap() = deal["stage"].as_str().unwrap().to_owned();
    StatusCode::NO_CONTENT
}
