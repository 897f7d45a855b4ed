//! Whose answer a question wants: the same rule by which answers are taken, asked the other way round.

use chancery_context::needs_met;
use chancery_kernel::{Timestamp, UserId};
use chancery_model::Approval;
use chancery_store::Hot;
use chancery_store::outbox::Telling;

/// More people are not told of one question: a rule that names everybody asks somebody all the same.
const MOST: usize = 50;

/// Everybody who can answer it and has not; of whom it was handed on to, those who could not before.
pub(crate) fn asked(hot: &Hot, approval: &Approval, telling: &Telling, now: Timestamp) -> Vec<UserId> {
    let mut people: Vec<UserId> = Vec::new();
    for user in hot.users.of(approval.org) {
        let answered = approval.answers.iter().any(|answer| answer.by == user.id);
        let can = |at: Timestamp| !needs_met(hot, approval, user.id, at).is_empty();
        let named = telling.stand_in.is_none_or(|named| named == user.id);
        if named && !answered && can(now) && !telling.beside.is_some_and(can) {
            people.push(user.id);
        }
    }
    // The person concerned is always among them.
    people.sort_unstable_by_key(|id| *id != approval.user);
    people.truncate(MOST);
    people
}
