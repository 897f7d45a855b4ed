//! Approvals: the queue, one of them, and taking one back.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_audit::Subject;
use chancery_context::{Act, needs_met};
use chancery_governance::approvals::{self, ApprovalFilter};
use chancery_governance::emergencies::{self, Finding};
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
use crate::pages::approvals::{Kind, Row, View, render};
use crate::pages::question::Said;

/// Rows of the list of evidence.
const EVIDENCE: usize = 20;

pub(super) async fn list(seat: Seat, Query(asked): Query<Asked>) -> Response {
    seat.show(view(&seat, &asked).await, render)
}

async fn view(seat: &Seat, asked: &Asked) -> Outcome<View> {
    let filter = ApprovalFilter { state: State::parse(&asked.status), ..ApprovalFilter::default() };
    let wanted = Kind::ALL.into_iter().find(|(word, _)| *word == asked.stage).map(|(_, kind)| kind);
    let found = asked
        .page(
            |request| {
                let cx = seat.cx();
                async move { approvals::list(&cx, &request, &filter).await }
            },
            |approval: &Approval| approval.id.to_string(),
            |approval| wanted.is_none_or(|wanted| kind(approval) == wanted),
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
        kind: kind(a),
        state: a.state_at(now),
        reported: a.reported,
        asked: a.meta.created,
        until: a.closed.as_ref().map_or(a.lapses, |closed| closed.at),
    };
    let rows: Vec<Row> = found.items.iter().map(row).collect();
    let pager = asked.pager(&links::approvals(), found.next.as_ref(), rows.len(), ("approval", "approvals"));
    Ok(View { status: asked.status.clone(), kind: asked.stage.clone(), rows, pager })
}

/// What a yes comes to.
fn kind(asked: &Approval) -> Kind {
    let access = asked.access.as_ref();
    match (asked.secret, access) {
        (_, Some(access)) if access.emergency.is_some() => Kind::Emergency,
        (Some(_), _) => Kind::Secret,
        (None, Some(access)) if access.assigns => Kind::Assignment,
        (None, _) if asked.grants_for.is_some() => Kind::Access,
        (None, _) => Kind::Once,
    }
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
        kind: kind(&asked),
        access: access(seat, &names, &asked),
        answerable: answerable(seat, &asked, state),
        reviewable: reviewable(seat, &asked),
        cancelable: state.is_live() && seat.may(Act::ApprovalCancel),
        evidence: lines::about(seat, Subject::of(id), EVIDENCE).await?,
        closed: asked.closed.map(|closed| (closed.at, closed.why)),
        sentences: asked.sentences,
        draft: crate::parts::Draft::default(),
    })
}

fn access(seat: &Seat, names: &Names, asked: &Approval) -> Option<one::Access> {
    let (access, lasts) = asked.access.as_ref().zip(asked.grants_for)?;
    let now = seat.cx().now();
    let hot = seat.console().platform.db.hot();
    let grant = hot.grants.find(asked.org, asked.grant).filter(|grant| !grant.is_over(now));
    let stands = grant.and_then(|grant| grant.until);
    drop(hot);
    let review = access.emergency.as_ref().map(|emergency| match &emergency.review {
        None => "nobody has looked at it yet".to_owned(),
        Some(review) => {
            let found = if review.justified { "justified" } else { "not justified" };
            format!("{} found it {found}: {}", names.user(review.by).name, review.note)
        }
    });
    Some(one::Access {
        purpose: access.purpose.clone(),
        lasts,
        starts: access.starts,
        extends: access.extends.is_some(),
        by: access.by.map(|id| names.user(id)),
        stands,
        review,
    })
}

/// Whether the viewer may answer it, in their inbox.
fn answerable(seat: &Seat, asked: &Approval, state: State) -> bool {
    let cx = seat.cx();
    let Some(me) = cx.caller.user() else { return false };
    let hot = seat.console().platform.db.hot();
    state == State::Pending
        && asked.answers.iter().all(|answer| answer.by != me)
        && !needs_met(&hot, asked, me, cx.now()).is_empty()
}

/// Whether the viewer may review it: nobody reviews what they took or gained.
fn reviewable(seat: &Seat, asked: &Approval) -> bool {
    let me = seat.cx().caller.user();
    let open = asked.access.as_ref().is_some_and(|access| {
        access.emergency.as_ref().is_some_and(|e| e.review.is_none()) && access.by != me
    });
    open && Some(asked.user) != me && seat.may(Act::EmergencyReview)
}

pub(super) async fn review(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let approval = read::id::<ApprovalId>(&id, "approval")?;
        let justified = read::one_of("justified", posted.text("justified"), &[("yes", true), ("no", false)])?;
        let finding = Finding { justified, note: posted.text("note").to_owned() };
        Ok(emergencies::review(&posted.cx(), approval, finding).await?)
    };
    match done.await {
        Ok(_) => posted.done(&links::approval(&id), &flash::REVIEWED),
        Err(refused) => {
            let view = page(&posted.seat, &id);
            posted
                .again("review", refused, view, |f, v, draft| one::render(f, &one::View { draft, ..v }))
                .await
        }
    }
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
