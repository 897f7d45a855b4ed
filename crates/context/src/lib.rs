//! What a use case is given: who calls, for which organization, and what it may work with.

mod act;
mod caller;
mod circle;
mod pace;
mod platform;
pub mod reactions;

use std::net::IpAddr;
use std::sync::Arc;

use chancery_audit::fields::Text;
use chancery_audit::{Decision, Event, Evidence, Verdict};
use chancery_kernel::{Env, Fault, OrgId, Outcome, RequestId, Timestamp};
use chancery_store::{Author, Db, Who};
use chancery_vault::Vault;

pub use act::{ACTS, Act};
pub use caller::Caller;
pub use circle::{needs_met, somebody_answers};
pub use pace::left_alone;
pub use platform::{Platform, Settings, cut_off};

/// The id of a request, made at the edge: surfaces carry it as an extension, answers, problems and logs show it.
#[derive(Clone, Copy, Debug)]
pub struct Requested(pub RequestId);

/// Where a call came from, behind trusted proxies: an extension that the server sets from the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The context of one call. First parameter of every use case.
#[derive(Clone)]
pub struct Cx {
    pub platform: Platform,
    /// The organization the caller belongs to: the wall.
    pub org: OrgId,
    pub caller: Caller,
    pub request: RequestId,
    /// Where the call came from, behind trusted proxies.
    pub address: Option<IpAddr>,
    /// The seven facts of the call, where an agent makes it: they stand beside whatever it leads to in the log.
    pub evidence: Option<Arc<Evidence>>,
}

/// Proof that the caller may do this act: use cases that change something ask for it by value.
#[derive(Debug)]
pub struct Allowed(());

impl Cx {
    /// The server itself: start-up, jobs, the setup link.
    pub fn system(platform: &Platform, org: OrgId) -> Self {
        let request = platform.db.env().id();
        Self {
            platform: platform.clone(),
            org,
            caller: Caller::System,
            request,
            address: None,
            evidence: None,
        }
    }

    pub fn db(&self) -> &Db {
        &self.platform.db
    }

    pub fn vault(&self) -> &Vault {
        &self.platform.vault
    }

    pub fn env(&self) -> &Env {
        self.platform.db.env()
    }

    pub fn now(&self) -> Timestamp {
        self.env().now()
    }

    /// Who a write of this call stands for in the log, and by which evidence.
    pub fn who(&self) -> Author {
        let who = Who { actor: self.caller.actor(), request: Some(self.request) };
        Author { who, evidence: self.evidence.clone() }
    }

    /// Whether the caller may do this. A refusal is recorded before it is answered.
    pub async fn allowed(&self, act: Act, target: impl std::fmt::Display) -> Outcome<Allowed> {
        if self.caller.may(act) {
            return Ok(Allowed(()));
        }
        let scope = act.scope();
        self.denied(act, target, &format!("the caller lacks the scope {scope}")).await?;
        if matches!(self.caller, Caller::Anonymous) {
            return Err(Fault::new(
                chancery_kernel::Kind::Unauthenticated,
                "unauthenticated",
                "sign in first",
            ));
        }
        Err(Fault::forbidden(
            "insufficient_scope",
            format!("this needs the scope {scope}: ask an administrator to assign it to you"),
        ))
    }

    /// Records that an act was refused, whoever decided so.
    pub async fn denied(&self, act: Act, target: impl std::fmt::Display, reason: &str) -> Outcome<()> {
        let event = Event::AccessDenied {
            act: Text::new(act.name()),
            target: Text::new(&target.to_string()),
            reason: Text::new(reason),
        };
        let mut author = self.who();
        author.evidence = author.evidence.map(|evidence| Arc::new(turned_away(&evidence, reason)));
        self.db().write(self.org, author, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }
}

/// The evidence of a call that was not let through.
fn turned_away(evidence: &Evidence, reason: &str) -> Evidence {
    Evidence {
        decision: Decision { verdict: Verdict::Deny, by: Text::new(reason) },
        outcome: Text::new("refused"),
        ..evidence.clone()
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx")
            .field("org", &self.org)
            .field("caller", &self.caller)
            .field("request", &self.request)
            .finish()
    }
}
