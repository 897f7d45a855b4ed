//! Writes decisions into the log: with the seven fields where an agent is involved.

use chancery_audit::evidence::{AgentFacts, Decision, Person, Target, Task, Verdict as Said};
use chancery_audit::{Event, Evidence, Text};
use chancery_kernel::{OrgId, RunId, ScopeSet, SessionId, Timestamp};
use chancery_model::Application;

use crate::decide::Parties;

/// What a decision was about and how it came out.
pub(crate) struct Account<'a> {
    pub org: OrgId,
    pub parties: &'a Parties,
    pub application: Option<&'a Application>,
    pub audience: &'a str,
    pub grant_type: &'static str,
    pub scopes: &'a ScopeSet,
    pub run: Option<RunId>,
    pub session: Option<SessionId>,
    pub source_jti: Option<&'a str>,
    pub jti: Option<&'a str>,
    pub expires: Option<Timestamp>,
    pub verdict: Said,
    pub rule: &'a str,
    pub reasons: &'a [String],
    pub mend: Option<&'a str>,
}

impl Account<'_> {
    /// The event of this decision.
    pub fn event(&self) -> Event {
        let reasons = self.reasons.iter().map(|r| Text::new(r)).collect();
        let application = self.application.map(|a| a.id);
        let allow = self.verdict == Said::Allow;
        if self.parties.client.agent.is_some() {
            Event::TokenDecided {
                jti: self.jti.map(Text::new),
                source_jti: self.source_jti.map(Text::new),
                evidence: self.evidence(),
                grant_type: Text::new(self.grant_type),
                audience: Text::new(self.audience),
                profile: Text::new(self.application.map_or("rfc8693", |a| a.profile.as_str())),
                expires: self.expires,
                reasons,
                mend: self.mend.map(Text::new),
            }
        } else if let Some(user) = &self.parties.user {
            Event::PersonTokenDecided {
                user: user.id,
                client: self.parties.client.id,
                session: self.session,
                application,
                jti: self.jti.map(Text::new),
                scopes: self.scopes.clone(),
                allow,
                reasons,
            }
        } else {
            Event::ClientTokenDecided {
                client: self.parties.client.id,
                application,
                jti: self.jti.map(Text::new),
                scopes: self.scopes.clone(),
                allow,
                reasons,
            }
        }
    }

    /// The seven facts.
    pub fn evidence(&self) -> Evidence {
        let client = &self.parties.client;
        let present = self.parties.agents.first();
        Evidence {
            user: match &self.parties.user {
                Some(user) => Person::Acting { user: user.id, login: Text::new(&user.login), asked_by: None },
                None => Person::None { why: Text::new("the agent asked for itself") },
            },
            agent: AgentFacts {
                agent: present.map_or_else(|| client.agent.unwrap_or(nobody()), |a| a.id),
                name: Text::new(present.map_or("", |a| a.name.as_str())),
                client: client.id,
                chain: self.parties.agents.iter().skip(1).rev().map(|a| a.id).collect(),
            },
            target: Target {
                organization: self.org,
                application: self.application.map(|a| a.id),
                name: Text::new(self.application.map_or("this server", |a| a.name.as_str())),
            },
            resource: Text::new(self.audience),
            task: Task { run: self.run, scopes: self.scopes.clone() },
            decision: Decision { verdict: self.verdict, by: Text::new(self.rule) },
            outcome: Text::new(if self.verdict == Said::Allow { "issued" } else { "refused" }),
        }
    }
}

/// Evidence is only written for clients that have an agent; the nil id marks a contradiction of that.
fn nobody() -> chancery_kernel::AgentId {
    chancery_kernel::Id::from_uuid(chancery_kernel::id::Uuid::nil())
}
