//! Consents and approvals: reading them, and taking them back.

use std::sync::Arc;

use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, AppId, ClientId, Fault, GrantId, Outcome, Page, PageRequest, UserId};
use chancery_model::{Grant, MarkKey};
use chancery_store::Tx;

use crate::change::{find, page, wanted};
use crate::dependents::ended;

#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
    pub agent: Option<AgentId>,
    pub application: Option<AppId>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &GrantFilter) -> Outcome<Page<Arc<Grant>>> {
    let _may = cx.allowed(Act::GrantRead, cx.org).await?;
    page(cx, request, |_, grant: &Grant| {
        wanted(filter.user.as_ref(), &grant.user)
            && wanted(filter.client.as_ref(), &grant.client)
            && filter.agent.is_none_or(|agent| grant.agent == Some(agent))
            && filter.application.is_none_or(|app| grant.application == Some(app))
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
    Ok(cx.db().hot().grants_of(own).iter().filter(|grant| grant.org == cx.org).cloned().collect())
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
    tx.delete(grant)?;
    let recorded = tx.record(ended(grant, reason));
    tx.mark(MarkKey::Grant(grant.id), recorded.pos)?;
    Ok(recorded)
}
