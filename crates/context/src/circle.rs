//! Who could answer a question, by the facts of this moment.

use chancery_kernel::UserId;
use chancery_model::{Approval, Count};
use chancery_policy::approval::{Circle, is_answerable};
use chancery_store::Hot;

/// Whether there are people enough for every need.
pub fn somebody_answers(hot: &Hot, approval: &Approval) -> bool {
    let org = approval.org;
    let agent = approval.agent.and_then(|id| hot.agents.find(org, id));
    let application = approval.application.and_then(|id| hot.applications.find(org, id));
    let active = |id: UserId| hot.users.find(org, id).is_some_and(|user| user.is_active());
    // So many are enough for any rule, however large the group; those who are barred from it are among them at worst.
    let barred = 2 + agent.map_or(0, |agent| agent.owners.len());
    let most = Count::MOST as usize + barred;
    let members = |group| hot.members_of(group).filter(|id| active(*id)).take(most).collect();
    let circle = Circle {
        agent: agent.map(|agent| &**agent),
        application: application.map(|app| &**app),
        concerned: hot.users.find(org, approval.user).map(|user| &**user),
        is_member: &|group, user| hot.is_member(group, user),
    };
    is_answerable(approval, &circle, &members, &active)
}
