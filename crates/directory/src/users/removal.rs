//! Removing a person.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, OrgId, Outcome, UserId};
use chancery_model::{MarkKey, Membership, Principal, User};
use chancery_store::tables::{factors, passwords};
use chancery_store::{Hot, Tx};

use super::access::end_everything;
use crate::change::at;
use crate::dependents::{assignments, drop_assignments, drop_grants, grants};
use crate::rights::another_administrator;

/// Removes a person for good, with memberships, assignments, consents, sign-ins and password. Refused while agents or
/// applications answer to them. Their name in the audit log stays.
pub async fn delete(cx: &Cx, id: UserId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let user = at::<User>(tx, id, expected)?;
            let org = tx.org();
            another_administrator(tx.hot(), org, id)?;
            answers_for_nothing(tx.hot(), org, id)?;
            let recorded = tx.record(Event::UserDeleted { user: id, login: Text::new(&user.login) });
            tx.mark(MarkKey::User(id), recorded.pos)?;
            end_everything(tx, id, "the person was removed")?;
            tx.cancel_approvals_of_user(id, "the person was removed")?;
            let own = assignments(tx.hot(), org, |a| a.principal == Principal::User(id));
            drop_assignments(tx, &own)?;
            let own = grants(tx.hot(), org, |g| g.user == id);
            drop_grants(tx, &own, "the person was removed")?;
            leave_all(tx, id)?;
            passwords::delete(tx.sql(), id)?;
            factors::delete_all(tx.sql(), id)?;
            tx.delete(&user)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

/// Ownership is passed on, not dropped.
fn answers_for_nothing(hot: &Hot, org: OrgId, user: UserId) -> Outcome<()> {
    let agents = hot.agents.of(org).filter(|a| a.owners.contains(&user) || a.sponsor == Some(user));
    let applications = hot.applications.of(org).filter(|a| a.owner == Some(user));
    let names: Vec<&str> =
        agents.map(|a| a.name.as_str()).chain(applications.map(|a| a.name.as_str())).take(5).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    Err(Fault::conflict(
        "user_in_use",
        format!(
            "this person owns or sponsors {names}: name somebody else there first, or disable the person"
        ),
    ))
}

fn leave_all(tx: &mut Tx<'_>, user: UserId) -> Outcome<()> {
    let org = tx.org();
    let groups: Vec<_> = tx.hot().groups_of(user).collect();
    for group in groups {
        tx.leave(Membership { org, group, user })?;
        let _ = tx.record(Event::MemberRemoved { group, user });
    }
    let reports: Vec<Arc<User>> =
        tx.hot().users.of(org).filter(|u| u.manager == Some(user)).cloned().collect();
    for report in reports {
        tx.update(User { manager: None, ..User::clone(&report) })?;
        let _ = tx.record(Event::UserUpdated {
            user: report.id,
            changed: vec![Text::new("manager")],
            values: None,
        });
    }
    Ok(())
}
