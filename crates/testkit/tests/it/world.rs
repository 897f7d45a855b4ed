//! A company on a server of its own, and what tests do there.

mod cast;
mod flow;
mod guarded;
mod jwt;
mod reply;
mod scene;

use chancery_testkit::{ADMINISTRATOR, Api, Browser, IDLE, Kit, PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

pub use cast::{Agent, App, Client, Person};
pub use flow::{CALLBACK, CHALLENGE, Tokens, VERIFIER, fill, parameters};
pub use jwt::{claims, header, hs256, mirrored, unsigned, with_header};
pub use reply::Reply;
pub use scene::Scene;

pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub const BEARER_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub struct World {
    pub kit: Kit,
    pub http: reqwest::Client,
    /// The administrator's browser.
    pub desk: Browser,
    /// The API with a token of the administrator, and when that expires.
    kept: Option<(i64, Api)>,
}

impl World {
    pub async fn start() -> Self {
        Self::on(Kit::start().await.unwrap()).await
    }

    /// A company on this server.
    pub async fn on(kit: Kit) -> Self {
        let desk = kit.found().await.unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(IDLE)
            .build()
            .unwrap();
        Self { kit, http, desk, kept: None }
    }

    /// The same company on the same data and at the same address, after the server was started anew.
    pub async fn again(self) -> Self {
        let Self { kit, http, desk, kept } = self;
        let address = kit.running.address;
        Self {
            kit: kit.again_with(|config| config.listen.address = address).await.unwrap(),
            http,
            desk,
            kept,
        }
    }

    pub fn advance(&self, seconds: i64) {
        self.kit.advance(chancery_kernel::Seconds(seconds));
    }

    pub fn now(&self) -> i64 {
        self.kit.running.platform.db.env().now().seconds()
    }

    pub fn issuer(&self) -> &str {
        &self.kit.running.issuer
    }

    /// The API with a fresh token of the administrator.
    pub async fn api(&mut self) -> Api {
        let token = match self.kit.management_token(&mut self.desk, None).await {
            Ok(token) => token,
            Err(_) => {
                self.desk.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
                self.kit.management_token(&mut self.desk, None).await.unwrap()
            }
        };
        Api::new(self.kit.base(), Some(token)).unwrap()
    }

    /// The same with the token of last time, for as long as it lives.
    async fn admin(&mut self) -> Api {
        if let Some((until, api)) = &self.kept
            && self.now() < *until
        {
            return api.clone();
        }
        let api = self.api().await;
        let until = claims(api.token.as_deref().unwrap())["exp"].as_i64().unwrap();
        self.kept = Some((until - 30, api.clone()));
        api
    }

    /// What the administrator makes.
    pub async fn make(&mut self, path: &str, body: Value) -> Value {
        let answer = self.admin().await.post(path, body.clone()).await.unwrap();
        answer.ok().unwrap_or_else(|e| panic!("{path} {body}: {e}")).body
    }

    pub async fn read(&mut self, path: &str) -> Value {
        self.admin().await.get(path).await.unwrap().ok().unwrap().body
    }

    pub async fn delete(&mut self, path: &str) {
        self.admin().await.delete(path).await.unwrap().ok().unwrap();
    }

    /// Moves an agent to another stage.
    pub async fn stage(&mut self, agent: &str, stage: &str) {
        self.make(&format!("/api/v1/agents/{agent}/stage"), json!({"stage": stage, "why": "a test"})).await;
    }

    pub async fn contain(&mut self, agent: &str) {
        self.make(&format!("/api/v1/agents/{agent}/contain"), json!({"reason": "a test"})).await;
    }

    /// Events of one kind, latest first.
    pub async fn events(&mut self, kind: &str) -> Vec<Value> {
        self.read(&format!("/api/v1/events?kind={kind}")).await["items"].as_array().unwrap().clone()
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        Reply::read(request.send().await.unwrap()).await
    }

    /// Posts a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.http.post(self.kit.url(path)).form(fields)).await
    }

    /// Posts a form as a client that sends its secret in the body.
    pub async fn as_client(&self, path: &str, client: &Client, fields: &[(&str, &str)]) -> Reply {
        self.form(path, &client.with(fields)).await
    }

    pub async fn token(&self, client: &Client, fields: &[(&str, &str)]) -> Reply {
        self.as_client("/oauth2/token", client, fields).await
    }

    /// Whether introspection by this client finds the token alive.
    pub async fn alive(&self, client: &Client, token: &str) -> bool {
        let reply = self.as_client("/oauth2/introspect", client, &[("token", token)]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        if reply.body["active"] == false {
            assert_eq!(reply.text, r#"{"active":false}"#, "an inactive answer says nothing else");
        }
        reply.body["active"] == true
    }

    pub async fn get_with(&self, path: &str, token: &str) -> Reply {
        self.get_at(&self.kit.url(path), token).await
    }

    /// Of any server.
    pub async fn get_at(&self, url: &str, token: &str) -> Reply {
        self.send(self.http.request(Method::GET, url).bearer_auth(token)).await
    }
}
