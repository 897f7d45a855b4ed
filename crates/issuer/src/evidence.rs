//! Writes decisions into the log: with the seven fields where an agent is involved.

use chancery_audit::evidence::{AgentFacts, Decision, Person, Target, Task, Verdict as Said};
use chancery_audit::{Event, Evidence, Text};
use chancery_kernel::{OrgId, RunId, ScopeSet, SessionId, Timestamp};
use chancery_model::{Application, TokenKeys};

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
    /// What can kill the token, where there is one.
    pub keys: Option<&'a TokenKeys>,
    pub verdict: Said,
    pub rule: Text,
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
                grant_type: Text::word(self.grant_type),
                audience: Text::new(self.audience),
                profile: Text::word(self.application.map_or("rfc8693", |a| a.profile.as_str())),
                expires: self.expires,
                reasons,
                mend: self.mend.map(Text::new),
                rests_on: self.keys.and_then(rests_on),
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
                expires: self.expires,
                reasons,
                rests_on: self.keys.and_then(rests_on),
            }
        } else {
            Event::ClientTokenDecided {
                client: self.parties.client.id,
                application,
                jti: self.jti.map(Text::new),
                scopes: self.scopes.clone(),
                allow,
                expires: self.expires,
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
                None => Person::None { why: Text::word(self.nobody()) },
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
            decision: Decision { verdict: self.verdict, by: self.rule.clone() },
            outcome: Text::word(if self.verdict == Said::Allow { "issued" } else { "refused" }),
        }
    }
}

impl Account<'_> {
    /// Why no person is named.
    const fn nobody(&self) -> &'static str {
        match (self.verdict, self.source_jti) {
            (Said::Deny, None) if !matches!(self.grant_type.as_bytes(), b"client_credentials") => {
                "the request did not prove for whom"
            }
            _ => "the agent asked for itself",
        }
    }
}

/// The consents, the session, the family of refresh tokens, and of what it was made from the tokens, clients and
/// applications, by whose end the token ends: the event names none of them otherwise, and without them the log would list
/// dead tokens as live.
fn rests_on(keys: &TokenKeys) -> Option<Text> {
    let mut ids: Vec<String> = keys.grants.iter().map(ToString::to_string).collect();
    ids.extend(keys.session.map(|id| id.to_string()));
    ids.extend(keys.family.map(|id| id.to_string()));
    // The token's own come first, and stand in the evidence.
    ids.extend(keys.clients.iter().skip(1).map(ToString::to_string));
    ids.extend(keys.applications.iter().skip(1).map(ToString::to_string));
    ids.extend(keys.sources.iter().map(|jti| format!("tok:{jti}")));
    (!ids.is_empty()).then(|| Text::new(&ids.join(" ")))
}

/// Evidence is only written for clients that have an agent; the nil id marks a contradiction of that.
fn nobody() -> chancery_kernel::AgentId {
    chancery_kernel::Id::from_uuid(chancery_kernel::id::Uuid::nil())
}
