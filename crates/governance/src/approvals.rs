//! Approvals as administrators and programs see them.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{AgentId, ApprovalId, Cursor, Fault, Outcome, Page, PageRequest, UserId};
use chancery_model::{Approval, State};
use chancery_policy::approval::{Step, apply};
use chancery_store::Audited;
use chancery_store::tables::approvals::{self, Wanted};

use crate::answer::{self, Reply, closed};

#[derive(Clone, Copy, Debug, Default)]
pub struct ApprovalFilter {
    pub state: Option<State>,
    pub user: Option<UserId>,
    pub agent: Option<AgentId>,
}

/// The organization's questions, latest first. An agent sees its own.
pub async fn list(cx: &Cx, page: &PageRequest, filter: &ApprovalFilter) -> Outcome<Page<Approval>> {
    let _may = cx.allowed(Act::ApprovalRead, cx.org).await?;
    let agent = match own_agent(cx) {
        Some(own) if filter.agent.is_some_and(|asked| asked != own) => {
            return Ok(Page { items: Vec::new(), next: None });
        }
        own => own.or(filter.agent),
    };
    paged(cx, page, &ApprovalFilter { agent, ..*filter }, page.limit + 1, |_| true).await
}

/// Those that are wanted, looked for in portions of so many: only the body of a row tells which they are.
pub(crate) async fn paged(
    cx: &Cx,
    page: &PageRequest,
    filter: &ApprovalFilter,
    portion: usize,
    is_wanted: impl Fn(&Approval) -> bool,
) -> Outcome<Page<Approval>> {
    let before = page.after.as_ref().map(|cursor| cursor.0.parse::<ApprovalId>()).transpose();
    let mut before = before.map_err(|_| Fault::invalid("bad_cursor", "`after` is no cursor of this list"))?;
    let ApprovalFilter { state, user, agent } = *filter;
    let (org, most) = (cx.org, i64::try_from(portion).unwrap_or(i64::MAX));
    let (mut items, mut ended) = (Vec::new(), false);
    while items.len() <= page.limit && !ended {
        let wanted = Wanted { before, state, user, agent, most };
        let some = cx.db().read(move |sql| approvals::page(sql, org, &wanted)).await?;
        ended = some.len() < portion;
        before = some.last().map(|last| last.id);
        items.extend(some.into_iter().filter(&is_wanted));
    }
    let more = items.len() > page.limit;
    items.truncate(page.limit);
    let next = items.last().filter(|_| more).map(|last| Cursor(last.id.to_string()));
    Ok(Page { items, next })
}

pub async fn get(cx: &Cx, id: ApprovalId) -> Outcome<Approval> {
    let _may = cx.allowed(Act::ApprovalRead, id).await?;
    let org = cx.org;
    let found = cx.db().read(move |sql| approvals::find(sql, org, id)).await?;
    found.filter(|asked| sees(cx, asked)).ok_or_else(|| Fault::not_found("approval"))
}

/// Answers with a token of the person's own.
pub async fn answer(cx: &Cx, id: ApprovalId, reply: Reply) -> Outcome<Arc<Approval>> {
    let _may = cx.allowed(Act::ApprovalAnswer, id).await?;
    answer::answer(cx, id, reply).await
}

/// Takes a question back: nothing comes of it any more, also of a yes that was not fetched.
pub async fn cancel(cx: &Cx, id: ApprovalId, reason: &str) -> Outcome<Arc<Approval>> {
    let _may = cx.allowed(Act::ApprovalCancel, id).await?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.len() > Text::LONGEST {
        return Err(Fault::invalid("reason_missing", "say why, in one sentence: it stands in the log"));
    }
    let own = own_agent(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            if own.is_some() && asked.agent != own {
                return Err(Fault::not_found("approval"));
            }
            canceled(tx, &asked, reason)
        })
        .await
}

/// The step itself: the person who takes back an unfetched yes makes it too.
pub(crate) fn canceled(
    tx: &mut chancery_store::Tx<'_>,
    asked: &Approval,
    why: String,
) -> Outcome<Audited<Arc<Approval>>> {
    let reason = Text::new(&why);
    let next = apply(asked, Step::Cancel { why }, tx.now()).map_err(|_| closed(asked.state_at(tx.now())))?;
    let next = tx.replace_approval(next)?;
    let event = Event::ApprovalCanceled { approval: next.id, user: next.user, agent: next.agent, reason };
    Ok(tx.record(event).with(next))
}

/// An agent that comes for itself sees and cancels its own questions only.
fn own_agent(cx: &Cx) -> Option<AgentId> {
    match &cx.caller {
        Caller::Token { agent, .. } => *agent,
        _ => None,
    }
}

fn sees(cx: &Cx, asked: &Approval) -> bool {
    own_agent(cx).is_none_or(|own| asked.agent == Some(own))
}
