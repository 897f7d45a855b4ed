//! Entries as decisions write them, over a fixed set of agents and people.

use chancery_audit::evidence::{AgentFacts, Decision, Person, Target, Task, Verdict};
use chancery_audit::{Event, Evidence, Text};
use chancery_jose::b64;
use chancery_kernel::{AgentId, AppId, ClientId, Env, Id, OrgId, ScopeSet, UserId};

/// Who stands in the lines.
pub struct Cast {
    pub org: OrgId,
    pub agents: Vec<AgentId>,
    people: Vec<UserId>,
    clients: Vec<ClientId>,
    application: AppId,
    scopes: ScopeSet,
}

impl Cast {
    pub fn new(env: &Env, agents: usize) -> Self {
        let people = (agents / 10).max(1);
        Self {
            org: env.id(),
            agents: many(env, agents),
            people: many(env, people),
            clients: many(env, agents),
            application: env.id(),
            scopes: ScopeSet::parse("crm.read crm.write").unwrap_or_default(),
        }
    }

    /// The agent that the n-th line is about.
    pub fn agent(&self, n: usize) -> Option<AgentId> {
        self.agents.get(spread(n) % self.agents.len().max(1)).copied()
    }

    /// A token for an agent that acts for a person: the widest of the frequent lines.
    pub fn decision(&self, env: &Env, n: usize) -> Event {
        let login = format!("person-{}@corp.example", n % 997);
        Event::TokenDecided {
            jti: Some(Text::new(&b64(&env.bytes::<16>()))),
            source_jti: Some(Text::new(&b64(&env.bytes::<16>()))),
            evidence: Evidence {
                user: Person::Acting {
                    user: pick(&self.people, n),
                    login: Text::new(&login),
                    asked_by: None,
                },
                agent: AgentFacts {
                    agent: pick(&self.agents, n),
                    name: Text::new(&format!("agent-{}", n % 10_000)),
                    client: pick(&self.clients, n),
                    chain: Vec::new(),
                },
                target: Target {
                    organization: self.org,
                    application: Some(self.application),
                    name: Text::new("CRM"),
                },
                resource: Text::new("https://crm.example/api"),
                task: Task { run: None, scopes: self.scopes.clone() },
                decision: Decision { verdict: Verdict::Allow, by: Text::new("two_subjects") },
                outcome: Text::new("issued"),
            },
            grant_type: Text::new("token_exchange"),
            audience: Text::new("https://crm.example/api"),
            profile: Text::new("rfc8693"),
            expires: Some(env.now()),
            reasons: Vec::new(),
            mend: None,
            rests_on: None,
        }
    }

    /// A tool's token: a line of some 400 bytes.
    pub fn tool_decision(&self, env: &Env, n: usize) -> Event {
        Event::ClientTokenDecided {
            client: pick(&self.clients, n),
            application: Some(self.application),
            jti: Some(Text::new(&b64(&env.bytes::<16>()))),
            scopes: self.scopes.clone(),
            allow: true,
            expires: Some(env.now()),
            reasons: Vec::new(),
        }
    }

    /// A change of a record: a line of some 300 bytes, the size the limits were taken with.
    pub fn change(&self, n: usize) -> Event {
        Event::AgentUpdated {
            agent: pick(&self.agents, n),
            changed: vec![Text::new("purpose")],
            why: None,
            values: None,
        }
    }
}

fn many<I: Id>(env: &Env, count: usize) -> Vec<I> {
    (0..count).map(|_| env.id()).collect()
}

/// Neighbours in time are no neighbours in the list, as in life.
pub const fn spread(n: usize) -> usize {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24
}

fn pick<I: Id>(from: &[I], n: usize) -> I {
    from.get(spread(n) % from.len().max(1)).copied().unwrap_or_else(|| I::from_uuid(Default::default()))
}
