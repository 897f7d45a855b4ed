//! Who may answer. The person concerned always has to: what is done in somebody's name is never decided by others alone,
//! and an agent's word for whom it acts is no proof. The rules of connection and scopes come on top.

use chancery_kernel::{GroupId, Timestamp, UserId};
use chancery_model::{
    Agent, Amount, Application, Approval, ApproverRule, Approvers, FourEyes, Need, Task, User,
};

/// The needs of a question, from the rules that it falls under and from what it is about.
pub fn needs<'r>(rules: impl IntoIterator<Item = &'r Approvers>, tasks: &[Task]) -> Vec<Need> {
    let mut all = vec![Need::from(ApproverRule::Person)];
    for need in rules.into_iter().flat_map(|rule| &rule.0) {
        let due = need.above.as_ref().is_none_or(|most| is_above(tasks, most));
        if due && !all.contains(need) {
            all.push(need.clone());
        }
    }
    all
}

/// The same where somebody asks for themselves: by the word of others alone, or they would say yes to their own wish.
pub fn needs_of_others<'r>(rules: impl IntoIterator<Item = &'r Approvers>) -> Vec<Need> {
    let mut all = needs(rules, &[]);
    all.retain(|need| need.who != ApproverRule::Person);
    all.iter_mut().for_each(|need| need.four_eyes = need.four_eyes.max(FourEyes::NotRequester));
    all
}

/// Whether more than this is asked for. Amounts of one currency add up, or a large one would come in parts; where
/// nobody said how much, or in another currency, it counts as more.
fn is_above(tasks: &[Task], most: &Amount) -> bool {
    let mut sum = Some(0u128);
    for task in tasks {
        let said = task.amount.as_ref().filter(|amount| amount.currency == most.currency);
        sum = match (sum, said.and_then(Amount::units)) {
            (Some(sum), Some(more)) => sum.checked_add(more),
            _ => None,
        };
    }
    let sum = sum.filter(|_| !tasks.is_empty());
    match (sum, most.units()) {
        (Some(sum), Some(most)) => sum > most,
        _ => true,
    }
}

/// What the directory says about a question.
pub struct Circle<'a> {
    pub agent: Option<&'a Agent>,
    pub application: Option<&'a Application>,
    /// The person the agent acts for.
    pub concerned: Option<&'a User>,
    pub is_member: &'a dyn Fn(GroupId, UserId) -> bool,
}

/// A need that somebody's answer would meet, and the person whose word it is: their own, or that of somebody who is
/// away and named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    pub need: usize,
    pub right: UserId,
}

/// Which needs this person's answer meets. None: the question is not theirs. `others` are people who may have named
/// them; whether they did, and are away, is looked at here.
pub fn meets<'u>(
    approval: &Approval,
    circle: &Circle<'_>,
    user: &'u User,
    others: impl Iterator<Item = &'u User> + Clone,
    now: Timestamp,
) -> Vec<Met> {
    if !user.is_active() || user.org != approval.org {
        return Vec::new();
    }
    // A question about somebody's own profile signs them in: nobody does that in their stead.
    let elsewhere = approval.application.is_some() || approval.secret.is_some();
    let absent = others.filter(|other| elsewhere && stands_in(user, other, now));
    let rights = std::iter::once(user).chain(absent);
    let met = |(i, need): (usize, &Need)| {
        // Four eyes are the answerer's own, whoever they stand in for.
        let barred = is_barred(need, approval, circle, user.id);
        let fits = |right: &&User| {
            !is_barred(need, approval, circle, right.id) && fits(need, approval, circle, right.id, now)
        };
        let right = rights.clone().filter(|_| !barred).find(fits)?;
        Some(Met { need: i, right: right.id })
    };
    approval.needs.iter().enumerate().filter_map(met).collect()
}

/// Whether the one named the other for this moment. Nobody hands on what they were handed.
fn stands_in(user: &User, absent: &User, now: Timestamp) -> bool {
    let named = absent.away.as_ref().filter(|away| away.stand_in == user.id);
    absent.is_active()
        && absent.org == user.org
        && absent.id != user.id
        && named.is_some_and(|away| away.from <= now && now < away.until)
}

fn is_barred(need: &Need, approval: &Approval, circle: &Circle<'_>, user: UserId) -> bool {
    let requester = user == approval.user;
    let owner = circle.agent.is_some_and(|a| a.owners.contains(&user) || a.sponsor == Some(user));
    match need.four_eyes {
        FourEyes::Off => false,
        FourEyes::NotRequester => requester,
        FourEyes::NotOwner => requester || owner,
    }
}

fn fits(need: &Need, approval: &Approval, circle: &Circle<'_>, user: UserId, now: Timestamp) -> bool {
    let later = need.escalation.as_ref().filter(|e| now >= approval.meta.created.plus(e.after));
    is_of(&need.who, approval, circle, user)
        || later.is_some_and(|escalation| is_of(&escalation.to, approval, circle, user))
}

/// Whether somebody is of this kind, for this question.
fn is_of(kind: &ApproverRule, approval: &Approval, circle: &Circle<'_>, user: UserId) -> bool {
    match kind {
        ApproverRule::Person => user == approval.user,
        ApproverRule::AgentOwner => circle.agent.is_some_and(|agent| agent.owners.contains(&user)),
        ApproverRule::AgentSponsor => circle.agent.is_some_and(|agent| agent.sponsor == Some(user)),
        ApproverRule::ApplicationOwner => circle.application.is_some_and(|app| app.owner == Some(user)),
        ApproverRule::Manager => circle.concerned.is_some_and(|person| person.manager == Some(user)),
        ApproverRule::Group { group } => (circle.is_member)(*group, user),
    }
}

/// Whether there are people enough for every need, now or after it has been handed on. `members` lists a group, and
/// `active` says who is there.
pub fn is_answerable(
    approval: &Approval,
    circle: &Circle<'_>,
    members: &dyn Fn(GroupId) -> Vec<UserId>,
    active: &dyn Fn(UserId) -> bool,
) -> bool {
    approval.needs.iter().all(|need| {
        let first = people(&need.who, approval, circle, members);
        let then = need.escalation.iter().flat_map(|e| people(&e.to, approval, circle, members));
        let mut able: Vec<UserId> = first.into_iter().chain(then).collect();
        able.retain(|user| active(*user) && !is_barred(need, approval, circle, *user));
        able.sort_unstable();
        able.dedup();
        u32::try_from(able.len()).unwrap_or(u32::MAX) >= need.count.0.max(1)
    })
}

fn people(
    kind: &ApproverRule,
    approval: &Approval,
    circle: &Circle<'_>,
    members: &dyn Fn(GroupId) -> Vec<UserId>,
) -> Vec<UserId> {
    match kind {
        ApproverRule::Person => vec![approval.user],
        ApproverRule::AgentOwner => circle.agent.map(|agent| agent.owners.clone()).unwrap_or_default(),
        ApproverRule::AgentSponsor => circle.agent.and_then(|agent| agent.sponsor).into_iter().collect(),
        ApproverRule::ApplicationOwner => circle.application.and_then(|app| app.owner).into_iter().collect(),
        ApproverRule::Manager => circle.concerned.and_then(|person| person.manager).into_iter().collect(),
        ApproverRule::Group { group } => members(*group),
    }
}

/// A need in words, for people.
pub fn words(need: &Need, group: &dyn Fn(GroupId) -> String) -> String {
    let mut out = match need.count.0 {
        0 | 1 => String::new(),
        n => format!("{n} of: "),
    };
    out.push_str(&kind_words(&need.who, group));
    match need.four_eyes {
        FourEyes::Off => {}
        FourEyes::NotRequester => out.push_str(", not the person concerned"),
        FourEyes::NotOwner => out.push_str(", neither the person concerned nor who answers for the agent"),
    }
    if let Some(most) = &need.above {
        out.push_str(&format!(", above {}", most.words()));
    }
    if let Some(later) = &need.escalation {
        let (after, to) = (later.after.0, kind_words(&later.to, group));
        out.push_str(&format!("; after {after} seconds also {to}"));
    }
    out
}

fn kind_words(kind: &ApproverRule, group: &dyn Fn(GroupId) -> String) -> String {
    match kind {
        ApproverRule::Person => "the person concerned".to_owned(),
        ApproverRule::AgentOwner => "an owner of the agent".to_owned(),
        ApproverRule::AgentSponsor => "the agent’s sponsor".to_owned(),
        ApproverRule::ApplicationOwner => "the application’s owner".to_owned(),
        ApproverRule::Manager => "the manager of the person concerned".to_owned(),
        ApproverRule::Group { group: id } => format!("the group {}", group(*id)),
    }
}
