//! Two organizations behind one router, with an administrator each.

use std::sync::Arc;

use axum::Router;
use chancery_audit::fields::Text;
use chancery_audit::{AgentFacts, Decision, Event, Evidence, Person, Target, Task, Verdict};
use chancery_authz::Authz;
use chancery_console::{Console, router};
use chancery_context::{Caller, Cx, Platform, Settings};
use chancery_directory::organizations::{self, Founded, NewOrganization};
use chancery_directory::users::NewUser;
use chancery_directory::{agents, applications, users};
use chancery_issuer::Issuer;
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{Env, Fault, Scope, Secret, Timestamp};
use chancery_model::{Action, Agent, Application, ScopeRule, Tier, User};
use chancery_outbound::Outbound;
use chancery_store::{Config, Db, Location, Who};
use chancery_vault::{MasterKey, Vault};

use crate::browser::Browser;

pub const PASSWORD: &str = "every morning the same coffee";

pub struct World {
    pub platform: Platform,
    pub clock: Arc<ManualClock>,
    pub corp: Org,
    pub other: Org,
    router: Router,
    _folder: tempfile::TempDir,
}

/// An organization, and the context of its administrator.
pub struct Org {
    pub cx: Cx,
    pub founded: Founded,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::from_seconds(1_790_000_000));
        let env = Env::new(clock.clone(), SeededEntropy::new(11));
        let db = Db::open(&Config::new(Location::Sqlite(folder.path().to_owned())), env).unwrap();
        let vault =
            Vault::open(db.clone(), MasterKey::from_bytes(&[7; 32]).unwrap(), "id.test").await.unwrap();
        let platform = Platform {
            db,
            vault,
            settings: Arc::new(Settings::new("https://id.test")),
            outbound: Outbound::new(Default::default()).unwrap(),
        };
        let (corp, other) = (Org::new(&platform, "corp").await, Org::new(&platform, "other").await);
        let issuer = Issuer::new(platform.clone());
        let router =
            router(Console { platform: platform.clone(), issuer, authz: Authz::new(platform.clone()) });
        Self { platform, clock, corp, other, router, _folder: folder }
    }

    pub fn stranger(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which the administrator of corp is signed in.
    pub async fn admin(&self) -> Browser {
        self.signed_in("corp", "admin@corp.example").await
    }

    pub async fn signed_in(&self, organization: &str, login: &str) -> Browser {
        let mut browser = self.stranger();
        let fields = [("login", login), ("password", PASSWORD), ("organization", organization)];
        let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }
}

impl Org {
    async fn new(platform: &Platform, slug: &str) -> Self {
        let setup = Cx::system(platform, chancery_vault::deployment());
        let new = NewOrganization {
            slug: slug.to_owned(),
            title: slug.to_uppercase(),
            administrator: person(&format!("admin@{slug}.example"), "Ada Admin"),
        };
        let founded = organizations::create(&setup, new).await.unwrap();
        let user = founded.administrator.id;
        let scopes = founded.management.all_scopes();
        let caller = Caller::Person { user, session: platform.db.env().id(), scopes };
        let cx = Cx { caller, ..Cx::system(platform, founded.organization.id) };
        Self { cx, founded }
    }

    pub async fn user(&self, login: &str) -> Arc<User> {
        users::create(&self.cx, person(login, login)).await.unwrap()
    }

    /// A staged agent that the administrator owns and sponsors.
    pub async fn agent(&self, name: &str) -> Arc<Agent> {
        let owner = self.founded.administrator.id;
        let new = agents::NewAgent {
            name: name.to_owned(),
            purpose: "answers questions".into(),
            owners: vec![owner],
            sponsor: Some(owner),
            ..agents::NewAgent::default()
        };
        agents::register(&self.cx, new).await.unwrap()
    }

    /// With the scopes `read` (auto) and `write` (approval).
    pub async fn app(&self, name: &str) -> Arc<Application> {
        let rule = |name: &str, tier| ScopeRule {
            name: Scope::new(name).unwrap(),
            title: format!("{name} invoices"),
            data: "invoices".into(),
            action: Action::Read,
            impact: String::new(),
            tier,
            weight: None,
            approver: None,
        };
        let new = applications::NewApplication {
            name: name.to_owned(),
            resource: format!("https://{}.example", name.to_lowercase()),
            scopes: vec![rule("read", Tier::Auto), rule("write", Tier::Approval)],
            ..applications::NewApplication::default()
        };
        applications::create(&self.cx, new).await.unwrap()
    }

    /// A decision on a token of this agent, as the issuer records it.
    pub async fn decide(&self, agent: &Agent, app: &Application, verdict: Verdict) {
        let allow = verdict == Verdict::Allow;
        let jti = self.cx.env().id::<chancery_kernel::EventId>().to_string();
        let reason = "human_not_assigned: the person is not assigned";
        let event = Event::TokenDecided {
            jti: allow.then(|| Text::new(&jti)),
            source_jti: None,
            evidence: self.evidence(agent, app, verdict),
            grant_type: Text::new("token-exchange"),
            audience: Text::new(&app.resource),
            profile: Text::new("rfc8693"),
            expires: Some(self.cx.now().plus(chancery_kernel::Seconds(300))),
            reasons: if allow { Vec::new() } else { vec![Text::new(reason)] },
            mend: None,
            rests_on: None,
        };
        let write = self.cx.db().write(self.cx.org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event);
            Ok::<_, Fault>(recorded.with(()))
        });
        write.await.unwrap();
    }

    fn evidence(&self, agent: &Agent, app: &Application, verdict: Verdict) -> Evidence {
        let user = &self.founded.administrator;
        Evidence {
            user: Person::Acting { user: user.id, login: Text::new(&user.login), asked_by: None },
            agent: AgentFacts {
                agent: agent.id,
                name: Text::new(&agent.name),
                client: self.founded.command_line.id,
                chain: Vec::new(),
            },
            target: Target {
                organization: self.cx.org,
                application: Some(app.id),
                name: Text::new(&app.name),
            },
            resource: Text::new(&app.resource),
            task: Task { run: None, scopes: chancery_model::scopes("read") },
            decision: Decision { verdict, by: Text::new("connection") },
            outcome: Text::new(if verdict == Verdict::Allow { "issued" } else { "refused" }),
        }
    }

    pub fn now_agent(&self, agent: &Agent) -> Arc<Agent> {
        self.cx.db().hot().agents.find(self.cx.org, agent.id).cloned().unwrap()
    }
}

fn person(login: &str, name: &str) -> NewUser {
    NewUser {
        login: login.to_owned(),
        email: format!("{}@mail.example", login.replace('@', ".")),
        display_name: name.to_owned(),
        manager: None,
        password: Some(Secret::new(PASSWORD)),
    }
}
