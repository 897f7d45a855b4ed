//! The three questions as one case, and the one place where `Allow` is built.

use chancery_kernel::{AgentId, OrgId, ScopeSet, Seconds, Timestamp};
use chancery_model::{Application, Assignment, Client, ConsentRule, Grant, Origin, User};

use crate::check;
use crate::facts::{ActorFacts, ClientQuestion, HumanFacts, PersonQuestion, Proof, Question, Source};
use crate::limit;
use crate::reason::Reason;
use crate::scopes::{self, Judged};
use crate::verdict::{Bounds, Verdict};

/// Who stands at the counter.
#[derive(Clone, Copy)]
pub(crate) enum Face<'a> {
    Agents(&'a [ActorFacts<'a>]),
    /// A client without an agent, at which a person sits.
    Page(&'a Client),
    /// A client without an agent and without a person.
    Tool(&'a Client, Option<&'a Assignment>),
}

pub(crate) struct Case<'a> {
    pub now: Timestamp,
    pub org: OrgId,
    pub face: Face<'a>,
    pub human: &'a HumanFacts<'a>,
    pub application: &'a Application,
    pub requested: &'a ScopeSet,
    pub source: Option<Source<'a>>,
    pub consented: Option<&'a ScopeSet>,
    pub grants: &'a [&'a Grant],
    pub lifetime_wanted: Option<Seconds>,
}

/// Decides for a chain of agents.
pub fn decide(q: &Question<'_>) -> Verdict {
    Case {
        now: q.now,
        org: q.org,
        face: Face::Agents(q.actors),
        human: &q.human,
        application: q.application,
        requested: q.requested,
        source: q.source,
        consented: q.consented,
        grants: q.grants,
        lifetime_wanted: q.lifetime_wanted,
    }
    .decide()
}

/// Decides for a person at a client that is no agent's face.
pub fn decide_person(q: &PersonQuestion<'_>) -> Verdict {
    Case {
        now: q.now,
        org: q.org,
        face: Face::Page(q.client),
        human: &q.human,
        application: q.application,
        requested: q.requested,
        source: q.source,
        consented: q.consented,
        grants: q.grants,
        lifetime_wanted: q.lifetime_wanted,
    }
    .decide()
}

/// Decides for a tool that acts for nobody.
pub fn decide_client(q: &ClientQuestion<'_>) -> Verdict {
    Case {
        now: q.now,
        org: q.org,
        face: Face::Tool(q.client, q.assignment),
        human: &HumanFacts::Absent,
        application: q.application,
        requested: q.requested,
        source: None,
        consented: None,
        grants: &[],
        lifetime_wanted: q.lifetime_wanted,
    }
    .decide()
}

impl<'a> Case<'a> {
    fn decide(&self) -> Verdict {
        if self.application.org != self.org {
            // Nothing more is said, not even to ourselves: its scopes and assignments are not ours to read.
            return Verdict::Deny(vec![Reason::ApplicationForeign { application: self.application.id }]);
        }
        let mut reasons = Vec::new();
        check::everything(self, &mut reasons);
        match scopes::judge(self, &mut reasons) {
            Judged::Free(scopes) if reasons.is_empty() => self.allow(scopes),
            Judged::Consent(scopes) => Verdict::NeedsConsent { scopes, reasons },
            Judged::Approval(scopes, approvers) => Verdict::NeedsApproval { scopes, approvers, reasons },
            Judged::Free(_) | Judged::Refused => Verdict::Deny(reasons),
        }
    }

    fn allow(&self, scopes: ScopeSet) -> Verdict {
        let (lifetime, grants) = limit::bounds(self, &scopes);
        if lifetime.0 < 1 || scopes.is_empty() {
            return Verdict::Deny(vec![Reason::NoTimeLeft {}]);
        }
        Verdict::Allow(Bounds { scopes, lifetime, grants, rule: self.rule() })
    }

    const fn rule(&self) -> &'static str {
        match (&self.face, self.human) {
            (Face::Agents(_), HumanFacts::Present { .. }) => "two_subjects",
            (Face::Agents(_), HumanFacts::Absent) => "agent_only",
            (Face::Page(_), _) => "person",
            (Face::Tool(..), _) => "client",
        }
    }

    pub fn actors(&self) -> &'a [ActorFacts<'a>] {
        match self.face {
            Face::Agents(actors) => actors,
            Face::Page(_) | Face::Tool(..) => &[],
        }
    }

    pub const fn has_human(&self) -> bool {
        matches!(self.human, HumanFacts::Present { .. })
    }

    /// The human, if proven and of this organization: nobody else's facts are looked at.
    pub fn person(&self) -> Option<(&'a User, Option<&'a ScopeSet>)> {
        match self.human {
            HumanFacts::Present { user, scopes, proven_by }
                if *proven_by != Proof::Claimed && user.org == self.org =>
            {
                Some((user, scopes.as_ref()))
            }
            _ => None,
        }
    }

    /// Whether the person's own consent is missing for a scope: everywhere once they took theirs back, else where the
    /// application asks for it.
    pub fn lacks_consent(&self, scope: &str) -> bool {
        let Some((user, _)) = self.person() else { return false };
        self.refused_by(user)
            || (self.application.consent == ConsentRule::Person
                && !self.consented.is_some_and(|c| c.contains(scope)))
    }

    /// Whether the person took back what they had allowed an agent of the chain here, and has not allowed it anew.
    fn refused_by(&self, user: &User) -> bool {
        let speaks = |origin: Origin, agent: Option<AgentId>| {
            self.grants.iter().any(|g| {
                g.origin == origin
                    && g.org == self.org
                    && g.user == user.id
                    && g.agent.is_some()
                    && g.agent == agent
                    && g.application == Some(self.application.id)
                    && g.in_force(self.now)
            })
        };
        self.actors()
            .iter()
            .map(|actor| Some(actor.agent.id))
            .any(|agent| speaks(Origin::Refusal, agent) && !speaks(Origin::Consent, agent))
    }
}
