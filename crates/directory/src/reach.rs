//! Who may use what, before and after a change; and the marks for those who may use less.
//!
//! Every function answers for the facts *as they would be*: writes are judged before they are applied.

use std::collections::BTreeSet;

use chancery_kernel::{AppId, GroupId, OrgId, Outcome, ScopeSet, Timestamp, UserId};
use chancery_model::{Application, Assignment, Connection, MarkKey, Principal, ScopeRule, Tier};
use chancery_store::{Hot, Tx};

/// The scopes a person has at an application through the assignments that count; `None` without any.
fn held(
    hot: &Hot,
    app: &Application,
    user: UserId,
    instead: impl Fn(&Assignment) -> Option<Option<ScopeSet>>,
) -> Option<ScopeSet> {
    let direct = hot.assignment(Principal::User(user), app.id);
    let through = hot.groups_of(user).filter_map(|g| hot.assignment(Principal::Group(g), app.id));
    let counted = direct.into_iter().chain(through).filter_map(|a| instead(a));
    counted.map(|scopes| scopes.unwrap_or_else(|| app.all_scopes())).reduce(|sum, more| sum.union(&more))
}

/// As the facts stand.
pub(crate) fn now(hot: &Hot, app: &Application, user: UserId) -> Option<ScopeSet> {
    held(hot, app, user, |a| Some(a.scopes.clone()))
}

fn less(before: Option<&ScopeSet>, after: Option<&ScopeSet>) -> bool {
    match (before, after) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => !before.is_subset(after),
    }
}

/// The applications a person may use less of without being in these groups.
pub(crate) fn lost_without_group(hot: &Hot, org: OrgId, user: UserId, group: GroupId) -> Vec<AppId> {
    let gone = Principal::Group(group);
    hot.assignments_of(org, gone)
        .filter_map(|a| hot.applications.find(org, a.application))
        .filter(|app| {
            let after = held(hot, app, user, |a| (a.principal != gone).then(|| a.scopes.clone()));
            less(now(hot, app, user).as_ref(), after.as_ref())
        })
        .map(|app| app.id)
        .collect()
}

/// What has to be marked when an assignment goes (`None`) or shrinks to other scopes (`Some`): those who may use
/// less, and nobody else.
pub(crate) fn marks_of_assignment(
    hot: &Hot,
    app: &Application,
    assignment: &Assignment,
    scopes: Option<&Option<ScopeSet>>,
) -> Vec<MarkKey> {
    let all = |scopes: &Option<ScopeSet>| scopes.clone().unwrap_or_else(|| app.all_scopes());
    let (before, after) = (Some(all(&assignment.scopes)), scopes.map(all));
    if !less(before.as_ref(), after.as_ref()) {
        return Vec::new();
    }
    let people: BTreeSet<UserId> = match assignment.principal {
        Principal::Agent(agent) => return vec![MarkKey::AgentApplication(agent, app.id)],
        Principal::Client(client) => return vec![MarkKey::ClientApplication(client, app.id)],
        Principal::User(user) => BTreeSet::from([user]),
        Principal::Group(group) => hot.members_of(group).collect(),
    };
    let instead =
        |a: &Assignment| if a.id == assignment.id { scopes.cloned() } else { Some(a.scopes.clone()) };
    let loses = |user: &UserId| less(now(hot, app, *user).as_ref(), held(hot, app, *user, instead).as_ref());
    people.into_iter().filter(loses).map(|user| MarkKey::UserApplication(user, app.id)).collect()
}

/// Whether an agent may do less at the application over one connection than over the other. Without a connection
/// the application's own tiers hold.
pub(crate) fn narrowed(app: &Application, before: Option<&Connection>, after: Option<&Connection>) -> bool {
    let stricter = app.scopes.iter().any(|rule| {
        let tier = |c: Option<&Connection>| c.and_then(|c| c.tier(rule.name.as_str())).unwrap_or(rule.tier);
        tier(after) > tier(before)
    });
    let shorter = |before: Option<i64>, after: Option<i64>| {
        after.is_some_and(|after| before.is_none_or(|before| after < before))
    };
    let ends = |c: Option<&Connection>| c.and_then(|c| c.ends).map(|end| end.micros());
    let lasts = |c: Option<&Connection>| c.and_then(|c| c.longest_lifetime).map(|s| s.0);
    stricter || shorter(ends(before), ends(after)) || shorter(lasts(before), lasts(after))
}

/// The scopes that an agent gets more freely over one connection than over the other, for longer, or at the word of
/// another approver. A connection that has ended gives nothing.
pub(crate) fn loosened(
    app: &Application,
    before: Option<&Connection>,
    after: Option<&Connection>,
    now: Timestamp,
) -> ScopeSet {
    let tier = |c: Option<&Connection>, rule: &ScopeRule| match c {
        Some(c) if !c.in_force(now) => Tier::Never,
        c => c.and_then(|c| c.tier(rule.name.as_str())).unwrap_or(rule.tier),
    };
    let until = |c: Option<&Connection>| c.and_then(|c| c.ends).map_or(i64::MAX, Timestamp::micros);
    let longer = until(after) > until(before);
    let approver = |c: Option<&Connection>| c.map(|c| c.approver.clone()).unwrap_or_default();
    let other = approver(before) != approver(after);
    let freer = |rule: &&ScopeRule| {
        let (was, is) = (tier(before, rule), tier(after, rule));
        is < was || (longer && is != Tier::Never) || (other && is == Tier::Approval)
    };
    app.scopes.iter().filter(freer).map(|rule| rule.name.clone()).collect()
}

/// Kills what these keys cover, up to this event.
pub(crate) fn mark_all(tx: &mut Tx<'_>, keys: impl IntoIterator<Item = MarkKey>, pos: i64) -> Outcome<()> {
    for key in keys {
        tx.mark(key, pos)?;
    }
    Ok(())
}

/// Whether a scope that stays is handed out less freely by the application's own tiers.
pub(crate) fn narrowed_rules(before: &Application, after: &Application) -> bool {
    after
        .scopes
        .iter()
        .any(|rule| before.rule(rule.name.as_str()).is_some_and(|earlier| rule.tier > earlier.tier))
}
