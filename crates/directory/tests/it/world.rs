//! The stage on which the tests play: one deployment, and organizations founded in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chancery_audit::Actor;
use chancery_context::{Caller, Cx, Platform, Settings};
use chancery_directory::organizations::{self, Founded, NewOrganization};
use chancery_directory::users::{self, NewUser};
use chancery_directory::{agents, applications, assignments, clients, groups};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{
    AppId, Env, FamilyId, Fault, Id, Outcome, ScopeSet, Secret, SessionId, Timestamp, UserId,
};
use chancery_model::{
    Action, Agent, Application, Assignment, AuthMethod, Client, Grant, GrantType, Group, Meta, Origin,
    Principal, ScopeRule, Stage, Tier, User,
};
use chancery_outbound::Outbound;
use chancery_store::tables::families::{self, Family};
use chancery_store::tables::sessions::{self, Session, SessionFacts};
use chancery_store::{Config, Db, Location, Who};
use chancery_vault::{MasterKey, Vault};

pub const PASSWORD: &str = "every morning the same coffee";

/// A key nobody has the private half of: RFC 8037 appendix A.2.
pub fn jwk() -> serde_json::Value {
    serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

pub struct World {
    pub platform: Platform,
    pub clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// One organization, and a caller with all rights in it.
pub struct Org {
    pub cx: Cx,
    pub founded: Founded,
    pub clock: Arc<ManualClock>,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::from_seconds(1_790_000_000));
        let env = Env::new(clock.clone(), SeededEntropy::new(42));
        let db = Db::open(&Config::new(Location::Sqlite(folder.path().to_owned())), env).unwrap();
        let vault =
            Vault::open(db.clone(), MasterKey::from_bytes(&[7; 32]).unwrap(), "id.test").await.unwrap();
        let settings = Arc::new(Settings::new("https://id.test"));
        Self {
            platform: Platform { db, vault, settings, outbound: Outbound::new(Default::default()).unwrap() },
            clock,
            _folder: folder,
        }
    }

    pub async fn org(&self, slug: &str) -> Org {
        let setup = Cx::system(&self.platform, chancery_vault::deployment());
        let founded = organizations::create(&setup, founding(slug)).await.unwrap();
        let scopes = founded.management.all_scopes();
        let cx = caller(&self.platform, &founded, scopes);
        Org { cx, founded, clock: self.clock.clone() }
    }
}

pub fn founding(slug: &str) -> NewOrganization {
    NewOrganization {
        slug: slug.to_owned(),
        title: slug.to_uppercase(),
        administrator: NewUser {
            login: format!("admin@{slug}.example"),
            email: format!("admin@{slug}.example"),
            display_name: "Ada Admin".into(),
            manager: None,
            password: Some(Secret::new(PASSWORD)),
        },
    }
}

fn caller(platform: &Platform, founded: &Founded, scopes: ScopeSet) -> Cx {
    let user = founded.administrator.id;
    let session = platform.db.env().id();
    Cx { caller: Caller::Person { user, session, scopes }, ..Cx::system(platform, founded.organization.id) }
}

/// A world and one organization in it: what most tests need.
pub async fn one() -> (World, Org) {
    let world = World::new().await;
    let org = world.org("corp").await;
    (world, org)
}

pub fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

pub fn rule(name: &str, tier: Tier) -> ScopeRule {
    ScopeRule {
        name: chancery_kernel::Scope::new(name).unwrap(),
        title: format!("use {name}"),
        data: "contacts".into(),
        action: Action::Read,
        impact: String::new(),
        tier,
        weight: None,
        approver: None,
    }
}

/// What a refused call was refused for.
pub fn code<T>(outcome: Outcome<T>) -> &'static str {
    match outcome {
        Ok(_) => "(allowed)",
        Err(Fault { code, .. }) => code,
    }
}

impl Org {
    /// The same organization, called by somebody with fewer scopes.
    pub fn with_scopes(&self, scopes: &str) -> Cx {
        let Caller::Person { user, session, .. } = self.cx.caller.clone() else { panic!("a person") };
        Cx { caller: Caller::Person { user, session, scopes: set(scopes) }, ..self.cx.clone() }
    }

    pub fn as_person(&self, user: UserId) -> Cx {
        let caller = Caller::Person { user, session: self.cx.env().id(), scopes: ScopeSet::empty() };
        Cx { caller, ..self.cx.clone() }
    }

    pub async fn user(&self, name: &str) -> Arc<User> {
        let new = NewUser {
            login: name.to_owned(),
            email: format!("{name}@corp.example"),
            display_name: name.to_owned(),
            ..NewUser::default()
        };
        users::create(&self.cx, new).await.unwrap()
    }

    pub async fn group(&self, name: &str, members: &[UserId]) -> Arc<Group> {
        let new = groups::NewGroup { name: name.to_owned(), description: String::new() };
        let group = groups::create(&self.cx, new).await.unwrap();
        for user in members {
            groups::add_member(&self.cx, group.id, *user).await.unwrap();
        }
        group
    }

    /// An application with the scopes `read` (auto), `write` (approval) and `purge` (never).
    pub async fn app(&self, name: &str) -> Arc<Application> {
        let new = applications::NewApplication {
            name: name.to_owned(),
            // An audience is one application's in the whole deployment.
            resource: match self.founded.organization.slug.as_str() {
                "corp" => format!("https://{name}.example"),
                other => format!("https://{name}.{other}.example"),
            },
            scopes: vec![rule("read", Tier::Auto), rule("write", Tier::Approval), rule("purge", Tier::Never)],
            ..applications::NewApplication::default()
        };
        applications::create(&self.cx, new).await.unwrap()
    }

    /// A staged agent with owner and sponsor, without client.
    pub async fn staged(&self, name: &str) -> Arc<Agent> {
        let owner = self.founded.administrator.id;
        let new = agents::NewAgent {
            name: name.to_owned(),
            purpose: "test".into(),
            owners: vec![owner],
            sponsor: Some(owner),
            ..agents::NewAgent::default()
        };
        agents::register(&self.cx, new).await.unwrap()
    }

    pub async fn face(&self, agent: &Agent) -> Arc<Client> {
        let new = clients::NewClient { agent: Some(agent.id), jwks: vec![jwk()], ..tool(&agent.name) };
        clients::create(&self.cx, new).await.unwrap().client
    }

    /// An agent at work.
    pub async fn agent(&self, name: &str) -> Arc<Agent> {
        let agent = self.staged(name).await;
        self.face(&agent).await;
        agents::set_stage(&self.cx, agent.id, None, Stage::Active, "ready").await.unwrap()
    }

    pub async fn assign(&self, principal: Principal, app: AppId, scopes: Option<&str>) -> Arc<Assignment> {
        let new = assignments::NewAssignment { principal, application: app, scopes: scopes.map(set) };
        assignments::assign(&self.cx, new).await.unwrap()
    }

    /// A consent, as the issuer writes it.
    pub async fn consent(&self, user: UserId, client: &Client, app: Option<AppId>) -> Arc<Grant> {
        let grant = Grant {
            id: self.cx.env().id(),
            org: self.cx.org,
            origin: Origin::Consent,
            user,
            client: client.id,
            agent: client.agent,
            application: app,
            secret: None,
            run: None,
            scopes: set("read"),
            from: None,
            until: None,
            purpose: None,
            approved_by: Vec::new(),
            in_review: None,
            meta: Meta::new(self.cx.now()),
        };
        let event = chancery_audit::Event::ConsentGiven {
            grant: grant.id,
            user,
            client: client.id,
            agent: grant.agent,
            application: app,
            scopes: grant.scopes.clone(),
            until: None,
        };
        let write = move |tx: &mut chancery_store::Tx<'_>| {
            let grant = tx.insert(grant)?;
            Ok::<_, Fault>(tx.record(event).with(grant))
        };
        self.cx.db().write(self.cx.org, self.cx.who(), write).await.unwrap()
    }

    pub async fn sign_in(&self, user: UserId) -> SessionId {
        let now = self.cx.now();
        let session = Session {
            id: self.cx.env().id(),
            org: self.cx.org,
            user,
            hash: self.cx.env().bytes(),
            auth_time: now,
            seen: now,
            ends: now.plus(chancery_kernel::Seconds::hours(1)),
            ended: None,
            facts: SessionFacts {
                amr: vec!["pwd".into()],
                agent: String::new(),
                address: String::new(),
                second: None,
                half: false,
            },
        };
        let id = session.id;
        let event = chancery_audit::Event::SignInSucceeded {
            user,
            session: id,
            method: chancery_audit::Text::new("pwd"),
            address: chancery_audit::Text::new("127.0.0.1"),
        };
        let who = Who { actor: Actor::User(user), request: None };
        let write = move |tx: &mut chancery_store::Tx<'_>| {
            sessions::insert(tx.sql(), &session)?;
            Ok::<_, Fault>(tx.record(event).with(()))
        };
        self.cx.db().write(self.cx.org, who, write).await.unwrap();
        id
    }

    /// A family of refresh tokens, as the issuer writes it.
    pub async fn family(&self, user: UserId, client: &Client) -> FamilyId {
        let family = Family {
            id: self.cx.env().id(),
            org: self.cx.org,
            client: client.id,
            user,
            run: None,
            ended: None,
            expires: self.cx.now().plus(chancery_kernel::Seconds::days(1)),
            body: "{}".into(),
        };
        let id = family.id;
        let event = chancery_audit::Event::SetupLinkIssued { until: None };
        let write = move |tx: &mut chancery_store::Tx<'_>| {
            families::insert(tx.sql(), &family)?;
            Ok::<_, Fault>(tx.record(event).with(()))
        };
        self.cx.db().write(self.cx.org, self.cx.who(), write).await.unwrap();
        id
    }

    pub async fn open_families(&self, user: UserId) -> Vec<FamilyId> {
        let open = self.cx.db().read(move |sql| families::of_user(sql, user)).await.unwrap();
        open.into_iter().map(|family| family.id).collect()
    }

    /// The kinds of the latest events, the oldest of them first.
    pub async fn log(&self, latest: usize) -> Vec<String> {
        let log = self.cx.org;
        let read = move |sql: &mut chancery_store::Sql<'_>| chancery_store::log::entries(sql, log, 1, 1_000);
        let lines = self.cx.db().read(read).await.unwrap();
        let kinds = lines.iter().map(|line| line.decode().unwrap().kind_name().to_owned());
        kinds.skip(lines.len().saturating_sub(latest)).collect()
    }

    pub async fn open_sessions(&self, user: UserId) -> usize {
        let now = self.cx.now();
        self.cx.db().read(move |sql| sessions::of_user(sql, user, now)).await.unwrap().len()
    }

    /// The keys of all marks of this organization.
    pub fn marks(&self) -> BTreeSet<String> {
        let (_, marks) = self.cx.db().hot().marks_of(self.cx.org, self.cx.now());
        marks.into_iter().map(|(key, _)| key.to_string()).collect()
    }

    /// Runs the change and answers exactly the marks it set, whatever stood before.
    pub async fn marked_by<T>(&self, change: impl Future<Output = Outcome<T>>) -> BTreeSet<String> {
        let before = self.cx.db().hot().mark_seq(self.cx.org);
        let had = self.marks();
        change.await.unwrap();
        let after = self.cx.db().hot().mark_seq(self.cx.org);
        let new: BTreeSet<String> = self.marks().difference(&had).cloned().collect();
        assert_eq!(after - before, new.len() as u64, "every mark of this change is a new one");
        new
    }
}

pub fn keys(keys: &[&dyn std::fmt::Display]) -> BTreeSet<String> {
    keys.iter().map(ToString::to_string).collect()
}

pub fn none() -> BTreeSet<String> {
    BTreeSet::new()
}

/// A client with keys to come, for the grants of an agent.
pub fn tool(name: &str) -> clients::NewClient {
    clients::NewClient {
        name: name.to_owned(),
        agent: None,
        application: None,
        auth: AuthMethod::PrivateKeyJwt,
        jwks: Vec::new(),
        strict_audience: false,
        grants: vec![GrantType::ClientCredentials, GrantType::TokenExchange],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        backchannel: None,
    }
}

/// An id of the right kind that nobody has.
pub fn nobody<I: Id>() -> I {
    I::from_uuid(chancery_kernel::id::Uuid::from_u128(1))
}
