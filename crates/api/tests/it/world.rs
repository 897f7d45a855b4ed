//! A server without a socket: requests go straight into the router.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use chancery_api::{Api, router};
use chancery_audit::fields::Text;
use chancery_audit::{AgentFacts, Decision, Event, Evidence, Person, Target, Task, Verdict};
use chancery_context::{Platform, Settings};
use chancery_issuer::Issuer;
use chancery_jose::{AccessToken, Alg, sign};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::*;
use chancery_model::*;
use chancery_outbound::Outbound;
use chancery_store::tables::nouns::Kept;
use chancery_store::{Config, Db, Location, Who};
use chancery_vault::{MasterKey, Vault};
use chancery_watch::feed::Feed;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const ISSUER: &str = "https://id.example";

pub struct World {
    pub platform: Platform,
    pub router: Router,
    pub feed: Feed,
    pub org: OrgId,
    pub agent: AgentId,
    pub client: ClientId,
    pub crm: AppId,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(body["request_id"], self.header("x-request-id"));
        (self.status.as_u16(), body["code"].as_str().unwrap().to_owned())
    }
}

impl World {
    pub async fn new() -> Self {
        Self::on(false).await
    }

    /// On a database that others write to as well, and of whom nothing can be heard any more.
    pub async fn cut_off() -> Self {
        let world = Self::on(true).await;
        while world.platform.db.is_current() {
            tokio::task::yield_now().await;
        }
        world
    }

    async fn on(shared: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::from_seconds(1_790_000_000));
        let env = Env::new(clock, SeededEntropy::new(7));
        let config = Config { shared, ..Config::new(Location::Sqlite(folder.path().to_owned())) };
        let db = Db::open(&config, env.clone()).unwrap();
        let vault =
            Vault::open(db.clone(), MasterKey::from_bytes(&[7; 32]).unwrap(), "id.example").await.unwrap();
        let platform = Platform {
            db,
            vault,
            settings: Arc::new(Settings::new(ISSUER)),
            outbound: Outbound::new(Default::default()).unwrap(),
        };
        let feed = Feed::new(platform.clone());
        let task = feed.clone();
        tokio::spawn(async move { task.run().await });
        let api = Api::new(
            platform.clone(),
            Issuer::new(platform.clone()),
            feed.clone(),
            Box::new(|ip| ip.is_loopback()),
        );
        let (org, agent, client, crm) = (env.id(), env.id(), env.id(), env.id());
        let world = Self { platform, router: router(api), feed, org, agent, client, crm, _folder: folder };
        let meta = Meta::new(world.now());
        world
            .insert(Organization {
                id: org,
                slug: "acme".into(),
                title: "Acme".into(),
                second_factor: Default::default(),
                meta,
            })
            .await;
        world.insert(world.agent_record()).await;
        world.insert(world.client_record()).await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.platform.db.env().now()
    }

    async fn insert<N: Kept>(&self, noun: N) {
        let (organization, name) = (self.org, Text::new("acme"));
        let write = self.platform.db.write(self.org, Who::SYSTEM, move |tx| {
            tx.insert(noun)?;
            Ok::<_, Fault>(tx.record(Event::OrganizationCreated { organization, name }).with(()))
        });
        write.await.unwrap();
    }

    fn agent_record(&self) -> Agent {
        Agent {
            id: self.agent,
            org: self.org,
            name: "sales".into(),
            purpose: "sells".into(),
            use_case: None,
            stage: Stage::Active,
            contained: None,
            owners: Vec::new(),
            sponsor: None,
            expires: None,
            meta: Meta::new(self.now()),
        }
    }

    fn client_record(&self) -> Client {
        Client {
            id: self.client,
            org: self.org,
            name: "guard".into(),
            agent: None,
            application: Some(self.crm),
            auth: AuthMethod::ClientSecretBasic,
            secrets: Vec::new(),
            jwks: Vec::new(),
            strict_audience: false,
            grants: vec![GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel: None,
            enabled: true,
            vaulted: None,
            builtin: false,
            meta: Meta::new(self.now()),
        }
    }

    /// A token for the management API, as the issuer would sign it.
    pub fn token(&self, scope: &str) -> String {
        self.token_of(self.org, scope)
    }

    pub fn token_of(&self, org: OrgId, scope: &str) -> String {
        self.sign(org, &format!("{ISSUER}/api/v1"), scope)
    }

    /// A token for another audience.
    pub fn token_for(&self, audience: &str, scope: &str) -> String {
        self.sign(self.org, audience, scope)
    }

    fn sign(&self, org: OrgId, audience: &str, scope: &str) -> String {
        self.sign_with(org, audience, scope, &[self.client.to_string()])
    }

    /// Makes the application that stands for a store; tokens for it, as the issuer would sign them, open that store.
    pub async fn stand_for(&self, store: &str) -> AppId {
        let id = self.platform.db.env().id();
        let resource = format!("{ISSUER}/fga/stores/{store}");
        let store = self.platform.settings.store_of(&resource);
        self.insert(Application {
            id,
            org: self.org,
            name: resource.clone(),
            description: String::new(),
            resource,
            scopes: Vec::new(),
            profile: Profile::default(),
            dual_subject: DualSubject::AgentOnly,
            consent: ConsentRule::default(),
            alg: SigningAlg::default(),
            token_lifetime: Seconds(300),
            owner: None,
            enabled: true,
            builtin: false,
            store,
            meta: Meta::new(self.now()),
        })
        .await;
        id
    }

    /// A token for the application of a store.
    pub fn token_at(&self, store: &str, app: AppId, scope: &str) -> String {
        let audience = format!("{ISSUER}/fga/stores/{store}");
        self.sign_with(self.org, &audience, scope, &[self.client.to_string(), app.to_string()])
    }

    fn sign_with(&self, org: OrgId, audience: &str, scope: &str, keys: &[String]) -> String {
        let now = self.now().seconds();
        let claims = json!({
            "iss": ISSUER, "aud": audience, "sub": self.client, "client_id": self.client,
            "org_id": org, "scope": scope, "iat": now, "exp": now + 300, "pos": 1_000_000,
            "jti": format!("tok-{}", u64::from_be_bytes(self.platform.db.env().bytes())), "keys": keys,
        });
        let ring = self.platform.vault.ring();
        sign::<AccessToken, _>(ring.active(Alg::Es256).unwrap(), &claims).unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn get(&self, path: &str, scope: &str) -> Answer {
        let token = format!("Bearer {}", self.token(scope));
        self.send(Request::get(path).header("authorization", token).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, scope: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token(scope)))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A token of the agent was allowed; its place in the log.
    pub async fn decide(&self, jti: &str) -> i64 {
        let evidence = Evidence {
            user: Person::None { why: Text::new("the application asks for no person") },
            agent: AgentFacts {
                agent: self.agent,
                name: Text::new("sales"),
                client: self.client,
                chain: Vec::new(),
            },
            target: Target { organization: self.org, application: Some(self.crm), name: Text::new("CRM") },
            resource: Text::new("https://crm.example"),
            task: Task { run: None, scopes: chancery_model::scopes("crm.read") },
            decision: Decision { verdict: Verdict::Allow, by: Text::new("connection") },
            outcome: Text::new("issued"),
        };
        let event = Event::TokenDecided {
            jti: Some(Text::new(jti)),
            source_jti: None,
            evidence,
            grant_type: Text::new("client_credentials"),
            audience: Text::new("https://crm.example"),
            profile: Text::new("rfc8693"),
            expires: Some(self.now().plus(Seconds(300))),
            reasons: Vec::new(),
            mend: None,
            rests_on: None,
        };
        let write = self.platform.db.write(self.org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event);
            Ok::<_, Fault>(recorded.with(recorded.pos))
        });
        write.await.unwrap()
    }
}
