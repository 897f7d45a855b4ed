//! What becomes of an approval. One function makes every change: what it refuses does not happen, whoever asks.

use chancery_kernel::Timestamp;
use chancery_model::{Answer, Approval, Closing, State};

/// A change somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A person answers; `meets` says for which of the needs, and was worked out from the directory.
    Answer(Answer),
    /// The client fetches what was approved.
    Redeem,
    /// Its time is over.
    Lapse,
    /// Somebody, or something that happened, takes the question back.
    Cancel { why: String },
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It stands like this, and nothing leads from there to where the step wants.
    Closed(State),
    /// The question is not this person's.
    NotYours,
    /// The answer is to other sentences than those that are asked.
    OtherSentences,
    /// This person has answered.
    Answered,
    /// The client asked for a second factor, and this person has not proven one.
    NeedsFactor,
    /// Its time is not over.
    NotYet,
}

/// The approval after the step. Its version is the store's to raise.
pub fn apply(approval: &Approval, step: Step, now: Timestamp) -> Result<Approval, Refusal> {
    let present = approval.state_at(now);
    match step {
        Step::Answer(answer) if present == State::Pending => answered(approval, answer, now),
        Step::Answer(_) => Err(Refusal::Closed(present)),
        Step::Redeem => moved(approval, present, State::Redeemed, now, "fetched by the client"),
        Step::Lapse if !approval.state.is_live() => Err(Refusal::Closed(present)),
        Step::Lapse if present != State::Expired => Err(Refusal::NotYet),
        // What has lapsed by the clock is still noted from where it stood.
        Step::Lapse => {
            let waited = approval.state == State::Pending;
            let why = if waited { "nobody answered in time" } else { "approved, and not fetched in time" };
            moved(approval, approval.state, State::Expired, now, why)
        }
        Step::Cancel { why } => moved(approval, present, State::Canceled, now, &why),
    }
}

fn moved(
    approval: &Approval,
    from: State,
    to: State,
    now: Timestamp,
    why: &str,
) -> Result<Approval, Refusal> {
    if !from.may_become(to) {
        return Err(Refusal::Closed(from));
    }
    let closed = (!to.is_live()).then(|| Closing { at: now, why: why.to_owned() });
    Ok(Approval { state: to, closed, ..approval.clone() })
}

fn answered(approval: &Approval, answer: Answer, now: Timestamp) -> Result<Approval, Refusal> {
    if answer.meets.is_empty() {
        return Err(Refusal::NotYours);
    }
    if answer.seen != approval.seen {
        return Err(Refusal::OtherSentences);
    }
    if approval.answers.iter().any(|earlier| earlier.by == answer.by) {
        return Err(Refusal::Answered);
    }
    let allow = answer.allow;
    let proven = answer.amr.iter().any(|method| method == "mfa");
    // A no needs no proof.
    if allow && approval.needs_factor && answer.by == approval.user && !proven {
        return Err(Refusal::NeedsFactor);
    }
    let mut with = approval.clone();
    with.answers.push(answer);
    if !allow {
        return moved(&with, State::Pending, State::Denied, now, "somebody said no");
    }
    let met = |need: usize| with.approved_by().any(|yes| yes.meets.contains(&need));
    let complete = !with.needs.is_empty() && (0..with.needs.len()).all(met);
    if complete { moved(&with, State::Pending, State::Approved, now, "") } else { Ok(with) }
}
