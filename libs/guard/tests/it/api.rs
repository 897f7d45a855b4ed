//! The guarded API and a caller of it.

use std::time::{Duration, Instant};

use axum::{Extension, Json, Router, routing::get};
use chancery_guard::{Caller, Guard, Require};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::issuer;

pub struct Api {
    url: String,
    http: reqwest::Client,
}

pub struct Answer {
    pub status: u16,
    pub challenge: Option<String>,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Answer {
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }
}

impl Api {
    pub async fn start(guard: &Guard, require: Require) -> Self {
        let app = Router::new().route("/customers", get(customers)).layer(guard.layer(require));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/customers", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, http: reqwest::Client::new() }
    }

    pub async fn call(&self, token: &str) -> Answer {
        self.send("", Some(&format!("Bearer {token}"))).await
    }

    pub async fn send(&self, query: &str, authorization: Option<&str>) -> Answer {
        let mut request = self.http.get(format!("{}{query}", self.url));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let response = request.send().await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (challenge, retry_after) = (header("www-authenticate"), header("retry-after"));
        Answer {
            status: response.status().as_u16(),
            challenge,
            retry_after,
            body: response.json().await.unwrap(),
        }
    }
}

async fn customers(Extension(caller): Extension<Caller>) -> Json<Value> {
    let actors: Vec<_> = caller.actors.iter().map(|actor| actor.subject.clone()).collect();
    let profiles: Vec<_> = caller.actors.iter().map(|actor| actor.sub_profile.clone()).collect();
    Json(
        json!({"subject": caller.subject, "user": caller.user, "agent": caller.agent, "client": caller.client_id,
        "actors": actors, "profiles": profiles, "scopes": caller.scopes, "org": caller.org, "grant": caller.grant, "run": caller.run,
        "exp": caller.claims["exp"]}),
    )
}

#[tokio::test]
async fn a_good_token_brings_the_caller_to_the_handler() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let api = Api::start(&guard, Require::scope("crm.read")).await;
    let first = json!({"sub": "agt_1", "iss": issuer.url});
    let chain = json!({"act": {"sub": "agt_2", "iss": issuer.url, "sub_profile": "ai_agent", "act": first},
        "exp": issuer::now() + 77});
    let token = issuer.token(chain);
    for _ in 0..2 {
        let answer = api.call(&token).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body,
            json!({"subject": "usr_1", "user": "usr_1", "agent": "agt_2", "client": "cli_agent",
                "actors": ["agt_2", "agt_1"], "profiles": ["ai_agent", null], "scopes": ["crm.read", "crm.export"], "org": "org_1", "grant": "grt_1",
                "run": "run_1", "exp": answer.body["exp"]})
        );
    }
}

#[tokio::test]
async fn the_guard_runs_until_its_last_clone_is_gone() {
    use std::{sync::atomic::Ordering::SeqCst, time::Duration};
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let layer = guard.layer(Require::token());
    drop(guard);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(issuer.listeners.load(SeqCst), 1);
    drop(layer);
    for _ in 0..40 {
        if issuer.listeners.load(SeqCst) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the feed is still followed");
}

/// Calls until the status is this one, and says how long it took.
pub async fn until(api: &Api, token: &str, status: u16) -> Duration {
    let began = Instant::now();
    while api.call(token).await.status != status {
        assert!(began.elapsed() < Duration::from_secs(5), "never became {status}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    began.elapsed()
}

/// Waits until something holds.
pub async fn soon(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(5), "it never came true");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
