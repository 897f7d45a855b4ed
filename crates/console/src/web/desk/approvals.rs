//! Approvals: the queue, one of them, and taking one back.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::Act;
use chancery_governance::approvals::{self, ApprovalFilter};
use chancery_kernel::{ApprovalId, Outcome};
use chancery_model::approval::Voice;
use chancery_model::{Answer, Approval, State};
use chancery_policy::approval::{MESSAGE_TERM, SIX_FACTS, words};

use super::flash;
use super::lines;
use super::lists::Asked;
use super::names::Names;
use super::read;
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::approval as one;
use crate::pages::approvals::{Row, View, render};
use crate::pages::question::Said;

/// Rows of the list of evidence.
const EVIDENCE: usize = 20;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let filter = ApprovalFilter { state: State::parse(&asked.status), ..ApprovalFilter::default() };
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { approvals::list(&cx, &request, &filter).await }
            },
            |approval: &Approval| approval.id.to_string(),
            |_| true,
        )
        .await?;
    let names = Names::of(seat);
    let now = seat.cx().now();
    let row = |a: &Approval| Row {
        approval: a.id.to_string(),
        sentence: sentence(a),
        agent: a.agent.map(|id| names.agent(id)),
        user: names.user(a.user),
        application: a.application.map(|id| names.application(id)),
        state: a.state_at(now),
        reported: a.reported,
        asked: a.meta.created,
        until: a.closed.as_ref().map_or(a.lapses, |closed| closed.at),
    };
    let rows: Vec<Row> = found.items.iter().map(row).collect();
    let pager = asked.pager(&links::approvals(), found.next.as_ref(), rows.len(), ("approval", "approvals"));
    Ok(View { status: asked.status.clone(), rows, pager })
}

/// What for: the agent's message, else its task, else what the server knows.
fn sentence(asked: &Approval) -> String {
    let [what, ..] = SIX_FACTS;
    let says = |term: &str, voice| asked.sentences.iter().find(|s| s.term == term && s.voice == voice);
    says(MESSAGE_TERM, Voice::Agent)
        .or_else(|| says(what, Voice::Agent))
        .or_else(|| says(what, Voice::Server))
        .map_or_else(|| "A question".to_owned(), |s| s.text.clone())
}

pub(super) async fn show(seat: Seat, Path(id): Path<String>) -> Response {
    seat.show(page(&seat, &id).await, one::render)
}

async fn page(seat: &Seat, id: &str) -> Outcome<one::View> {
    let id = read::id::<ApprovalId>(id, "approval")?;
    let asked = approvals::get(&seat.cx(), id).await?;
    let names = Names::of(seat);
    let said = |a: &Answer| Said {
        name: names.user(a.by).name,
        instead_of: a.rights.iter().find(|r| **r != a.by).map(|r| names.user(*r).name).unwrap_or_default(),
        allow: a.allow,
        at: a.at,
    };
    let weight: Vec<&str> = asked.weights.iter().map(|weight| weight.words()).collect();
    let state = asked.state_at(seat.cx().now());
    Ok(one::View {
        approval: asked.id.to_string(),
        state,
        reported: asked.reported,
        agent: asked.agent.map(|id| names.agent(id)),
        user: names.user(asked.user),
        needs: asked.needs.iter().map(|need| words(need, &|group| names.group(group).name)).collect(),
        weight: weight.join(" and "),
        answers: asked.answers.iter().map(said).collect(),
        asked: asked.meta.created,
        lapses: asked.lapses,
        cancelable: state.is_live() && seat.may(Act::ApprovalCancel),
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        closed: asked.closed.map(|closed| (closed.at, closed.why)),
        sentences: asked.sentences,
        draft: crate::parts::Draft::default(),
    })
}

pub(super) async fn cancel(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let approval = read::id::<ApprovalId>(&id, "approval")?;
        approvals::cancel(&posted.cx(), approval, posted.text("reason")).await
    };
    match done.await {
        Ok(_) => posted.done(&links::approval(&id), &flash::QUESTION_CANCELED),
        Err(fault) => {
            let view = page(&posted.seat, &id);
            posted
                .again("cancel", fault.into(), view, |f, v, draft| one::render(f, &one::View { draft, ..v }))
                .await
        }
    }
}
