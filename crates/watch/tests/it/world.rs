//! One organization with one agent, two applications and their guards.

use std::sync::Arc;

use chancery_audit::fields::Text;
use chancery_audit::{AgentFacts, Decision, Event, Evidence, Person, Target, Task, Verdict};
use chancery_context::{Caller, Cx, Platform, Settings};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::*;
use chancery_model::*;
use chancery_outbound::Outbound;
use chancery_store::tables::nouns::Kept;
use chancery_store::{Config, Db, Location, Who};
use chancery_vault::{MasterKey, Vault};

pub const ISSUER: &str = "https://id.example";

pub struct World {
    pub platform: Platform,
    pub clock: Arc<ManualClock>,
    pub org: OrgId,
    pub agent: AgentId,
    pub user: UserId,
    pub crm: AppId,
    pub pricing: AppId,
    pub client: ClientId,
    pub management: AppId,
    pub guarded: AssignmentId,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::on(false).await
    }

    /// On a database that others write to as well, and of whom nothing can be heard.
    pub async fn cut_off() -> Self {
        Self::on(true).await
    }

    async fn on(shared: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::from_seconds(1_790_000_000));
        let env = Env::new(clock.clone(), SeededEntropy::new(7));
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
        let world = Self {
            platform,
            clock,
            org: env.id(),
            agent: env.id(),
            user: env.id(),
            crm: env.id(),
            pricing: env.id(),
            client: env.id(),
            management: env.id(),
            guarded: env.id(),
            _folder: folder,
        };
        let now = world.now();
        let (id, meta) = (world.org, Meta::new(now));
        world
            .insert(Organization {
                id,
                slug: "acme".into(),
                title: "Acme".into(),
                second_factor: Default::default(),
                meta,
            })
            .await;
        world.insert(world.agent_record(world.agent, "sales")).await;
        world.insert(world.client_record(world.client)).await;
        world.insert(world.management()).await;
        world.insert(world.assignment()).await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.platform.db.env().now()
    }

    pub async fn insert<N: Kept>(&self, noun: N) {
        let (organization, name) = (self.org, Text::new("acme"));
        self.platform
            .db
            .write(self.org, Who::SYSTEM, move |tx| {
                tx.insert(noun)?;
                Ok::<_, Fault>(tx.record(Event::OrganizationCreated { organization, name }).with(()))
            })
            .await
            .unwrap();
    }

    pub fn agent_record(&self, id: AgentId, name: &str) -> Agent {
        Agent {
            id,
            org: self.org,
            name: name.into(),
            purpose: "sells".into(),
            use_case: None,
            stage: Stage::Active,
            contained: None,
            owners: vec![self.user],
            sponsor: Some(self.user),
            expires: None,
            meta: Meta::new(self.now()),
        }
    }

    pub fn client_record(&self, id: ClientId) -> Client {
        Client {
            id,
            org: self.org,
            name: "crm guard".into(),
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

    fn management(&self) -> Application {
        Application {
            id: self.management,
            org: self.org,
            name: "Chancery API".into(),
            description: String::new(),
            resource: format!("{ISSUER}/api/v1"),
            scopes: Vec::new(),
            profile: Profile::Rfc8693,
            dual_subject: DualSubject::AgentOnly,
            consent: ConsentRule::Organization,
            alg: SigningAlg::default(),
            token_lifetime: Seconds(300),
            owner: None,
            enabled: true,
            builtin: true,
            store: None,
            meta: Meta::new(self.now()),
        }
    }

    /// The guard's to the management API.
    fn assignment(&self) -> Assignment {
        Assignment {
            id: self.guarded,
            org: self.org,
            principal: Principal::Client(self.client),
            application: self.management,
            scopes: Some(chancery_model::scopes("marks.read outcomes.manage")),
            meta: Meta::new(self.now()),
        }
    }

    /// The server itself.
    pub fn system(&self) -> Cx {
        Cx::system(&self.platform, self.org)
    }

    /// The guard of an application.
    pub fn guard(&self, application: AppId) -> Cx {
        self.caller(Some(application), "marks.read outcomes.manage")
    }

    pub fn caller(&self, application: Option<AppId>, scopes: &'static str) -> Cx {
        let scopes = chancery_model::scopes(scopes);
        Cx {
            caller: Caller::Token {
                client: self.client,
                application,
                agent: None,
                user: None,
                session: None,
                scopes,
            },
            ..self.system()
        }
    }

    /// A decision on a token of the agent, and its place in the log.
    pub async fn decide(&self, jti: &str, verdict: Verdict) -> i64 {
        let event = Event::TokenDecided {
            jti: (verdict == Verdict::Allow).then(|| Text::new(jti)),
            source_jti: None,
            evidence: self.evidence(verdict),
            grant_type: Text::new("client_credentials"),
            audience: Text::new("https://crm.example"),
            profile: Text::new("rfc8693"),
            expires: Some(self.now().plus(Seconds(300))),
            reasons: Vec::new(),
            mend: None,
            rests_on: None,
        };
        self.record(event).await
    }

    pub async fn record(&self, event: Event) -> i64 {
        let write = self.platform.db.write(self.org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event);
            Ok::<_, Fault>(recorded.with(recorded.pos))
        });
        write.await.unwrap()
    }

    fn evidence(&self, verdict: Verdict) -> Evidence {
        Evidence {
            user: Person::Acting { user: self.user, login: Text::new("alice"), asked_by: None },
            agent: AgentFacts {
                agent: self.agent,
                name: Text::new("sales"),
                client: self.client,
                chain: Vec::new(),
            },
            target: Target { organization: self.org, application: Some(self.crm), name: Text::new("CRM") },
            resource: Text::new("https://crm.example"),
            task: Task { run: None, scopes: chancery_model::scopes("crm.read") },
            decision: Decision { verdict, by: Text::new("connection") },
            outcome: Text::new("issued"),
        }
    }

    /// Every key by which a token of [`Self::decide`] can die.
    pub fn keys(&self, jti: &str) -> Vec<MarkKey> {
        let keys = TokenKeys {
            org: Some(self.org),
            agents: vec![self.agent],
            user: Some(self.user),
            applications: vec![self.crm],
            clients: vec![self.client],
            jti: Some(jti.into()),
            ..TokenKeys::default()
        };
        keys.marks()
    }

    pub fn is_dead(&self, jti: &str, pos: i64) -> bool {
        self.platform.db.hot().killed_by(&self.keys(jti), pos).is_some()
    }
}
