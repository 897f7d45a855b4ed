//! Consents and approvals: reading them, and taking them back.

use std::sync::Arc;

use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, AppId, ClientId, Fault, GrantId, Outcome, Page, PageRequest, UserId};
use chancery_model::{Grant, MarkKey, Meta, Origin};
use chancery_store::Tx;

use crate::change::{find, page, wanted};
use crate::dependents::ended;

#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
    pub agent: Option<AgentId>,
    pub application: Option<AppId>,
    pub origin: Option<Origin>,
    pub in_force: Option<bool>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &GrantFilter) -> Outcome<Page<Arc<Grant>>> {
    let _may = cx.allowed(Act::GrantRead, cx.org).await?;
    let now = cx.now();
    page(cx, request, |_, grant: &Grant| {
        wanted(filter.user.as_ref(), &grant.user)
            && wanted(filter.client.as_ref(), &grant.client)
            && filter.agent.is_none_or(|agent| grant.agent == Some(agent))
            && filter.application.is_none_or(|app| grant.application == Some(app))
            && wanted(filter.origin.as_ref(), &grant.origin)
            && filter.in_force.is_none_or(|wanted| grant.in_force(now) == wanted)
    })
}

pub async fn get(cx: &Cx, id: GrantId) -> Outcome<Arc<Grant>> {
    let _may = cx.allowed(Act::GrantRead, id).await?;
    find(cx, id)
}

/// Takes somebody's consent or approval back, as an administrator.
pub async fn withdraw(cx: &Cx, id: GrantId) -> Outcome<()> {
    let _may = cx.allowed(Act::GrantManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let grant = tx.get::<Grant>(id)?;
            removed(tx, &grant, "withdrawn by an administrator").map(|recorded| recorded.with(()))
        })
        .await
}

/// What the caller agreed to. Everybody may read and take back their own: being that person is the permission, which
/// is why no scope is asked for.
pub async fn list_own(cx: &Cx) -> Outcome<Vec<Arc<Grant>>> {
    let own = caller(cx)?;
    let mine = |grant: &&Arc<Grant>| grant.org == cx.org && grant.origin != Origin::Refusal;
    Ok(cx.db().hot().grants_of(own).iter().filter(mine).cloned().collect())
}

/// Takes the caller's own consent or approval back. Other people's look unknown.
pub async fn withdraw_own(cx: &Cx, id: GrantId) -> Outcome<()> {
    let own = caller(cx)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let grant = tx.find::<Grant>(id).filter(|grant| grant.user == own);
            let grant = grant.ok_or_else(|| Fault::not_found("grant"))?;
            removed(tx, &grant, "withdrawn by the person").map(|recorded| recorded.with(()))
        })
        .await
}

fn caller(cx: &Cx) -> Outcome<UserId> {
    match &cx.caller {
        // An agent's token names the person too, and is not the person.
        chancery_context::Caller::Token { agent: Some(_), .. } => None,
        caller => caller.user(),
    }
    .ok_or_else(|| Fault::not_found("grant"))
}

fn removed(tx: &mut Tx<'_>, grant: &Arc<Grant>, reason: &str) -> Outcome<chancery_store::Recorded> {
    if grant.origin == Origin::Refusal {
        return Err(Fault::conflict(
            "refusal",
            "the person keeps this agent out: only they can let it in again, by consenting when it asks",
        ));
    }
    tx.delete(grant)?;
    refuse(tx, grant)?;
    let recorded = tx.record(ended(grant, reason));
    tx.mark(MarkKey::Grant(grant.id), recorded.pos)?;
    tx.end_leases_of_grant(grant.id, reason)?;
    Ok(recorded)
}

/// What was taken back stays taken back, also where the organization's assignments alone would let the agent in: that
/// is what the consent page promises.
fn refuse(tx: &mut Tx<'_>, withdrawn: &Grant) -> Outcome<()> {
    if withdrawn.origin != Origin::Consent || withdrawn.agent.is_none() || withdrawn.application.is_none() {
        return Ok(());
    }
    let same = |g: &Arc<Grant>| {
        g.origin == Origin::Refusal && g.agent == withdrawn.agent && g.application == withdrawn.application
    };
    if tx.hot().grants_of(withdrawn.user).iter().any(same) {
        return Ok(());
    }
    let (id, meta) = (tx.id(), Meta::new(tx.now()));
    tx.insert(Grant { id, origin: Origin::Refusal, until: None, meta, ..withdrawn.clone() }).map(drop)
}
