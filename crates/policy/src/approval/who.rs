//! Who may answer. The person concerned always has to: what is done in somebody's name is never decided by others alone,
//! and an agent's word for whom it acts is no proof. A connection's rule comes on top.

use chancery_kernel::{GroupId, UserId};
use chancery_model::{Agent, Application, Approval, ApproverRule, User};

/// The needs of an approval, from the rule of the connection.
pub fn needs(rule: &ApproverRule) -> Vec<ApproverRule> {
    match rule {
        ApproverRule::Person => vec![ApproverRule::Person],
        other => vec![ApproverRule::Person, other.clone()],
    }
}

/// A person who wants to answer, and what the directory says about them.
pub struct Person<'a> {
    pub user: &'a User,
    pub agent: Option<&'a Agent>,
    pub application: Option<&'a Application>,
    pub is_member: &'a dyn Fn(GroupId) -> bool,
}

/// Which needs of the approval this person's answer meets, by their place. None: the question is not theirs.
pub fn meets(approval: &Approval, person: &Person<'_>) -> Vec<usize> {
    if !person.user.is_active() || person.user.org != approval.org {
        return Vec::new();
    }
    let fits = |rule: &ApproverRule| fits(rule, approval.user, person);
    approval.needs.iter().enumerate().filter(|(_, rule)| fits(rule)).map(|(i, _)| i).collect()
}

fn fits(rule: &ApproverRule, concerned: UserId, person: &Person<'_>) -> bool {
    let id = person.user.id;
    match rule {
        ApproverRule::Person => id == concerned,
        ApproverRule::AgentOwner => person.agent.is_some_and(|agent| agent.owners.contains(&id)),
        ApproverRule::AgentSponsor => person.agent.is_some_and(|agent| agent.sponsor == Some(id)),
        ApproverRule::ApplicationOwner => person.application.is_some_and(|app| app.owner == Some(id)),
        ApproverRule::Group { group } => (person.is_member)(*group),
    }
}
