//! What becomes of an approval. One function makes every change: what it refuses does not happen, whoever asks.

use std::collections::BTreeSet;

use chancery_kernel::{Seconds, Timestamp, UserId};
use chancery_model::{Answer, Approval, Closing, State};

/// A proof of a second factor counts for a yes of weight for so long.
pub const FRESH: Seconds = Seconds::minutes(5);
/// Whoever types another number so often has not seen the right one: the question is taken back.
pub const MOST_MISSES: u32 = 3;

/// A change somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A person answers; `meets` says for which of the needs, and was worked out from the directory.
    Answer(Answer),
    /// Somebody typed another number.
    Miss,
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
    /// A yes of this weight takes a second factor that was proven within the last minutes, in the session it is given in.
    SecondFactor,
    /// The number is another one than the requester shows.
    WrongNumber,
}

/// The approval after the step. Its version is the store's to raise.
pub fn apply(approval: &Approval, step: Step, now: Timestamp) -> Result<Approval, Refusal> {
    let present = approval.state_at(now);
    match step {
        Step::Answer(answer) if present == State::Pending => answered(approval, answer, now),
        Step::Answer(_) => Err(Refusal::Closed(present)),
        Step::Miss if present == State::Pending => missed(approval, now),
        Step::Miss => Err(Refusal::Closed(present)),
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
    if answer.allow {
        weighed(approval, &answer, now)?;
    }
    let allow = answer.allow;
    let concerned = answer.by == approval.user || answer.rights.contains(&approval.user);
    let proven = answer.amr.iter().any(|method| method == "mfa");
    // A no needs no proof.
    if allow && approval.needs_factor && concerned && !proven {
        return Err(Refusal::NeedsFactor);
    }
    let mut with = approval.clone();
    with.answers.push(answer);
    if !allow {
        return moved(&with, State::Pending, State::Denied, now, "somebody said no");
    }
    let complete = !with.needs.is_empty() && (0..with.needs.len()).all(|need| is_met(&with, need));
    if complete { moved(&with, State::Pending, State::Approved, now, "") } else { Ok(with) }
}

/// What a yes of weight takes; a no is free.
fn weighed(approval: &Approval, yes: &Answer, now: Timestamp) -> Result<(), Refusal> {
    let proven = yes.second.is_some_and(|at| now.since(at) <= FRESH);
    if !approval.weights.is_empty() && !proven {
        return Err(Refusal::SecondFactor);
    }
    match &approval.number {
        Some(number) if yes.number.as_ref() != Some(number) => Err(Refusal::WrongNumber),
        _ => Ok(()),
    }
}

fn missed(approval: &Approval, now: Timestamp) -> Result<Approval, Refusal> {
    let with = Approval { misses: approval.misses + 1, ..approval.clone() };
    if with.misses < MOST_MISSES {
        return Ok(with);
    }
    moved(&with, State::Pending, State::Canceled, now, "the number was wrong too often")
}

/// Whether so many said yes as the need asks for: different people, by the word of different people.
fn is_met(approval: &Approval, need: usize) -> bool {
    let wanted = approval.needs.get(need).map_or(u32::MAX, |need| need.count.0.max(1));
    let rights: BTreeSet<UserId> = approval.approved_by().filter_map(|yes| yes.right_for(need)).collect();
    u32::try_from(rights.len()).unwrap_or(u32::MAX) >= wanted
}
