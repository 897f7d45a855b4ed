//! Fills a founded database with agents, clients, people: through the store, since ten thousand calls of the API say
//! nothing that one would not.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use chancery_audit::{Event, Text};
use chancery_jose::{Alg, SigningKey};
use chancery_kernel::{
    AgentId, AppId, ClientId, Env, Fault, Id, OrgId, Scope, ScopeSet, Seconds, Secret, SecretKind, UserId,
    secret,
};
use chancery_model::{
    Action, Agent, Application, Assignment, AuthMethod, Backchannel, Client, ClientSecret, Connection,
    ConsentRule, Delivery, DualSubject, GrantType, Group, MarkKey, Membership, Meta, Principal, Profile,
    ScopeRule, Stage, Tier, User, UserStatus,
};
use chancery_store::tables::sessions::{self, Session, SessionFacts};
use chancery_store::{Db, Tx, Who};
use chancery_vault::Vault;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Credential, Face, Proof, SCOPES, Wish, World, open, told};
use crate::measure::env;
use crate::out;

/// Records in a commit.
pub(super) const PORTION: usize = 500;

/// The open database while it is filled.
pub(super) struct Fill {
    pub(super) runtime: Runtime,
    db: Db,
    pub(super) vault: Vault,
    pub(super) env: Env,
    pub(super) org: OrgId,
    application: AppId,
    resource: String,
}

pub fn fill(folder: TempDir, address: SocketAddr, issuer: String, wish: &Wish) -> anyhow::Result<World> {
    let env = env();
    let (runtime, db, vault) = open(folder.path(), &env, &issuer)?;
    let org = db.hot().organizations.all().next().context("no organization was founded")?.id;
    let (application, resource) = (env.id(), "https://crm.example/api".to_owned());
    let fill = Fill { runtime, db, vault, env: env.clone(), org, application, resource };
    fill.application(wish)?;
    let people = fill.people(wish.people)?;
    let cookies = fill.sign_in(people.iter().take(wish.signed_in))?;
    let faces = fill.agents(wish)?;
    let guards = fill.faces_of_application(wish.faces_of_application)?;
    let manager = fill.manager()?;
    fill.marks(wish.marks)?;
    let secrets = match faces.first() {
        Some(face) => fill.safe(wish.secrets, face, &people)?,
        None => Vec::new(),
    };
    let key = fill.vault.ring().active(Alg::Es256).context("no signing key")?.clone();
    let resource = fill.resource.clone();
    drop(fill);
    let pinged = wish.pinged_at.is_some();
    Ok(World {
        folder,
        address,
        issuer,
        org,
        resource,
        faces,
        people,
        cookies,
        pinged,
        guards,
        manager,
        secrets,
        key,
        env,
    })
}

impl Fill {
    pub(super) fn write(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<chancery_store::Audited<()>, Fault> + Send + 'static,
    ) -> anyhow::Result<()> {
        self.runtime.block_on(self.db.write(self.org, Who::SYSTEM, f)).map_err(told)
    }

    pub(super) fn meta(&self) -> Meta {
        Meta::new(self.env.now())
    }

    fn application(&self, wish: &Wish) -> anyhow::Result<()> {
        let rule = |name: &str, action| -> anyhow::Result<ScopeRule> {
            Ok(ScopeRule {
                name: Scope::new(name)?,
                title: "work with the customers".to_owned(),
                data: "customers".to_owned(),
                action,
                impact: String::new(),
                tier: Tier::Auto,
                weight: None,
                approver: None,
            })
        };
        let application = Application {
            id: self.application,
            org: self.org,
            name: "CRM".to_owned(),
            description: String::new(),
            resource: self.resource.clone(),
            scopes: vec![rule("crm.read", Action::Read)?, rule("crm.write", Action::Change)?],
            profile: Profile::Rfc8693,
            dual_subject: DualSubject::AgentOnly,
            consent: ConsentRule::Organization,
            alg: wish.alg,
            token_lifetime: Seconds(300),
            owner: None,
            enabled: true,
            builtin: false,
            store: None,
            meta: self.meta(),
        };
        self.write(move |tx| {
            let application = tx.insert(application)?;
            let name = Text::new(&application.name);
            let event = Event::ApplicationCreated { application: application.id, name };
            Ok(tx.record(event).with(()))
        })
    }

    /// People, who may use the application because of the group they are in.
    fn people(&self, count: usize) -> anyhow::Result<Vec<UserId>> {
        let (group, meta) = (self.env.id(), self.meta());
        let staff =
            Group { id: group, org: self.org, name: "staff".into(), description: String::new(), meta };
        let assignment = self.assignment(Principal::Group(group));
        self.write(move |tx| {
            let staff = tx.insert(staff)?;
            tx.insert(assignment)?;
            let event = Event::GroupCreated { group: staff.id, name: Text::new(&staff.name) };
            Ok(tx.record(event).with(()))
        })?;
        let people: Vec<UserId> = (0..count).map(|_| self.env.id()).collect();
        for (portion, some) in people.chunks(PORTION).enumerate() {
            let some: Vec<User> =
                some.iter().enumerate().map(|(n, id)| self.person(*id, portion * PORTION + n)).collect();
            self.write(move |tx| {
                let mut last = None;
                for user in some {
                    let user = tx.insert(user)?;
                    tx.join(Membership { org: user.org, group, user: user.id })?;
                    last =
                        Some(tx.record(Event::UserCreated { user: user.id, login: Text::new(&user.login) }));
                }
                last.map(|recorded| recorded.with(())).ok_or_else(|| Fault::internal("an empty portion"))
            })?;
        }
        Ok(people)
    }

    fn person(&self, id: UserId, n: usize) -> User {
        User {
            id,
            org: self.org,
            login: format!("person-{n}@bench.example"),
            email: format!("person-{n}@bench.example"),
            display_name: format!("Person {n}"),
            status: UserStatus::Active,
            manager: None,
            away: None,
            factors_reset: None,
            meta: self.meta(),
        }
    }

    /// As their browsers would have been left after a sign-in.
    fn sign_in<'p>(&self, people: impl Iterator<Item = &'p UserId>) -> anyhow::Result<Vec<String>> {
        let (mut cookies, mut sessions, now) = (Vec::new(), Vec::new(), self.env.now());
        for user in people {
            let cookie = secret::generate(&self.env, SecretKind::Session);
            let facts = SessionFacts {
                amr: vec!["pwd".to_owned()],
                agent: "bench".to_owned(),
                address: String::new(),
                second: None,
                half: false,
            };
            sessions.push(Session {
                id: self.env.id(),
                org: self.org,
                user: *user,
                hash: self.vault.keyed_hash(&cookie),
                auth_time: now,
                seen: now,
                ends: now.plus(Seconds(8 * 3_600)),
                ended: None,
                facts,
            });
            cookies.push(format!("chancery={}", cookie.expose()));
        }
        if !sessions.is_empty() {
            self.write(move |tx| {
                for session in &sessions {
                    sessions::insert(tx.sql(), session)?;
                }
                Ok(tx.record(Event::ServerStarted { version: Text::new("people at work") }).with(()))
            })?;
        }
        Ok(cookies)
    }

    fn assignment(&self, principal: Principal) -> Assignment {
        let (id, meta) = (self.env.id(), self.meta());
        Assignment { id, org: self.org, principal, application: self.application, scopes: None, meta }
    }

    fn agents(&self, wish: &Wish) -> anyhow::Result<Vec<Face>> {
        let mut faces = Vec::with_capacity(wish.agents);
        while faces.len() < wish.agents {
            let count = PORTION.min(wish.agents - faces.len());
            let mut portion = Vec::with_capacity(count);
            for n in faces.len()..faces.len() + count {
                let (face, client) =
                    self.face(&format!("agent-{n}"), Some(self.env.id()), wish.credential)?;
                let client = pinged(client, wish.pinged_at);
                portion.push((self.agent(&face, n), client, self.reach(&face, wish)));
                faces.push(face);
            }
            self.write(move |tx| registered(tx, portion))?;
            if faces.len().is_multiple_of(100_000) {
                out::note(format_args!("{} agents registered", faces.len()))?;
            }
        }
        Ok(faces)
    }

    fn agent(&self, face: &Face, n: usize) -> Agent {
        Agent {
            id: face.agent.unwrap_or_else(|| AgentId::from_uuid(Default::default())),
            org: self.org,
            name: format!("agent-{n}"),
            purpose: "answers questions of customers about their orders".to_owned(),
            use_case: Default::default(),
            stage: Stage::Active,
            contained: None,
            owners: Vec::new(),
            sponsor: None,
            expires: None,
            meta: self.meta(),
        }
    }

    /// What the agent may reach: the application, and if wished for, by a connection that says so in scopes.
    fn reach(&self, face: &Face, wish: &Wish) -> (Assignment, Option<Connection>) {
        let agent = face.agent.unwrap_or_else(|| AgentId::from_uuid(Default::default()));
        let connection = wish.connections.then(|| Connection {
            id: self.env.id(),
            org: self.org,
            agent,
            application: self.application,
            auto: ScopeSet::parse(SCOPES).unwrap_or_default(),
            approval: ScopeSet::empty(),
            never: ScopeSet::empty(),
            approver: Default::default(),
            asks_by_itself: false,
            longest_lifetime: None,
            ends: None,
            meta: self.meta(),
        });
        (self.assignment(Principal::Agent(agent)), connection)
    }

    fn face(&self, name: &str, agent: Option<AgentId>, how: Credential) -> anyhow::Result<(Face, Client)> {
        let mut client = Client {
            id: self.env.id(),
            org: self.org,
            name: name.to_owned(),
            agent,
            application: None,
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
            meta: self.meta(),
        };
        if agent.is_some() {
            client.grants.extend([GrantType::TokenExchange, GrantType::Ciba]);
        }
        let proof = match how {
            Credential::Secret => {
                let secret = secret::generate(&self.env, SecretKind::ClientSecret);
                client.secrets.push(self.hashed(&secret));
                Proof::Secret(secret.expose().to_owned())
            }
            Credential::Key => {
                let key = SigningKey::generate(Alg::Es256)?;
                client.auth = AuthMethod::PrivateKeyJwt;
                client.jwks.push(serde_json::to_value(key.public().jwk())?);
                Proof::Key(Box::new(key))
            }
        };
        Ok((Face { client: client.id, agent, proof }, client))
    }

    fn hashed(&self, secret: &Secret) -> ClientSecret {
        let hash = self.vault.keyed_hash(secret);
        ClientSecret { hash, created: self.env.now(), expires: None }
    }

    /// Clients of the application, which may follow the feed and report outcomes.
    fn faces_of_application(&self, count: usize) -> anyhow::Result<Vec<Face>> {
        let management = self.management()?;
        let mut faces = Vec::with_capacity(count);
        for n in 0..count {
            let (face, mut client) = self.face(&format!("crm-{n}"), None, Credential::Secret)?;
            client.application = Some(self.application);
            let scopes = ScopeSet::parse("marks.read outcomes.manage").ok();
            self.tool(client, Assignment { application: management, scopes, ..self.of(face.client) })?;
            faces.push(face);
        }
        Ok(faces)
    }

    fn manager(&self) -> anyhow::Result<Face> {
        let (face, client) = self.face("manager", None, Credential::Secret)?;
        let application = self.management()?;
        self.tool(client, Assignment { application, ..self.of(face.client) })?;
        Ok(face)
    }

    fn of(&self, client: ClientId) -> Assignment {
        self.assignment(Principal::Client(client))
    }

    pub(super) fn management(&self) -> anyhow::Result<AppId> {
        let hot = self.db.hot();
        Ok(hot.applications.of(self.org).find(|app| app.builtin).context("no management API")?.id)
    }

    fn tool(&self, client: Client, assignment: Assignment) -> anyhow::Result<()> {
        self.write(move |tx| {
            let client = tx.insert(client)?;
            tx.insert(assignment)?;
            Ok(tx.record(created(&client)).with(()))
        })
    }

    /// As containing agents that do not take part would leave them.
    fn marks(&self, count: usize) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.write(move |tx| {
            let strangers: Vec<AgentId> = (0..count).map(|_| tx.id()).collect();
            let event = Event::ServerStarted { version: Text::new("marks of strangers") };
            let recorded = tx.record(event);
            for stranger in strangers {
                tx.mark(MarkKey::Agent(stranger), recorded.pos)?;
            }
            Ok(recorded.with(()))
        })
    }
}

fn pinged(client: Client, at: Option<SocketAddr>) -> Client {
    let ping = |at| Backchannel {
        delivery: Delivery::Ping,
        endpoint: Some(format!("http://{at}/ping")),
        request_alg: None,
        fapi_ciba: false,
    };
    Client { backchannel: at.map(ping).map(Box::new), ..client }
}

type Registered = (Agent, Client, (Assignment, Option<Connection>));

fn registered(tx: &mut Tx<'_>, portion: Vec<Registered>) -> Result<chancery_store::Audited<()>, Fault> {
    let mut last = None;
    for (agent, client, (assignment, connection)) in portion {
        let agent: Arc<Agent> = tx.insert(agent)?;
        tx.insert(client)?;
        tx.insert(assignment)?;
        if let Some(connection) = connection {
            tx.insert(connection)?;
        }
        last = Some(tx.record(Event::AgentRegistered {
            agent: agent.id,
            owners: Vec::new(),
            sponsor: None,
            name: Text::new(&agent.name),
            stage: Text::new(agent.stage.as_str()),
        }));
    }
    last.map(|recorded| recorded.with(())).ok_or_else(|| Fault::internal("an empty portion"))
}

fn created(client: &Client) -> Event {
    Event::ClientCreated {
        client: client.id,
        agent: client.agent,
        application: client.application,
        name: Text::new(&client.name),
    }
}
