//! The seven facts that stand in every account of what an agent was allowed and did (domain: "Evidence"). None is
//! optional: where there is no person or no run, the evidence says so in its own words.

use chancery_kernel::{AgentId, AppId, ClientId, OrgId, RunId, ScopeSet, UserId};

use crate::canon::Canon;
use crate::fields::sealed::Written;
use crate::fields::{Fact, Subject, Text};
use crate::json::Json;

/// Who, by whom, on what, with what, for what, by which rule, with which result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// 1. The person on whose behalf, and who asked, where different.
    pub user: Person,
    /// 2. The agent, its client, and the agents it acts through.
    pub agent: AgentFacts,
    /// 3. Organization and application.
    pub target: Target,
    /// 4. API, tool or data source.
    pub resource: Text,
    /// 5. The task and how far it reaches.
    pub task: Task,
    /// 6. Allowed or not, and by what.
    pub decision: Decision,
    /// 7. What the resource server reported, or `issued` or `refused`.
    pub outcome: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    Acting {
        user: UserId,
        login: Text,
        /// Who started the task, where that was somebody else.
        asked_by: Option<UserId>,
    },
    /// The agent acted for nobody, and this is why it may.
    None { why: Text },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentFacts {
    pub agent: AgentId,
    pub name: Text,
    pub client: ClientId,
    /// The agents between the person and this one, nearest to the person first; empty without delegation.
    pub chain: Vec<AgentId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub organization: OrgId,
    pub application: Option<AppId>,
    pub name: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub run: Option<RunId>,
    pub scopes: ScopeSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Allow,
    Deny,
    Pending,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Pending => "pending",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny, Self::Pending].into_iter().find(|verdict| verdict.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    /// The rule, policy or approval that decided.
    pub by: Text,
}

/// Writes the members of an object; the names are given in ascending order.
fn object(out: &mut Canon, members: &[(&'static str, &dyn Written)]) {
    out.byte(b'{');
    for (name, fact) in members {
        if fact.present() {
            out.name(name);
            fact.write(out);
        }
    }
    out.byte(b'}');
}

/// Reads a member, or nothing if the object is absent.
fn fact<F: Fact>(json: Option<&Json>, name: &str) -> Option<F> {
    F::read(json?.member(name))
}

impl Person {
    fn write(&self, out: &mut Canon) {
        match self {
            Self::Acting { user, login, asked_by } => {
                object(out, &[("asked_by", asked_by), ("login", login), ("user", user)]);
            }
            Self::None { why } => object(out, &[("none", why)]),
        }
    }

    fn read(json: Option<&Json>) -> Option<Self> {
        if json?.member("none").is_some() {
            return fact(json, "none").map(|why| Self::None { why });
        }
        let (user, login, asked_by) = (fact(json, "user")?, fact(json, "login")?, fact(json, "asked_by")?);
        Some(Self::Acting { user, login, asked_by })
    }
}

impl AgentFacts {
    fn write(&self, out: &mut Canon) {
        let Self { agent, name, client, chain } = self;
        object(out, &[("agent", agent), ("chain", chain), ("client", client), ("name", name)]);
    }

    fn read(json: Option<&Json>) -> Option<Self> {
        let (agent, name) = (fact(json, "agent")?, fact(json, "name")?);
        Some(Self { agent, name, client: fact(json, "client")?, chain: fact(json, "chain")? })
    }
}

impl Target {
    fn write(&self, out: &mut Canon) {
        let Self { organization, application, name } = self;
        object(out, &[("application", application), ("name", name), ("organization", organization)]);
    }

    fn read(json: Option<&Json>) -> Option<Self> {
        let (organization, name) = (fact(json, "organization")?, fact(json, "name")?);
        Some(Self { organization, application: fact(json, "application")?, name })
    }
}

impl Decision {
    fn write(&self, out: &mut Canon) {
        out.byte(b'{');
        out.name("by");
        self.by.write(out);
        out.name("verdict");
        out.text(self.verdict.as_str());
        out.byte(b'}');
    }

    fn read(json: Option<&Json>) -> Option<Self> {
        let verdict = Verdict::parse(json?.member("verdict")?.text()?)?;
        Some(Self { verdict, by: fact(json, "by")? })
    }
}

impl Evidence {
    pub(crate) fn write_members(&self, out: &mut Canon) {
        let Self { user, agent, target, resource, task, decision, outcome } = self;
        out.byte(b'{');
        out.name("agent");
        agent.write(out);
        out.name("decision");
        decision.write(out);
        out.name("outcome");
        outcome.write(out);
        out.name("resource");
        resource.write(out);
        out.name("target");
        target.write(out);
        out.name("task");
        object(out, &[("run", &task.run), ("scopes", &task.scopes)]);
        out.name("user");
        user.write(out);
        out.byte(b'}');
    }

    pub(crate) fn from_members(json: &Json) -> Option<Self> {
        let part = |name| json.member(name);
        Some(Self {
            user: Person::read(part("user"))?,
            agent: AgentFacts::read(part("agent"))?,
            target: Target::read(part("target"))?,
            resource: fact(Some(json), "resource")?,
            task: Task { run: fact(part("task"), "run")?, scopes: fact(part("task"), "scopes")? },
            decision: Decision::read(part("decision"))?,
            outcome: fact(Some(json), "outcome")?,
        })
    }

    pub(crate) fn named(&self, found: &mut Vec<Subject>) {
        if let Person::Acting { user, asked_by, .. } = &self.user {
            user.subjects(found);
            asked_by.subjects(found);
        }
        let AgentFacts { agent, client, chain, .. } = &self.agent;
        let all: [&dyn Written; 6] =
            [agent, client, chain, &self.target.organization, &self.target.application, &self.task.run];
        all.into_iter().for_each(|fact| fact.subjects(found));
    }

    /// Every id it names, some perhaps twice.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut found = Vec::with_capacity(8);
        self.named(&mut found);
        found
    }

    /// The seven facts in words, in their order.
    pub fn lines(&self) -> [String; 7] {
        let user = match &self.user {
            Person::Acting { user, login, asked_by: None } => format!("user {login} ({user})"),
            Person::Acting { user, login, asked_by: Some(by) } => {
                format!("user {login} ({user}), asked by {by}")
            }
            Person::None { why } => format!("no user: {why}"),
        };
        let chain = if self.agent.chain.is_empty() {
            String::new()
        } else {
            format!(", through {}", self.agent.chain.show())
        };
        let run = self.task.run.map_or_else(|| "no run".to_owned(), |run| run.to_string());
        let application = self.target.application.map_or_else(String::new, |app| format!(" ({app})"));
        [
            user,
            format!("agent {} ({}), client {}{chain}", self.agent.name, self.agent.agent, self.agent.client),
            format!("application {}{application} of {}", self.target.name, self.target.organization),
            format!("resource {}", self.resource),
            format!("task {run}, scopes {}", self.task.scopes),
            format!("{} by {}", self.decision.verdict.as_str(), self.decision.by),
            format!("outcome {}", self.outcome),
        ]
    }
}
