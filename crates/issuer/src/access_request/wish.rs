//! An access request without an attempt: an agent or a person says what is wanted, what for, and for how long.

use std::sync::Arc;

use chancery_audit::Text;
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{
    AgentId, AppId, ApprovalId, ClientId, Fault, GrantId, Outcome, ScopeSet, Seconds, Timestamp, UserId,
};
use chancery_model::{Access, Grant, Origin};
use chancery_policy::Proof;
use chancery_store::hot::Hot;

use super::{Filed, Filing, GRANTED_FOR, file};
use crate::Issuer;
use crate::decide::Ask;
use crate::grants::settle::Wanted;

const SHORTEST: i64 = 60;
/// A working day; who needs it for longer asks again, or for an assignment that stays.
const LONGEST: i64 = 28_800;
const FURTHEST: Seconds = Seconds::days(30);

/// What somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// For which agent, where a person asks.
    pub agent: Option<AgentId>,
    /// On whose behalf, where an agent asks that has no token of theirs.
    pub user: Option<UserId>,
    /// At which system; of an extension, that of the permission.
    pub application: Option<AppId>,
    pub scopes: ScopeSet,
    pub purpose: String,
    pub length: Option<Seconds>,
    /// From when; absent: from the answer.
    pub starts: Option<Timestamp>,
    /// To be assigned, where nothing else would let them in.
    pub assigns: bool,
    /// The permission that is to last longer.
    pub extends: Option<GrantId>,
}

/// Who would hold the permission, and who asks for it.
pub(super) struct Holders {
    pub client: ClientId,
    pub user: UserId,
    /// The person who asks, where no agent does.
    pub by: Option<UserId>,
    /// The agent acts for nobody.
    pub alone: bool,
}

impl Issuer {
    /// Files it; the answer is the question that waits, also where it waited already.
    pub async fn request_access(&self, cx: &Cx, wish: Wish) -> Outcome<ApprovalId> {
        let _may = cx.allowed(Act::RequestFile, cx.org).await?;
        self.filed(cx, wish).await
    }

    /// A person asks to be let into a system, under their own sign-in: no right is needed for that, since it gives none.
    pub async fn ask_for_oneself(&self, cx: &Cx, wish: Wish) -> Outcome<ApprovalId> {
        if !matches!(cx.caller, Caller::Person { .. }) {
            return Err(Fault::not_found("user"));
        }
        self.filed(cx, Wish { agent: None, user: None, assigns: true, ..wish }).await
    }

    async fn filed(&self, cx: &Cx, wish: Wish) -> Outcome<ApprovalId> {
        let filing = self.filing(cx, wish, LONGEST)?;
        match cx.db().write(cx.org, cx.who(), move |tx| file(tx, &filing)).await? {
            Filed::Waits(id, _) => Ok(id),
            Filed::Denied(id) => Err(Fault::conflict(
                "approval_denied",
                format!("they said no to {id} a moment ago: do not ask the same again"),
            )),
            Filed::Not(fault) => Err(fault),
        }
    }

    pub(super) fn filing(&self, cx: &Cx, mut wish: Wish, longest: i64) -> Outcome<Filing> {
        let hot = self.db().hot();
        let extended = wish.extends.map(|id| extended(&hot, cx, id)).transpose()?;
        if let Some(grant) = &extended {
            wish.agent = wish.agent.or(grant.agent);
            wish.user = wish.user.or(Some(grant.user));
            wish.application = grant.application;
            wish.assigns = grant.origin == Origin::Assignment;
            if wish.starts.is_some() {
                return Err(Fault::invalid(
                    "starts",
                    "an extension begins where its grant ends: leave `starts` out",
                ));
            }
            if wish.scopes.is_empty() {
                wish.scopes = grant.scopes.clone();
            }
        }
        let Holders { client, user, by, alone } = holders(&hot, cx, &wish)?;
        if let Some(grant) = &extended {
            let agent = hot.clients.find(cx.org, client).and_then(|client| client.agent);
            let theirs = grant.user == user && grant.agent == agent;
            if !theirs || !wish.scopes.is_subset(&grant.scopes) {
                return Err(unknown(grant.id, "grant"));
            }
        }
        if hot.users.find(cx.org, user).is_none() {
            return Err(unknown(user, "user"));
        }
        let missing = || Fault::invalid("application_missing", "say at which system: name the `application`");
        let named = wish.application.ok_or_else(missing)?;
        let application =
            hot.applications.find(cx.org, named).ok_or_else(|| unknown(named, "application"))?;
        if wish.scopes.is_empty() {
            return Err(Fault::invalid("scopes_missing", "say which scopes are wanted, separated by spaces"));
        }
        let access = Access {
            purpose: purpose(&wish.purpose)?,
            starts: wish.starts.map(|at| begin(at, cx.now())).transpose()?,
            assigns: wish.assigns,
            extends: wish.extends,
            by,
            emergency: None,
        };
        let wanted = wanted(cx, (client, user), wish.scopes, &application.resource, self.issuer());
        Ok(Filing { wanted, hash: self.env().bytes(), access, length: length(wish.length, longest)?, alone })
    }
}

/// Unknown and foreign look the same.
fn unknown(id: impl std::fmt::Display, noun: &str) -> Fault {
    Fault::invalid("unknown_reference", format!("{id} is no {noun} of your organization: name one that is"))
}

/// The permission to extend, while it is in force.
fn extended(hot: &Hot, cx: &Cx, id: GrantId) -> Outcome<Arc<Grant>> {
    let alive = |grant: &&Arc<Grant>| grant.origin.is_permission() && grant.in_force(cx.now());
    hot.grants.find(cx.org, id).filter(alive).cloned().ok_or_else(|| unknown(id, "grant"))
}

/// An agent asks for itself, and a person for an agent that is to act for them.
fn holders(hot: &Hot, cx: &Cx, wish: &Wish) -> Outcome<Holders> {
    match &cx.caller {
        Caller::Token { agent: Some(agent), client, user, .. } => {
            let other = wish.agent.is_some_and(|wanted| wanted != *agent)
                || user.is_some_and(|user| wish.user.is_some_and(|wanted| wanted != user));
            if other {
                let text = "an agent asks for itself, on behalf of the person of its token";
                return Err(Fault::invalid("other_holder", text));
            }
            let missing = || Fault::invalid("user_missing", "say on whose behalf: name the `user`");
            let named = user.or(wish.user);
            // Who answers for an agent that is assigned for itself is its sponsor.
            let sponsor = hot.agents.find(cx.org, *agent).and_then(|agent| agent.sponsor);
            let user = named.or(sponsor.filter(|_| wish.assigns)).ok_or_else(missing)?;
            Ok(Holders { client: *client, user, by: None, alone: named.is_none() })
        }
        caller => {
            let user = caller.user().ok_or_else(|| Fault::not_found("user"))?;
            if wish.user.is_some_and(|wanted| wanted != user) {
                let text = "people ask on their own behalf: leave `user` out";
                return Err(Fault::invalid("other_holder", text));
            }
            let agent = match (wish.agent, caller) {
                (Some(agent), _) => agent,
                (None, Caller::Token { client, .. }) if wish.assigns => {
                    return Ok(Holders { client: *client, user, by: Some(user), alone: false });
                }
                // Under a sign-in there is no client: what people use at this server stands for it.
                (None, Caller::Person { .. }) if wish.assigns => {
                    let own = hot.clients.of(cx.org).find(|client| client.builtin && client.enabled);
                    let client = own.ok_or_else(|| Fault::not_found("client"))?.id;
                    return Ok(Holders { client, user, by: Some(user), alone: false });
                }
                (None, _) => {
                    let text = "say which agent is to be allowed: name the `agent`";
                    return Err(Fault::invalid("agent_missing", text));
                }
            };
            let face = hot.clients_of(agent).find(|client| client.org == cx.org && client.enabled);
            let client = face.ok_or_else(|| unknown(agent, "agent"))?.id;
            Ok(Holders { client, user, by: Some(user), alone: false })
        }
    }
}

fn wanted(
    cx: &Cx,
    (client, user): (ClientId, UserId),
    requested: ScopeSet,
    resource: &str,
    issuer: &str,
) -> Wanted {
    let ask = Ask {
        org: cx.org,
        client,
        chain: Vec::new(),
        // What would hold if the person said yes.
        user: Some((user, Proof::Grant)),
        requested,
        source: None,
        lifetime: None,
        approved: None,
    };
    Wanted {
        ask,
        resource: Some(resource.to_owned()),
        identity: ScopeSet::empty(),
        grant_type: "access_request",
        run: None,
        session: None,
        family: None,
        lease: None,
        authn: None,
        issuer: issuer.into(),
    }
}

fn purpose(text: &str) -> Outcome<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > Text::LONGEST {
        return Err(Fault::invalid("purpose_missing", "say in one sentence what it is for: `purpose`"));
    }
    Ok(text.to_owned())
}

/// To the second, and within the month: what is further away is asked for when it is near.
fn begin(at: Timestamp, now: Timestamp) -> Outcome<Timestamp> {
    if at <= now || at > now.plus(FURTHEST) {
        let text = "`starts` lies ahead, by 30 days at most: leave it out to begin with the answer";
        return Err(Fault::invalid("bad_start", text));
    }
    Ok(Timestamp::from_seconds(at.seconds()))
}

fn length(wanted: Option<Seconds>, longest: i64) -> Outcome<Seconds> {
    let length = wanted.unwrap_or(GRANTED_FOR);
    if (SHORTEST..=longest).contains(&length.0) {
        return Ok(length);
    }
    let text = format!("a permission lasts {SHORTEST} to {longest} seconds: choose between these");
    Err(Fault::invalid("bad_length", text))
}
