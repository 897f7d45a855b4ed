//! Groups of people.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, GroupId, OrgId, Outcome, Page, PageRequest, UserId};
use chancery_model::{Application, Group, MarkKey, Membership, Meta, Principal, User};
use chancery_store::{Hot, Tx};

use crate::change::{Changes, at, find, page, referred, wanted};
use crate::dependents::{assignments, drop_assignments};
use crate::rights::{Holder, another_administrator, builtin_fault, is_administrators};
use crate::{check, reach, users};

#[derive(Clone, Debug, Default)]
pub struct NewGroup {
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug, Default)]
pub struct GroupPatch {
    pub name: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct GroupFilter {
    pub name: Option<String>,
    pub user: Option<UserId>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &GroupFilter) -> Outcome<Page<Arc<Group>>> {
    let _may = cx.allowed(Act::GroupRead, cx.org).await?;
    page(cx, request, |hot, group: &Group| {
        wanted(filter.name.as_ref(), &group.name)
            && filter.user.is_none_or(|user| hot.is_member(group.id, user) && users::shown(cx, hot, user))
    })
}

pub async fn get(cx: &Cx, id: GroupId) -> Outcome<Arc<Group>> {
    let _may = cx.allowed(Act::GroupRead, id).await?;
    find(cx, id)
}

pub async fn members(cx: &Cx, id: GroupId, request: &PageRequest) -> Outcome<Page<Arc<User>>> {
    let _may = cx.allowed(Act::GroupRead, id).await?;
    find::<Group>(cx, id)?;
    page(cx, request, |hot, user: &User| hot.is_member(id, user.id) && users::shown(cx, hot, user.id))
}

pub async fn create(cx: &Cx, new: NewGroup) -> Outcome<Arc<Group>> {
    let _may = cx.allowed(Act::GroupManage, cx.org).await?;
    let name = check::line("the name", &new.name)?;
    let description = check::text("the description", &new.description, check::LONG)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let meta = Meta::new(tx.now());
            let group = tx.insert(Group { id: tx.id(), org: tx.org(), name, description, meta })?;
            let event = Event::GroupCreated { group: group.id, name: Text::new(&group.name) };
            Ok::<_, Fault>(tx.record(event).with(group))
        })
        .await
}

pub async fn update(cx: &Cx, id: GroupId, expected: Option<i64>, patch: GroupPatch) -> Outcome<Arc<Group>> {
    let _may = cx.allowed(Act::GroupManage, id).await?;
    let name = patch.name.as_deref().map(|n| check::line("the name", n)).transpose()?;
    let description =
        patch.description.as_deref().map(|d| check::text("the description", d, check::LONG)).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Group>(tx, id, expected)?;
            let mut group = Group::clone(&before);
            let mut changes = Changes::default();
            changes.set("name", &mut group.name, name);
            changes.set("description", &mut group.description, description);
            if changes.has("name") && is_administrators(&before) {
                return Err(builtin_fault("the name of this group"));
            }
            let group = changes.write(tx, before, group)?;
            Ok::<_, Fault>(tx.record(Event::GroupUpdated { group: id, changed: changes.names() }).with(group))
        })
        .await
}

/// Removes a group with its memberships and assignments; whoever loses an application by it loses it at once.
pub async fn delete(cx: &Cx, id: GroupId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::GroupManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let group = at::<Group>(tx, id, expected)?;
            if is_administrators(&group) {
                return Err(builtin_fault("this group"));
            }
            approves_nothing(tx.hot(), tx.org(), id)?;
            let members: Vec<UserId> = tx.hot().members_of(id).collect();
            let lost: Vec<MarkKey> = members.iter().flat_map(|user| losses(tx, *user, id)).collect();
            let recorded = tx.record(Event::GroupDeleted { group: id, name: Text::new(&group.name) });
            reach::mark_all(tx, lost, recorded.pos)?;
            let own = assignments(tx.hot(), tx.org(), |a| a.principal == Principal::Group(id));
            drop_assignments(tx, &own)?;
            for user in members {
                tx.leave(Membership { org: group.org, group: id, user })?;
                let _ = tx.record(Event::MemberRemoved { group: id, user });
            }
            tx.delete(&group)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

fn approves_nothing(hot: &Hot, org: OrgId, id: GroupId) -> Outcome<()> {
    let of_scope = |app: &&Arc<Application>| {
        app.scopes.iter().flat_map(|rule| &rule.approver).any(|rule| rule.groups().any(|group| group == id))
    };
    if let Some(app) = hot.applications.of(org).find(of_scope) {
        let text = format!("this group approves scopes of {}: name another approver there first", app.name);
        return Err(Fault::conflict("group_in_use", text));
    }
    match hot.connections.of(org).find(|c| c.approver.groups().any(|group| group == id)) {
        Some(connection) => Err(Fault::conflict(
            "group_in_use",
            format!(
                "this group approves for the connection {}: name another approver there first",
                connection.id
            ),
        )),
        None => Ok(()),
    }
}

fn losses(tx: &Tx<'_>, user: UserId, group: GroupId) -> Vec<MarkKey> {
    let lost = reach::lost_without_group(tx.hot(), tx.org(), user, group);
    lost.into_iter().map(|app| MarkKey::UserApplication(user, app)).collect()
}

/// Adds a person; to add one who is a member changes nothing.
pub async fn add_member(cx: &Cx, id: GroupId, user: UserId) -> Outcome<()> {
    let _may = cx.allowed(Act::GroupManage, id).await?;
    let holder = Holder::of(cx);
    find::<Group>(cx, id)?;
    if cx.db().hot().is_member(id, user) {
        return Ok(());
    }
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let group = tx.get::<Group>(id)?;
            referred::<User>(tx, user)?;
            holder.may_admit(tx.hot(), tx.org(), id)?;
            tx.join(Membership { org: group.org, group: id, user })?;
            Ok::<_, Fault>(tx.record(Event::MemberAdded { group: id, user }).with(()))
        })
        .await
}

/// Takes a person out. Tokens die for the applications they reached only by this group, and for no other.
pub async fn remove_member(cx: &Cx, id: GroupId, user: UserId) -> Outcome<()> {
    let _may = cx.allowed(Act::GroupManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let group = tx.get::<Group>(id)?;
            if is_administrators(&group) {
                another_administrator(tx.hot(), tx.org(), user)?;
            }
            let lost = losses(tx, user, id);
            if !tx.leave(Membership { org: group.org, group: id, user })? {
                return Err(Fault::not_found("member of this group"));
            }
            let recorded = tx.record(Event::MemberRemoved { group: id, user });
            reach::mark_all(tx, lost, recorded.pos)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}
