//! Bearer tokens at our own surfaces: the management API and userinfo (RFC 6750).

use std::net::IpAddr;
use std::sync::Arc;

use chancery_audit::evidence::{AgentFacts, Decision, Person, Target, Task};
use chancery_audit::{Actor, Event, Evidence, Text, Verdict};
use chancery_context::Caller;
use chancery_kernel::{Fault, Kind, OrgId, Outcome, RequestId, StoreId};
use chancery_store::Who;

use crate::strangers::With;
use crate::{Issuer, OwnToken};

/// Why a bearer token is refused here. One text for the caller: which of them it was would help a thief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not a token of ours, damaged, or expired.
    Invalid,
    /// Genuine, and for another audience.
    WrongAudience,
    /// Genuine, and revoked.
    Revoked,
    /// Whether it is revoked cannot be known now.
    Unknowable,
}

/// Who calls the management API.
pub struct Bearer {
    pub org: OrgId,
    pub caller: Caller,
    /// The token's identifier.
    pub jti: String,
    /// The seven facts, where an agent calls.
    pub evidence: Option<Arc<Evidence>>,
}

/// What was done with a token here.
pub struct Use<'a> {
    pub jti: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub request: RequestId,
}

impl Issuer {
    /// Who calls the management API with this token.
    pub fn caller_of_token(&self, token: &str) -> Result<Bearer, TokenRefusal> {
        let resource = self.platform().settings.api_resource();
        let own = self.bearer(token, &resource)?;
        Ok(self.bearing(&own, &resource))
    }

    /// Who calls this one store of relationships: with a token for the management API, or for the application that stands
    /// for the store. At every other store that one is a token for another audience.
    pub fn caller_at_store(&self, token: &str, store: StoreId) -> Result<Bearer, TokenRefusal> {
        let wide = self.caller_of_token(token);
        if !matches!(wide, Err(TokenRefusal::WrongAudience)) {
            return wide;
        }
        let resource = self.platform().settings.store_resource(store);
        let own = self.bearer(token, &resource)?;
        let hot = self.db().hot();
        let application = own.application.and_then(|id| hot.applications.find(own.org, id).cloned());
        drop(hot);
        match application {
            Some(application) if application.store == Some(store) => Ok(self.bearing(&own, &resource)),
            _ => Err(TokenRefusal::WrongAudience),
        }
    }

    fn bearing(&self, own: &OwnToken, resource: &str) -> Bearer {
        let evidence = self.evidence(own, resource).map(Arc::new);
        Bearer { org: own.org, caller: self.caller(own), jti: own.jti.clone(), evidence }
    }

    fn caller(&self, own: &OwnToken) -> Caller {
        let application = self.db().hot().clients.find(own.org, own.client).and_then(|c| c.application);
        Caller::Token {
            client: own.client,
            application,
            agent: own.agents.first().copied(),
            user: own.user,
            session: own.keys.session,
            scopes: own.scopes.clone(),
        }
    }

    /// Records that a genuine token opened nothing, before that is answered: who came with it, and why not. What is no
    /// token of ours names nobody, and belongs into nobody's log.
    pub async fn record_token_refused(
        &self,
        token: &str,
        refusal: TokenRefusal,
        target: &str,
        (request, address): (RequestId, Option<IpAddr>),
    ) -> Outcome<()> {
        let reason = match refusal {
            TokenRefusal::Invalid | TokenRefusal::Unknowable => return Ok(()),
            TokenRefusal::WrongAudience => "the token is for another audience",
            TokenRefusal::Revoked => "the token was revoked",
        };
        let Ok(own) = self.read_own(token) else { return Ok(()) };
        // It may be in anybody's hands.
        self.0.strangers.admit(With::Token, own.org, address, self.now()).map_err(|wait| {
            let text = "too many tokens from here were refused: wait, and get a new one";
            Fault { retry: Some(wait), ..Fault::new(Kind::TooMany, "throttled", text) }
        })?;
        let who = Who { actor: self.caller(&own).actor(), request: Some(request) };
        let event = Event::AccessDenied {
            act: Text::new("token_use"),
            target: Text::new(target),
            reason: Text::new(reason),
        };
        self.db().write(own.org, who, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }

    /// The seven facts of a call that an agent makes with this token at a surface of ours.
    pub(crate) fn evidence(&self, own: &OwnToken, resource: &str) -> Option<Evidence> {
        let hot = self.db().hot();
        let (agent, before) = own.agents.split_first()?;
        let application = own.application.and_then(|id| hot.applications.find(own.org, id));
        let user = own.user.and_then(|id| hot.users.find(own.org, id));
        Some(Evidence {
            user: match user {
                Some(user) => Person::Acting { user: user.id, login: Text::new(&user.login), asked_by: None },
                None => Person::None { why: Text::new("the agent asked for itself") },
            },
            agent: AgentFacts {
                agent: *agent,
                name: Text::new(hot.agents.find(own.org, *agent).map_or("", |a| a.name.as_str())),
                client: own.client,
                chain: before.iter().rev().copied().collect(),
            },
            target: Target {
                organization: own.org,
                application: own.application,
                name: Text::new(application.map_or("this server", |a| a.name.as_str())),
            },
            resource: Text::new(resource),
            task: Task { run: own.keys.run, scopes: own.scopes.clone() },
            decision: Decision {
                verdict: Verdict::Allow,
                by: Text::new(&format!("the token {}, decided at entry {}", own.jti, own.pos)),
            },
            outcome: Text::new("done"),
        })
    }

    /// Records what an agent did with a token at this server itself, as guards report it elsewhere.
    pub async fn record_use(&self, org: OrgId, evidence: &Evidence, made: Use<'_>) -> Outcome<()> {
        let let_through = made.status < 400;
        let verb = if let_through { "let through" } else { "refused" };
        let outcome = Text::new(&format!("{verb}, answered {}", made.status));
        let event = Event::TokenUsed {
            jti: Text::new(made.jti),
            evidence: Evidence { outcome, ..evidence.clone() },
            method: Text::new(made.method),
            path: Text::new(made.path),
            status: i64::from(made.status),
            reason: None,
        };
        let who = Who { actor: Actor::Agent(evidence.agent.agent), request: Some(made.request) };
        self.db().write(org, who, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }

    /// A live token of ours for this audience.
    pub(crate) fn bearer(&self, token: &str, audience: &str) -> Result<Arc<OwnToken>, TokenRefusal> {
        let own = self.read_own(token).map_err(|_| TokenRefusal::Invalid)?;
        self.platform().current().map_err(|_| TokenRefusal::Unknowable)?;
        if !own.is_for(audience) {
            return Err(TokenRefusal::WrongAudience);
        }
        if self.is_dead(&own) || !self.stands(&own) {
            return Err(TokenRefusal::Revoked);
        }
        Ok(own)
    }
}
