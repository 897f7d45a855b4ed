//! A person answers: with the digest of the sentences that were on the page, under their own sign-in.

use std::sync::Arc;

use chancery_audit::evidence::Verdict;
use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{ApprovalId, Fault, Outcome, SessionId, Timestamp, UserId};
use chancery_model::{Answer, Approval, State};
use chancery_policy::approval::{Person, Refusal, Step, apply, meets};
use chancery_store::{Audited, Hot, Recorded, Tx};

use crate::{account, permission};

/// What a person says to a question.
#[derive(Clone, Debug)]
pub struct Reply {
    pub allow: bool,
    /// Digest of what they saw, as the page or the API gave it.
    pub seen: String,
    /// When and how they had signed in, where that is known.
    pub auth_time: Option<Timestamp>,
    pub amr: Vec<String>,
}

/// The person behind a call, who is no agent and no program.
pub(crate) fn caller(cx: &Cx) -> Option<(UserId, Option<SessionId>)> {
    match &cx.caller {
        Caller::Person { user, session, .. } => Some((*user, Some(*session))),
        // An agent's token names the person too, and is not the person.
        Caller::Token { agent: None, user: Some(user), .. } => Some((*user, None)),
        _ => None,
    }
}

/// Answers. Being the one who is asked is the permission; nobody else can, whatever scopes they hold.
pub async fn answer(cx: &Cx, id: ApprovalId, reply: Reply) -> Outcome<Arc<Approval>> {
    let (user, session) = caller(cx).ok_or_else(|| Fault::not_found("approval"))?;
    let written = cx
        .db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            let answer = Answer {
                by: user,
                allow: reply.allow,
                at: tx.now(),
                seen: reply.seen,
                meets: theirs(tx.hot(), &asked, user),
                session,
                auth_time: reply.auth_time,
                amr: reply.amr,
            };
            match apply(&asked, Step::Answer(answer), tx.now()) {
                Ok(next) => recorded(tx, next, user, session),
                Err(refusal) => Ok(refused(tx, id, refusal)),
            }
        })
        .await;
    written?
}

/// Which of the needs this person's answer would meet, as the directory stands.
pub(crate) fn theirs(hot: &Hot, asked: &Approval, user: UserId) -> Vec<usize> {
    let Some(user) = hot.users.find(asked.org, user) else { return Vec::new() };
    let is_member = |group| hot.is_member(group, user.id);
    let person = Person {
        user,
        agent: asked.agent.and_then(|id| hot.agents.find(asked.org, id)).map(|agent| &**agent),
        application: asked.application.and_then(|id| hot.applications.find(asked.org, id)).map(|app| &**app),
        is_member: &is_member,
    };
    meets(asked, &person)
}

type Written = Result<Arc<Approval>, Fault>;

fn recorded(
    tx: &mut Tx<'_>,
    next: Approval,
    by: UserId,
    session: Option<SessionId>,
) -> Outcome<Audited<Written>> {
    let next = permission::when_approved(tx.now(), next)?;
    let next = tx.replace_approval(next)?;
    tx.note_answer(next.id, by)?;
    let (approval, seen) = (next.id, account::seen(&next));
    let recorded: Recorded = if next.state == State::Denied {
        let evidence = account::evidence(tx.hot(), &next, Verdict::Deny, "denied");
        tx.record(Event::ApprovalDenied { approval, by, session, evidence, seen })
    } else {
        let complete = next.state != State::Pending;
        let verdict = if complete { Verdict::Allow } else { Verdict::Pending };
        let evidence = account::evidence(tx.hot(), &next, verdict, "approved");
        let recorded = tx.record(Event::ApprovalGranted { approval, by, session, evidence, seen, complete });
        permission::give(tx, &next)?;
        recorded
    };
    Ok(recorded.with(Ok(next)))
}

/// A refused answer stands in the log as well.
fn refused(tx: &mut Tx<'_>, id: ApprovalId, refusal: Refusal) -> Audited<Written> {
    let (reason, fault) = match refusal {
        Refusal::NotYours | Refusal::NotYet => {
            ("the question is not theirs".to_owned(), Fault::not_found("approval"))
        }
        Refusal::OtherSentences => (
            "the answer is to other sentences than those that are asked".to_owned(),
            Fault::conflict(
                "other_sentences",
                "what you answered is not what is asked: load the page again and read it",
            ),
        ),
        Refusal::Answered => (
            "they have answered".to_owned(),
            Fault::conflict("answered", "you have answered this: others are asked too"),
        ),
        Refusal::NeedsFactor => (
            "it needs a second factor".to_owned(),
            Fault::forbidden(
                "second_factor_required",
                "this request needs your second factor: prove it, then answer again",
            ),
        ),
        Refusal::Closed(state) => (format!("it is {}", state.as_str()), closed(state)),
    };
    let event = Event::AccessDenied {
        act: Text::new(Act::ApprovalAnswer.name()),
        target: Text::new(&id.to_string()),
        reason: Text::new(&reason),
    };
    tx.record(event).with(Err(fault))
}

/// Nothing more can be said to it.
pub(crate) fn closed(state: State) -> Fault {
    let text = match state {
        State::Expired => "this request has lapsed: nothing was given; let the agent ask again",
        State::Canceled => "this request was taken back: nothing was given",
        State::Denied => "this request was denied already",
        State::Pending | State::Approved | State::Redeemed => "this request was approved already",
    };
    Fault::conflict("closed", text)
}
