//! A person answers: with the digest of the sentences that were on the page, under their own sign-in.

use std::sync::Arc;

use chancery_audit::evidence::Verdict;
use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx, needs_met};
use chancery_kernel::{ApprovalId, Fault, Outcome, SessionId, UserId};
use chancery_model::{Answer, Approval, State};
use chancery_policy::approval::{MOST_MISSES, Refusal, Step, apply};
use chancery_store::tables::sessions;
use chancery_store::{Audited, Tx};

use crate::{account, permission};

/// What a person says to a question.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub allow: bool,
    /// Digest of what they saw, as the page or the API gave it.
    pub seen: String,
    /// The number the requester shows, where one is asked for.
    pub number: Option<String>,
    /// It should not have been asked; with a no.
    pub report: bool,
    /// What they say of it.
    pub note: Option<String>,
}

/// The person behind a call, who is no agent and no program, and the sign-in they come by.
pub(crate) fn caller(cx: &Cx) -> Option<(UserId, Option<SessionId>)> {
    match &cx.caller {
        Caller::Person { user, session, .. } => Some((*user, Some(*session))),
        // An agent's token names the person too, and is not the person.
        Caller::Token { agent: None, user: Some(user), session, .. } => Some((*user, *session)),
        _ => None,
    }
}

/// Answers. Being the one who is asked is the permission; nobody else can, whatever scopes they hold. How they proved
/// themselves is what their session says, on whichever surface they answer.
pub async fn answer(cx: &Cx, id: ApprovalId, reply: Reply) -> Outcome<Arc<Approval>> {
    let (user, session) = caller(cx).ok_or_else(|| Fault::not_found("approval"))?;
    if reply.report && reply.allow {
        return Err(Fault::invalid("report_and_approve", "to report is to say no: answer deny"));
    }
    let written = cx
        .db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            let said = said(tx, &asked, (user, session), &reply)?;
            match apply(&asked, Step::Answer(said), tx.now()) {
                Ok(next) => {
                    let next = Approval { reported: reply.report, ..next };
                    let done = recorded(tx, next, user, session)?;
                    if reply.report {
                        reported(tx, &asked, user, reply.note.as_deref())?;
                    }
                    Ok(done)
                }
                Err(Refusal::WrongNumber) => missed(tx, &asked),
                Err(refusal) => Ok(refused(tx, id, refusal)),
            }
        })
        .await;
    written?
}

fn said(
    tx: &mut Tx<'_>,
    asked: &Approval,
    (by, session): (UserId, Option<SessionId>),
    reply: &Reply,
) -> Outcome<Answer> {
    let now = tx.now();
    let met = needs_met(tx.hot(), asked, by, now);
    let found = match session {
        Some(id) => sessions::find(tx.sql(), id)?.filter(|s| s.user == by && s.ended.is_none()),
        None => None,
    };
    Ok(Answer {
        by,
        allow: reply.allow,
        at: now,
        seen: reply.seen.clone(),
        meets: met.iter().map(|met| met.need).collect(),
        rights: match met.iter().all(|met| met.right == by) {
            true => Vec::new(),
            false => met.iter().map(|met| met.right).collect(),
        },
        second: found.as_ref().and_then(|s| s.facts.second),
        number: reply.number.as_deref().map(|number| number.trim().to_owned()),
        session,
        auth_time: found.as_ref().map(|s| s.auth_time),
        amr: found.map(|s| s.facts.amr).unwrap_or_default(),
    })
}

/// A number that was not the one shown is counted; after the third the question is taken back.
fn missed(tx: &mut Tx<'_>, asked: &Approval) -> Outcome<Audited<Written>> {
    let next = apply(asked, Step::Miss, tx.now()).map_err(|_| closed(asked.state_at(tx.now())))?;
    let next = tx.replace_approval(next)?;
    let left = MOST_MISSES.saturating_sub(next.misses);
    if next.state == State::Canceled {
        let (user, agent, reason) = (next.user, next.agent, Text::new("the number was wrong too often"));
        let event = Event::ApprovalCanceled { approval: next.id, user, agent, reason };
        let text = "the number was wrong too often: the request was taken back, let the agent ask again";
        return Ok(tx.record(event).with(Err(Fault::conflict("wrong_number", text))));
    }
    let event = Event::AccessDenied {
        act: Text::new(Act::ApprovalAnswer.name()),
        target: Text::new(&next.id.to_string()),
        reason: Text::new("the number was another one than the requester shows"),
    };
    let text = format!("this is not the number that the requester shows; {left} more tries");
    Ok(tx.record(event).with(Err(Fault::invalid("wrong_number", text))))
}

/// Deny and report: the agent's other questions to this person go too.
fn reported(tx: &mut Tx<'_>, asked: &Approval, by: UserId, note: Option<&str>) -> Outcome<()> {
    let _ = tx.record(Event::ApprovalReported {
        approval: asked.id,
        by,
        user: asked.user,
        agent: asked.agent,
        client: asked.client,
        note: note.map(str::trim).filter(|note| !note.is_empty()).map(Text::new),
    });
    let mut others = tx.live_of_user(asked.user);
    others.retain(|other| other.id != asked.id && other.agent == asked.agent);
    tx.cancel_all(others, "the person reported the agent")
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
    let complete = next.state != State::Pending;
    let event = match (next.state == State::Denied, next.agent) {
        // Of what a person asks for themselves there are no seven facts: no agent has a part in it.
        (denied, None) => own(&next, (by, session), !denied),
        (true, Some(_)) => {
            let evidence = account::evidence(tx.hot(), &next, Verdict::Deny, "denied");
            Event::ApprovalDenied { approval, by, session, evidence, seen }
        }
        (false, Some(_)) => {
            let verdict = if complete { Verdict::Allow } else { Verdict::Pending };
            let evidence = account::evidence(tx.hot(), &next, verdict, "approved");
            Event::ApprovalGranted { approval, by, session, evidence, seen, complete }
        }
    };
    let recorded = tx.record(event);
    permission::give(tx, &next)?;
    Ok(recorded.with(Ok(next)))
}

fn own(next: &Approval, (by, session): (UserId, Option<SessionId>), allow: bool) -> Event {
    let (approval, user, client, seen) = (next.id, next.user, next.client, account::seen(next));
    match allow {
        true => {
            let complete = next.state != State::Pending;
            Event::OwnRequestGranted { approval, by, session, user, client, seen, complete }
        }
        false => Event::OwnRequestDenied { approval, by, session, user, client, seen },
    }
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
        Refusal::SecondFactor => (
            "the second factor was not proven lately in this session".to_owned(),
            Fault::forbidden(
                "second_factor_required",
                "this weighs much: prove your second factor in this session, and answer within five minutes",
            ),
        ),
        Refusal::WrongNumber => {
            ("another number".to_owned(), Fault::invalid("wrong_number", "this is not the number"))
        }
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
