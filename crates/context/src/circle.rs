//! Who could answer a question, by the facts of this moment.

use chancery_kernel::{GroupId, Timestamp, UserId};
use chancery_model::{Approval, Count};
use chancery_policy::approval::{Circle, Met, is_answerable, meets};
use chancery_store::Hot;

fn circle<'h>(
    hot: &'h Hot,
    approval: &Approval,
    is_member: &'h dyn Fn(GroupId, UserId) -> bool,
) -> Circle<'h> {
    let (agents, applications, org) = (&hot.agents, &hot.applications, approval.org);
    Circle {
        agent: approval.agent.and_then(|id| agents.find(org, id)).map(|agent| &**agent),
        application: approval.application.and_then(|id| applications.find(org, id)).map(|app| &**app),
        concerned: hot.users.find(org, approval.user).map(|user| &**user),
        is_member,
    }
}

/// Which of the needs this person's answer would meet, as the directory stands.
pub fn needs_met(hot: &Hot, asked: &Approval, user: UserId, now: Timestamp) -> Vec<Met> {
    let Some(user) = hot.users.find(asked.org, user) else { return Vec::new() };
    let is_member = |group, user| hot.is_member(group, user);
    let circle = circle(hot, asked, &is_member);
    meets(asked, &circle, user, hot.named_by(user.id).map(|user| &**user), now)
}

/// Whether there are people enough for every need.
pub fn somebody_answers(hot: &Hot, approval: &Approval) -> bool {
    let active = |id: UserId| hot.users.find(approval.org, id).is_some_and(|user| user.is_active());
    let is_member = |group, user| hot.is_member(group, user);
    let circle = circle(hot, approval, &is_member);
    // So many are enough for any rule, however large the group; those who are barred from it are among them at worst.
    let barred = 2 + circle.agent.map_or(0, |agent| agent.owners.len());
    let most = Count::MOST as usize + barred;
    let members = |group| hot.members_of(group).filter(|id| active(*id)).take(most).collect();
    is_answerable(approval, &circle, &members, &active)
}
