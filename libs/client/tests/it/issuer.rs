//! An issuer that records what it is asked and answers what it is told.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{Form, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use chancery_client::{Client, ClientAuth, HttpOptions};
use chancery_jose::{Alg, SigningKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[expect(clippy::disallowed_methods, reason = "the client reads the wall clock, so its tests do")]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

#[derive(Clone, Default)]
pub struct Asked {
    pub form: HashMap<String, String>,
    pub authorization: Option<String>,
}

pub struct Inner {
    pub url: String,
    pub key: SigningKey,
    pub asked: Mutex<Asked>,
    pub answer: Mutex<(u16, Value)>,
    /// Given out before the other, one each time.
    pub first: Mutex<VecDeque<(u16, Value)>>,
}

pub type Issuer = Arc<Inner>;

impl Inner {
    pub fn answers(&self, status: u16, body: Value) {
        *self.answer.lock().unwrap() = (status, body);
    }

    pub fn answers_in_turn(&self, answers: &[(u16, Value)]) {
        self.first.lock().unwrap().extend(answers.iter().cloned());
    }

    pub fn asked(&self) -> Asked {
        self.asked.lock().unwrap().clone()
    }

    pub async fn client(&self, auth: ClientAuth) -> Client {
        Client::discover(&self.url, auth, HttpOptions::default()).await.unwrap()
    }

    pub async fn public_client(&self) -> Client {
        self.client(ClientAuth::None { client_id: "cli_1".into() }).await
    }
}

pub async fn start() -> Issuer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = Arc::new(Inner {
        url: format!("http://{}", listener.local_addr().unwrap()),
        key: SigningKey::generate(Alg::Es256).unwrap(),
        asked: Mutex::default(),
        answer: Mutex::new((200, json!({"access_token": "at-1", "token_type": "Bearer", "expires_in": 300}))),
        first: Mutex::default(),
    });
    let app = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/token", post(form))
        .route("/bc-authorize", post(form))
        .route("/introspect", post(form))
        .route("/revoke", post(form))
        .route("/userinfo", get(userinfo))
        .route("/api/v1/requests", post(desk))
        .route("/api/v1/requests/{id}", get(desk))
        .route("/api/v1/grants/{id}/return", post(desk))
        .with_state(Arc::clone(&issuer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    issuer
}

async fn metadata(State(issuer): State<Issuer>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", issuer.url);
    Json(json!({"issuer": issuer.url, "jwks_uri": at("/keys"), "token_endpoint": at("/token"),
        "authorization_endpoint": at("/authorize"), "introspection_endpoint": at("/introspect"),
        "revocation_endpoint": at("/revoke"), "userinfo_endpoint": at("/userinfo"),
        "backchannel_authentication_endpoint": at("/bc-authorize"),
        "authorization_response_iss_parameter_supported": true}))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json(json!({"keys": [issuer.key.public().jwk()]}))
}

fn authorization(headers: &HeaderMap) -> Option<String> {
    headers.get("authorization").map(|value| value.to_str().unwrap().to_owned())
}

async fn form(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    *issuer.asked.lock().unwrap() = Asked { form, authorization: authorization(&headers) };
    let first = issuer.first.lock().unwrap().pop_front();
    let (status, body) = first.unwrap_or_else(|| issuer.answer.lock().unwrap().clone());
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

/// The management API: what it is asked stands in the form under the names of the body, and `path`.
async fn desk(
    State(issuer): State<Issuer>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut form: HashMap<String, String> =
        body.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    form.insert("path".to_owned(), uri.to_string());
    *issuer.asked.lock().unwrap() = Asked { form, authorization: authorization(&headers) };
    let first = issuer.first.lock().unwrap().pop_front();
    let (status, body) = first.unwrap_or_else(|| issuer.answer.lock().unwrap().clone());
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

async fn userinfo(headers: HeaderMap) -> Json<Value> {
    Json(json!({"sub": "usr_1", "saw": authorization(&headers)}))
}
