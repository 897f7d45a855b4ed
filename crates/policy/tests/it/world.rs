//! A small world in which the question is allowed; tests change one thing and ask again.

use chancery_kernel::{
    AgentId, AppId, AssignmentId, ClientId, ConnectionId, GrantId, Id, IncidentId, OrgId, Scope, ScopeSet,
    Seconds, Timestamp, UserId,
};
use chancery_model::{
    Action, Agent, Application, ApproverRule, Assignment, AuthMethod, Client, Connection, ConsentRule,
    Containment, DualSubject, Grant, Meta, Origin, Principal, Profile, ScopeRule, SigningAlg, Stage, Tier,
    User, UserStatus,
};
use chancery_policy::{
    ActorFacts, ClientQuestion, HumanFacts, PersonQuestion, Proof, Question, Source, Verdict, decide,
    decide_client, decide_person,
};

pub const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub fn id<I: Id + std::str::FromStr>(n: u32) -> I {
    let text = format!("{}_{n:0>26}", I::PREFIX);
    text.parse().ok().unwrap()
}

pub fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

pub fn home() -> OrgId {
    id(1)
}

pub fn elsewhere() -> OrgId {
    id(2)
}

pub fn after(seconds: i64) -> Option<Timestamp> {
    Some(NOW.plus(Seconds(seconds)))
}

#[derive(Clone, Debug)]
pub struct Link {
    pub agent: Agent,
    pub client: Client,
    pub assignment: Option<Assignment>,
    pub connection: Option<Connection>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub org: OrgId,
    pub chain: Vec<Link>,
    pub user: Option<User>,
    pub human_scopes: Option<ScopeSet>,
    pub proof: Proof,
    pub application: Application,
    pub requested: ScopeSet,
    pub source: Option<(Option<ScopeSet>, Seconds, usize)>,
    pub consented: Option<ScopeSet>,
    pub grants: Vec<Grant>,
    pub wanted: Option<Seconds>,
}

impl World {
    /// One agent, one human, both assigned; the application has a scope of each tier.
    pub fn allowed() -> Self {
        Self {
            org: home(),
            chain: vec![link(1)],
            user: Some(user()),
            human_scopes: Some(set("admin read report write")),
            proof: Proof::SubjectToken,
            application: application(),
            requested: set("read"),
            source: Some((None, Seconds(10_000), 0)),
            consented: None,
            grants: Vec::new(),
            wanted: None,
        }
    }

    pub fn human(&self) -> HumanFacts<'_> {
        self.user.as_ref().map_or(HumanFacts::Absent, |user| HumanFacts::Present {
            user,
            scopes: self.human_scopes.clone(),
            proven_by: self.proof,
        })
    }

    pub fn source(&self) -> Option<Source<'_>> {
        self.source.as_ref().map(|(scopes, remaining, depth)| Source {
            scopes: scopes.as_ref(),
            remaining: *remaining,
            depth: *depth,
        })
    }

    pub fn ask(&self) -> Verdict {
        let actors: Vec<ActorFacts<'_>> = self
            .chain
            .iter()
            .map(|l| ActorFacts {
                agent: &l.agent,
                client: &l.client,
                assignment: l.assignment.as_ref(),
                connection: l.connection.as_ref(),
            })
            .collect();
        let grants: Vec<&Grant> = self.grants.iter().collect();
        decide(&Question {
            now: NOW,
            org: self.org,
            actors: &actors,
            human: self.human(),
            application: &self.application,
            requested: &self.requested,
            source: self.source(),
            consented: self.consented.as_ref(),
            grants: &grants,
            lifetime_wanted: self.wanted,
        })
    }

    /// The same person at a client without an agent.
    pub fn ask_person(&self) -> Verdict {
        let grants: Vec<&Grant> = self.grants.iter().collect();
        decide_person(&PersonQuestion {
            now: NOW,
            org: self.org,
            client: &self.chain[0].client,
            human: self.human(),
            application: &self.application,
            requested: &self.requested,
            source: self.source(),
            consented: self.consented.as_ref(),
            grants: &grants,
            lifetime_wanted: self.wanted,
        })
    }

    /// The client alone.
    pub fn ask_client(&self) -> Verdict {
        decide_client(&ClientQuestion {
            now: NOW,
            org: self.org,
            client: &self.chain[0].client,
            assignment: self.chain[0].assignment.as_ref(),
            application: &self.application,
            requested: &self.requested,
            lifetime_wanted: self.wanted,
        })
    }

    /// The client is nobody's face, and itself assigned.
    pub fn with_tool(mut self) -> Self {
        let link = &mut self.chain[0];
        link.client.agent = None;
        link.assignment.as_mut().unwrap().principal = Principal::Client(link.client.id);
        self
    }
}

pub fn codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.reasons().iter().map(chancery_policy::Reason::code).collect()
}

pub fn link(n: u32) -> Link {
    let (agent, client): (AgentId, ClientId) = (id(n), id(n));
    Link {
        agent: Agent {
            id: agent,
            org: home(),
            name: format!("agent-{n}"),
            purpose: "answers questions".into(),
            use_case: None,
            stage: Stage::Active,
            contained: None,
            owners: vec![id(9)],
            sponsor: Some(id(9)),
            expires: None,
            meta: Meta::new(NOW),
        },
        client: Client {
            id: client,
            org: home(),
            name: format!("client-{n}"),
            agent: Some(agent),
            application: None,
            auth: AuthMethod::PrivateKeyJwt,
            secrets: Vec::new(),
            jwks: Vec::new(),
            strict_audience: false,
            grants: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel: None,
            enabled: true,
            vaulted: None,
            builtin: false,
            meta: Meta::new(NOW),
        },
        assignment: Some(Assignment {
            id: id::<AssignmentId>(n),
            org: home(),
            principal: Principal::Agent(agent),
            application: id(1),
            scopes: None,
            meta: Meta::new(NOW),
        }),
        connection: None,
    }
}

pub fn connection(n: u32, auto: &str, approval: &str, never: &str) -> Connection {
    Connection {
        id: id::<ConnectionId>(n),
        org: home(),
        agent: id(n),
        application: id(1),
        auto: set(auto),
        approval: set(approval),
        never: set(never),
        approver: ApproverRule::AgentSponsor.into(),
        asks_by_itself: false,
        longest_lifetime: None,
        ends: None,
        meta: Meta::new(NOW),
    }
}

pub fn approval(agent: u32, scopes: &str, until: Option<Timestamp>) -> Grant {
    Grant {
        id: id::<GrantId>(agent * 100 + until.map_or(0, |t| (t.seconds() - NOW.seconds()) as u32 % 100)),
        org: home(),
        origin: Origin::Approval,
        user: id(7),
        client: id(agent),
        agent: Some(id(agent)),
        application: Some(id(1)),
        secret: None,
        run: None,
        scopes: set(scopes),
        from: None,
        until,
        purpose: None,
        meta: Meta::new(NOW),
    }
}

pub fn containment() -> Option<Box<Containment>> {
    Some(Box::new(Containment {
        incident: id::<IncidentId>(1),
        at: NOW,
        reason: "drill".into(),
        by: "system".into(),
    }))
}

pub fn user() -> User {
    User {
        id: id::<UserId>(7),
        org: home(),
        login: "alice@corp.example".into(),
        email: "alice@corp.example".into(),
        display_name: "Alice".into(),
        status: UserStatus::Active,
        manager: None,
        away: None,
        factors_reset: None,
        meta: Meta::new(NOW),
    }
}

pub fn application() -> Application {
    let rule = |name: &str, tier| ScopeRule {
        name: Scope::new(name).unwrap(),
        title: format!("use {name}"),
        data: "ledgers".into(),
        action: Action::Read,
        impact: String::new(),
        tier,
        weight: None,
        approver: None,
    };
    Application {
        id: id::<AppId>(1),
        org: home(),
        name: "FinanceApp".into(),
        description: String::new(),
        resource: "https://finance.corp.example".into(),
        scopes: vec![
            rule("read", Tier::Auto),
            rule("report", Tier::Auto),
            rule("write", Tier::Approval),
            rule("admin", Tier::Never),
        ],
        profile: Profile::Agbac,
        dual_subject: DualSubject::Required,
        consent: ConsentRule::Organization,
        alg: SigningAlg::Es256,
        token_lifetime: Seconds(300),
        owner: None,
        enabled: true,
        builtin: false,
        store: None,
        meta: Meta::new(NOW),
    }
}
