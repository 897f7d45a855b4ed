//! Access requests: questions whose yes becomes a permission for a while. They are filed at the issuer, which knows what is
//! missing; here they are read, waited for, taken back, and what came of them is given back early.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{AgentId, ApprovalId, Fault, GrantId, Outcome, Page, PageRequest, UserId};
use chancery_model::{Approval, Grant, MarkKey, State};
use chancery_store::tables::approvals::{self, Wanted};

use crate::answer::caller;
use crate::approvals::{ApprovalFilter, canceled, paged};

/// A wait takes no longer, whoever asks for more.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Whose requests a caller sees and takes back, if not everybody's: an agent its own, and a person who came without the
/// right to cancel approvals those about themselves.
fn own(cx: &Cx) -> (Option<AgentId>, Option<UserId>) {
    match &cx.caller {
        Caller::Token { agent: Some(agent), .. } => (Some(*agent), None),
        caller if caller.may(Act::ApprovalCancel) => (None, None),
        caller => (None, caller.user()),
    }
}

fn is_own(cx: &Cx, asked: &Approval) -> bool {
    let (agent, user) = own(cx);
    asked.access.is_some()
        && agent.is_none_or(|agent| asked.agent == Some(agent))
        && user.is_none_or(|user| asked.user == user)
}

/// Rows that are looked through at a time.
const PORTION: usize = 200;

/// The access requests that this caller may see, latest first.
pub async fn list(cx: &Cx, page: &PageRequest, filter: &ApprovalFilter) -> Outcome<Page<Approval>> {
    let _may = cx.allowed(Act::RequestRead, cx.org).await?;
    // Other questions stand between them.
    paged(cx, page, filter, PORTION, |asked| is_own(cx, asked)).await
}

/// One of them, as soon as nothing more has to be waited for, or when the time is over.
pub async fn get(cx: &Cx, id: ApprovalId, wait: Duration) -> Outcome<Approval> {
    let _may = cx.allowed(Act::RequestRead, id).await?;
    let until = tokio::time::Instant::now() + wait.min(LONGEST_WAIT);
    let place = cx.db().wait_for(id);
    loop {
        let mut bell = pin!(place.bell());
        bell.as_mut().enable();
        // Looked at after the bell was set: what happens from here on rings it.
        let asked = found(cx, id).await?;
        let open = asked.state_at(cx.now()) == State::Pending;
        if !open || tokio::time::timeout_at(until, bell).await.is_err() {
            return Ok(asked);
        }
    }
}

/// So much of what a person asked for is shown to them.
const OWN: i64 = 200;

/// What a person asked for themselves, latest first. Being that person is the permission.
pub async fn list_own(cx: &Cx) -> Outcome<Vec<Approval>> {
    let (by, _) = caller(cx).ok_or_else(|| Fault::not_found("approval"))?;
    let (org, wanted) = (cx.org, Wanted { user: Some(by), most: OWN, ..Wanted::default() });
    let all = cx.db().read(move |sql| approvals::page(sql, org, &wanted)).await?;
    Ok(all.into_iter().filter(|asked| is_for_oneself(asked, by)).collect())
}

/// Takes one of these back.
pub async fn cancel_own(cx: &Cx, id: ApprovalId) -> Outcome<()> {
    let (by, _) = caller(cx).ok_or_else(|| Fault::not_found("approval"))?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            if !is_for_oneself(&asked, by) {
                return Err(Fault::not_found("approval"));
            }
            canceled(tx, &asked, "taken back by whoever asked".to_owned())
        })
        .await
        .map(drop)
}

fn is_for_oneself(asked: &Approval, by: UserId) -> bool {
    asked.agent.is_none() && asked.access.as_ref().is_some_and(|access| access.by == Some(by))
}

/// One that the caller has just filed: no further right is needed to see it.
pub async fn filed(cx: &Cx, id: ApprovalId) -> Outcome<Approval> {
    found(cx, id).await
}

async fn found(cx: &Cx, id: ApprovalId) -> Outcome<Approval> {
    let org = cx.org;
    let found = cx.db().read(move |sql| approvals::find(sql, org, id)).await?;
    found.filter(|asked| is_own(cx, asked)).ok_or_else(|| Fault::not_found("approval"))
}

/// Takes a request back, as whoever made it.
pub async fn cancel(cx: &Cx, id: ApprovalId, reason: &str) -> Outcome<Arc<Approval>> {
    let _may = cx.allowed(Act::RequestCancel, id).await?;
    let reason = said(reason)?;
    let by = cx.clone();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            if !is_own(&by, &asked) {
                return Err(Fault::not_found("approval"));
            }
            canceled(tx, &asked, reason)
        })
        .await
}

/// Gives a permission back before its end, as the agent that holds it or the person it is about. Tokens that rest on it are
/// dead.
pub async fn give_back(cx: &Cx, id: GrantId) -> Outcome<()> {
    let _may = cx.allowed(Act::GrantReturn, id).await?;
    let (agent, user) = match &cx.caller {
        Caller::Token { agent: Some(agent), .. } => (Some(*agent), None),
        caller => (None, caller.user()),
    };
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let theirs = |grant: &Arc<Grant>| {
                grant.origin.is_permission()
                    && (agent.is_some() || user.is_some())
                    && agent.is_none_or(|agent| grant.agent == Some(agent))
                    && user.is_none_or(|user| grant.user == user)
            };
            let grant = tx.find::<Grant>(id).filter(theirs).ok_or_else(|| Fault::not_found("grant"))?;
            tx.delete(&grant)?;
            let reason = Text::new("returned early");
            let recorded = tx.record(Event::GrantEnded { grant: id, user: Some(grant.user), reason });
            tx.mark(MarkKey::Grant(id), recorded.pos)?;
            tx.end_leases_of_grant(id, "the permission was returned")?;
            Ok(recorded.with(()))
        })
        .await
}

/// A sentence that stands in the log.
pub(crate) fn said(text: &str) -> Outcome<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > Text::LONGEST {
        return Err(Fault::invalid("reason_missing", "say why, in one sentence: it stands in the log"));
    }
    Ok(text.to_owned())
}
