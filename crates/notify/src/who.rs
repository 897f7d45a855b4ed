//! Whose answer a question wants: the same rule by which answers are taken, asked the other way round.

use chancery_context::needs_met;
use chancery_kernel::{Timestamp, UserId};
use chancery_model::Approval;
use chancery_store::Hot;

/// More people are not told of one question: a rule that names everybody asks somebody all the same.
const MOST: usize = 50;

/// Everybody who can answer it and has not.
pub(crate) fn asked(hot: &Hot, approval: &Approval, now: Timestamp) -> Vec<UserId> {
    let mut people: Vec<UserId> = Vec::new();
    for user in hot.users.of(approval.org) {
        let answered = approval.answers.iter().any(|answer| answer.by == user.id);
        if !answered && !needs_met(hot, approval, user.id, now).is_empty() {
            people.push(user.id);
        }
    }
    // The person concerned is always among them.
    people.sort_unstable_by_key(|id| *id != approval.user);
    people.truncate(MOST);
    people
}
