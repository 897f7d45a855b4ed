//! An issuer as far as a guard sees one: metadata, keys, client credentials, the feed, outcomes.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Form, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chancery_guard::{Builder, Guard};
use chancery_jose::{AccessToken, Alg, RevocationFeed, SigningKey, sign};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast};

pub const AUDIENCE: &str = "https://crm.example";

#[expect(clippy::disallowed_methods, reason = "the guard reads the wall clock, so its tests do")]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

pub struct Inner {
    pub url: String,
    pub key: SigningKey,
    pub more_keys: Mutex<Vec<SigningKey>>,
    pub beating: AtomicBool,
    pub snapshots: AtomicUsize,
    pub listeners: AtomicUsize,
    pub key_fetches: AtomicUsize,
    pub failures: AtomicUsize,
    pub outcomes: Mutex<Vec<Value>>,
    /// Answers to reports that are lost on the way back.
    pub lost_answers: AtomicUsize,
    /// The ids of keys that the feed names; it names none where there is no list.
    pub named: Mutex<Option<Vec<String>>>,
    /// Signs the feed instead of `key`, once there is one.
    pub feed_key: Mutex<Option<SigningKey>>,
    log: Mutex<Log>,
    feed: broadcast::Sender<String>,
}

#[derive(Default)]
struct Log {
    seq: u64,
    marks: Vec<Value>,
}

pub type Issuer = Arc<Inner>;

impl Inner {
    fn event(&self, name: &str, iat: i64, prev: Option<u64>, seq: u64, marks: &[Value]) -> String {
        let mut claims = json!({"iss": self.url, "iat": iat, "exp": now() + 60, "org_id": "org_1", "seq": seq,
            "prev": prev, "marks": marks});
        if let Some(named) = &*self.named.lock().unwrap() {
            claims["keys"] = json!(named);
        }
        let other = self.feed_key.lock().unwrap();
        let key = other.as_ref().unwrap_or(&self.key);
        format!("event: {name}\ndata: {}\n\n", sign::<RevocationFeed, _>(key, &claims).unwrap())
    }

    /// Publishes one more key, and says its id.
    pub fn publish(&self) -> String {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let kid = key.kid().to_owned();
        self.more_keys.lock().unwrap().push(key);
        kid
    }

    /// A token signed with the key that was published last.
    pub fn token_by_newest(&self) -> String {
        let keys = self.more_keys.lock().unwrap();
        self.token_by::<AccessToken>(keys.last().unwrap(), json!({}))
    }

    /// From now on, the feed names these keys and its own.
    pub fn name(&self, kids: &[&str]) {
        let own = [self.key.kid()];
        let named = own.iter().chain(kids).map(|kid| (*kid).to_owned()).collect();
        *self.named.lock().unwrap() = Some(named);
    }

    /// Sets a mark; `lost` keeps its event from the wire.
    pub fn mark(&self, key: &str, pos: i64, lost: bool) {
        let mark = json!({"key": key, "pos": pos, "until": now() + 900});
        let mut log = self.log.lock().unwrap();
        let prev = log.seq;
        log.seq += 1;
        log.marks.push(mark.clone());
        if !lost {
            let _ = self.feed.send(self.event("marks", now(), Some(prev), log.seq, &[mark]));
        }
    }

    pub fn beat(&self, iat: i64) {
        let log = self.log.lock().unwrap();
        let _ = self.feed.send(self.event("beat", iat, Some(log.seq), log.seq, &[]));
    }

    pub fn raw(&self, event: &str) {
        let _ = self.feed.send(event.to_owned());
    }

    /// An agent's token for a person, with some claims changed; `null` removes one.
    pub fn token(&self, changes: Value) -> String {
        self.token_by::<AccessToken>(&self.key, changes)
    }

    pub fn token_by<P: chancery_jose::Purpose>(&self, key: &SigningKey, changes: Value) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut claims = json!({"iss": self.url, "aud": AUDIENCE, "sub": "usr_1",
            "act": {"sub": "agt_1", "iss": self.url, "sub_profile": "ai_agent"}, "client_id": "cli_agent", "scope": "crm.read crm.export", "org_id": "org_1", "run_id": "run_1",
            "grant_id": "grt_1", "pos": 100, "jti": format!("jti-{}", COUNT.fetch_add(1, SeqCst)), "iat": now(),
            "exp": now() + 60, "keys": ["agt_1", "usr_1", "app_crm", "cli_agent", "grt_1", "run_1"]});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        sign::<P, _>(key, &claims).unwrap()
    }

    pub fn builder(&self) -> Builder {
        Guard::builder(&self.url).audience(AUDIENCE).realm("crm").client("cli guard", "s3cret+%")
    }

    pub async fn guard(&self) -> Guard {
        self.builder().start().await.unwrap()
    }
}

pub async fn start() -> Issuer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = Arc::new(Inner {
        url: format!("http://{}", listener.local_addr().unwrap()),
        key: SigningKey::generate(Alg::Es256).unwrap(),
        more_keys: Mutex::default(),
        beating: AtomicBool::new(true),
        snapshots: AtomicUsize::new(0),
        listeners: AtomicUsize::new(0),
        key_fetches: AtomicUsize::new(0),
        failures: AtomicUsize::new(0),
        outcomes: Mutex::default(),
        lost_answers: AtomicUsize::new(0),
        named: Mutex::default(),
        feed_key: Mutex::default(),
        log: Mutex::default(),
        feed: broadcast::channel(1024).0,
    });
    let app = Router::new()
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .route("/revocations", get(revocations))
        .route("/api/v1/outcomes", post(outcomes))
        .with_state(Arc::clone(&issuer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let heart = Arc::clone(&issuer);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if heart.beating.load(SeqCst) {
                heart.beat(now());
            }
        }
    });
    issuer
}

async fn metadata(State(issuer): State<Issuer>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", issuer.url);
    Json(json!({"issuer": issuer.url, "jwks_uri": at("/keys"), "token_endpoint": at("/token")}))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    issuer.key_fetches.fetch_add(1, SeqCst);
    let more = issuer.more_keys.lock().unwrap();
    let other = issuer.feed_key.lock().unwrap();
    let all = more.iter().chain([&issuer.key]).chain(other.as_ref());
    let keys: Vec<_> = all.map(|key| key.public().jwk().clone()).collect();
    Json(json!({ "keys": keys }))
}

async fn token(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    // "cli+guard:s3cret%2B%25" in base64, per RFC 6749 §2.3.1.
    let right =
        headers.get("authorization").is_some_and(|value| value == "Basic Y2xpK2d1YXJkOnMzY3JldCUyQiUyNQ==");
    if !right {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
    }
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(field("grant_type"), Some("client_credentials"));
    assert_eq!(field("resource"), Some(format!("{}/api/v1", issuer.url).as_str()));
    assert_eq!(field("scope"), Some("marks.read outcomes.manage"));
    Json(json!({"access_token": "guards-own", "token_type": "Bearer", "expires_in": 300})).into_response()
}

fn authorized(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == "Bearer guards-own")
}

struct Listener(Issuer);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, SeqCst);
    }
}

async fn revocations(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    if !authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    issuer.snapshots.fetch_add(1, SeqCst);
    issuer.listeners.fetch_add(1, SeqCst);
    let (snapshot, receiver) = {
        let log = issuer.log.lock().unwrap();
        (issuer.event("snapshot", now(), None, log.seq, &log.marks), issuer.feed.subscribe())
    };
    let state = (Some(snapshot), receiver, Listener(issuer));
    let events = stream::unfold(state, |(snapshot, mut receiver, listener)| async move {
        let event = match snapshot {
            Some(snapshot) => snapshot,
            None => receiver.recv().await.ok()?,
        };
        Some((Ok::<_, Infallible>(event), (None, receiver, listener)))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}

async fn outcomes(State(issuer): State<Issuer>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    if !authorized(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    if issuer.failures.load(SeqCst) > 0 {
        issuer.failures.fetch_sub(1, SeqCst);
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    issuer.outcomes.lock().unwrap().extend(body["outcomes"].as_array().unwrap().iter().cloned());
    if issuer.lost_answers.load(SeqCst) > 0 {
        issuer.lost_answers.fetch_sub(1, SeqCst);
        return StatusCode::BAD_GATEWAY;
    }
    StatusCode::NO_CONTENT
}
