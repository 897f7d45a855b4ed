//! Whose answer a question wants: the same rule by which answers are taken, asked the other way round.

use chancery_kernel::UserId;
use chancery_model::Approval;
use chancery_policy::approval::{Person, meets};
use chancery_store::Hot;

/// More people are not told of one question: a rule that names everybody asks somebody all the same.
const MOST: usize = 50;

/// Everybody who can answer it and has not.
pub(crate) fn asked(hot: &Hot, approval: &Approval) -> Vec<UserId> {
    let agent = approval.agent.and_then(|id| hot.agents.find(approval.org, id));
    let application = approval.application.and_then(|id| hot.applications.find(approval.org, id));
    let mut people: Vec<UserId> = Vec::new();
    for user in hot.users.of(approval.org) {
        let is_member = |group| hot.is_member(group, user.id);
        let person = Person {
            user,
            agent: agent.map(|agent| &**agent),
            application: application.map(|app| &**app),
            is_member: &is_member,
        };
        let answered = approval.answers.iter().any(|answer| answer.by == user.id);
        if !answered && !meets(approval, &person).is_empty() {
            people.push(user.id);
        }
    }
    // The person concerned is always among them.
    people.sort_unstable_by_key(|id| *id != approval.user);
    people.truncate(MOST);
    people
}
