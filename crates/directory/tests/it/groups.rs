use chancery_directory::groups::{self, GroupPatch};
use chancery_directory::{assignments, connections};
use chancery_kernel::PageRequest;
use chancery_model::{ApproverRule, MarkKey, Principal};

use crate::connections::blank;
use crate::world::{code, keys, nobody, none, one};

#[tokio::test]
async fn to_leave_a_group_ends_what_only_the_group_gave() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    let (crm, hr, wiki) = (org.app("crm").await, org.app("hr").await, org.app("wiki").await);
    let sales = org.group("sales", &[alice.id, bob.id]).await;
    let staff = org.group("staff", &[alice.id, bob.id]).await;
    for app in [crm.id, hr.id, wiki.id] {
        org.assign(Principal::Group(sales.id), app, None).await;
    }
    // She keeps hr by another group, and the wiki by herself.
    org.assign(Principal::Group(staff.id), hr.id, None).await;
    org.assign(Principal::User(alice.id), wiki.id, None).await;
    let marks = org.marked_by(groups::remove_member(&org.cx, sales.id, alice.id)).await;
    assert_eq!(marks, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]));
    assert_eq!(code(groups::remove_member(&org.cx, sales.id, alice.id).await), "not_found");
}

#[tokio::test]
async fn to_leave_a_group_that_gave_more_scopes_than_the_rest_marks_too() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let (crm, hr) = (org.app("crm").await, org.app("hr").await);
    let sales = org.group("sales", &[alice.id]).await;
    org.assign(Principal::Group(sales.id), crm.id, Some("read write")).await;
    org.assign(Principal::User(alice.id), crm.id, Some("read")).await;
    org.assign(Principal::Group(sales.id), hr.id, Some("read")).await;
    org.assign(Principal::User(alice.id), hr.id, Some("read write")).await;
    let marks = org.marked_by(groups::remove_member(&org.cx, sales.id, alice.id)).await;
    assert_eq!(marks, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]), "at hr she loses nothing");
}

#[tokio::test]
async fn to_join_twice_is_to_join_once() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let sales = org.group("sales", &[alice.id]).await;
    assert_eq!(org.marked_by(groups::add_member(&org.cx, sales.id, alice.id)).await, none());
    let members = groups::members(&org.cx, sales.id, &PageRequest::most()).await.unwrap();
    assert_eq!(members.items.len(), 1);
    assert_eq!(code(groups::add_member(&org.cx, sales.id, nobody()).await), "unknown_reference");
}

#[tokio::test]
async fn nobody_is_made_an_administrator_by_somebody_who_is_none() {
    let (_world, org) = one().await;
    let cx = org.with_scopes("groups.read groups.manage");
    let alice = org.user("alice").await;
    let group = org.founded.administrators.id;
    assert_eq!(code(groups::add_member(&cx, group, alice.id).await), "beyond_own_rights");
    let sales = org.group("sales", &[]).await;
    groups::add_member(&cx, sales.id, alice.id).await.unwrap();
}

#[tokio::test]
async fn the_group_of_administrators_keeps_its_name_and_stays() {
    let (_world, org) = one().await;
    let group = org.founded.administrators.id;
    let patch = GroupPatch { name: Some("admins".into()), ..GroupPatch::default() };
    assert_eq!(code(groups::update(&org.cx, group, None, patch).await), "builtin");
    assert_eq!(code(groups::delete(&org.cx, group, None).await), "builtin");
    let patch = GroupPatch { description: Some("The few".into()), ..GroupPatch::default() };
    assert_eq!(groups::update(&org.cx, group, None, patch).await.unwrap().description, "The few");
}

#[tokio::test]
async fn a_deleted_group_takes_its_assignments_along_and_marks_only_the_losers() {
    let (_world, org) = one().await;
    let (alice, bob) = (org.user("alice").await, org.user("bob").await);
    let crm = org.app("crm").await;
    let sales = org.group("sales", &[alice.id, bob.id]).await;
    let assignment = org.assign(Principal::Group(sales.id), crm.id, None).await;
    org.assign(Principal::User(bob.id), crm.id, None).await;
    let marks = org.marked_by(groups::delete(&org.cx, sales.id, None)).await;
    assert_eq!(marks, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]));
    assert_eq!(code(assignments::get(&org.cx, assignment.id).await), "not_found");
    assert_eq!(org.cx.db().hot().groups_of(bob.id).count(), 0);
    let told = ["group_deleted", "assignment_removed", "member_removed", "member_removed"];
    assert_eq!(org.log(4).await, told, "each loss is an event");
}

#[tokio::test]
async fn a_group_that_approves_is_not_deleted() {
    let (_world, org) = one().await;
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    let sales = org.group("sales", &[]).await;
    let new = connections::NewConnection {
        approver: ApproverRule::Group { group: sales.id }.into(),
        ..blank(agent.id, crm.id)
    };
    connections::create(&org.cx, new).await.unwrap();
    assert_eq!(code(groups::delete(&org.cx, sales.id, None).await), "group_in_use");
}

#[tokio::test]
async fn group_names_are_taken_once() {
    let (_world, org) = one().await;
    org.group("sales", &[]).await;
    let again = groups::NewGroup { name: "Sales".into(), description: String::new() };
    assert_eq!(code(groups::create(&org.cx, again).await), "name_taken");
}
