use chancery_directory::assignments::{self, AssignmentFilter, NewAssignment};
use chancery_directory::clients;
use chancery_kernel::PageRequest;
use chancery_model::{MarkKey, Principal};

use crate::world::{code, keys, nobody, none, one, set, tool};

#[tokio::test]
async fn an_agents_assignment_taken_back_marks_the_pair_alone() {
    let (_world, org) = one().await;
    let (agent, crm, hr) = (org.agent("helper").await, org.app("crm").await, org.app("hr").await);
    let assignment = org.assign(Principal::Agent(agent.id), crm.id, None).await;
    org.assign(Principal::Agent(agent.id), hr.id, None).await;
    let marks = org.marked_by(assignments::unassign(&org.cx, assignment.id, None)).await;
    assert_eq!(marks, keys(&[&MarkKey::AgentApplication(agent.id, crm.id)]));
    assert!(org.cx.db().hot().assignment(Principal::Agent(agent.id), hr.id).is_some());
}

#[tokio::test]
async fn a_persons_assignment_taken_back_marks_nothing_while_a_group_still_gives_it() {
    let (_world, org) = one().await;
    let (alice, crm) = (org.user("alice").await, org.app("crm").await);
    let sales = org.group("sales", &[alice.id]).await;
    let own = org.assign(Principal::User(alice.id), crm.id, None).await;
    let by_group = org.assign(Principal::Group(sales.id), crm.id, None).await;
    assert_eq!(org.marked_by(assignments::unassign(&org.cx, own.id, None)).await, none());
    let marks = org.marked_by(assignments::unassign(&org.cx, by_group.id, None)).await;
    assert_eq!(marks, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]));
}

#[tokio::test]
async fn a_groups_assignment_taken_back_marks_each_who_lost_it() {
    let (_world, org) = one().await;
    let (alice, bob, cem) = (org.user("alice").await, org.user("bob").await, org.user("cem").await);
    let crm = org.app("crm").await;
    let sales = org.group("sales", &[alice.id, bob.id]).await;
    let by_group = org.assign(Principal::Group(sales.id), crm.id, None).await;
    org.assign(Principal::User(bob.id), crm.id, None).await;
    org.assign(Principal::User(cem.id), crm.id, None).await;
    let marks = org.marked_by(assignments::unassign(&org.cx, by_group.id, None)).await;
    assert_eq!(marks, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]));
}

#[tokio::test]
async fn fewer_scopes_mark_and_more_do_not() {
    let (_world, org) = one().await;
    let (agent, alice, crm) = (org.agent("helper").await, org.user("alice").await, org.app("crm").await);
    let a = org.assign(Principal::Agent(agent.id), crm.id, None).await;
    let u = org.assign(Principal::User(alice.id), crm.id, Some("read")).await;
    let pair = MarkKey::AgentApplication(agent.id, crm.id);
    let narrow = assignments::update(&org.cx, a.id, Some(1), Some(set("read write")));
    assert_eq!(org.marked_by(narrow).await, keys(&[&pair]));
    assert_eq!(org.marked_by(assignments::update(&org.cx, a.id, None, None)).await, none());
    let widen = assignments::update(&org.cx, u.id, None, Some(set("read write")));
    assert_eq!(org.marked_by(widen).await, none());
    let narrow = assignments::update(&org.cx, u.id, None, Some(set("write")));
    assert_eq!(org.marked_by(narrow).await, keys(&[&MarkKey::UserApplication(alice.id, crm.id)]));
}

#[tokio::test]
async fn a_tools_assignment_taken_back_marks_the_tool_at_that_application_alone() {
    let (_world, org) = one().await;
    let crm = org.app("crm").await;
    let client = clients::create(&org.cx, tool("importer")).await.unwrap().client;
    let assignment = org.assign(Principal::Client(client.id), crm.id, None).await;
    let marks = org.marked_by(assignments::unassign(&org.cx, assignment.id, None)).await;
    assert_eq!(marks, keys(&[&MarkKey::ClientApplication(client.id, crm.id)]));
}

#[tokio::test]
async fn who_and_what_is_assigned_has_to_fit() {
    let (_world, org) = one().await;
    let (agent, crm) = (org.agent("helper").await, org.app("crm").await);
    let try_assign = |principal, scopes: Option<&str>| {
        let new = NewAssignment { principal, application: crm.id, scopes: scopes.map(set) };
        assignments::assign(&org.cx, new)
    };
    assert_eq!(code(try_assign(Principal::User(nobody()), None).await), "unknown_reference");
    assert_eq!(code(try_assign(Principal::Agent(agent.id), Some("read fly")).await), "unknown_scope");
    let face = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    assert_eq!(code(try_assign(Principal::Client(face.id), None).await), "client_of_agent");
    try_assign(Principal::Agent(agent.id), Some("read")).await.unwrap();
    assert_eq!(code(try_assign(Principal::Agent(agent.id), None).await), "already_assigned");
}

#[tokio::test]
async fn nobody_gives_management_rights_they_do_not_hold() {
    let (_world, org) = one().await;
    let alice = org.user("alice").await;
    let api = org.founded.management.id;
    let cx = org.with_scopes("assignments.read assignments.manage users.read");
    let give = |scopes: Option<&str>| {
        let new =
            NewAssignment { principal: Principal::User(alice.id), application: api, scopes: scopes.map(set) };
        assignments::assign(&cx, new)
    };
    assert_eq!(code(give(None).await), "beyond_own_rights");
    assert_eq!(code(give(Some("users.read agents.manage")).await), "beyond_own_rights");
    let given = give(Some("users.read")).await.unwrap();
    let more = assignments::update(&cx, given.id, None, Some(set("users.manage")));
    assert_eq!(code(more.await), "beyond_own_rights");
}

#[tokio::test]
async fn the_administrators_keep_the_management_api() {
    let (_world, org) = one().await;
    let f = &org.founded;
    let filter = AssignmentFilter {
        principal: Some(Principal::Group(f.administrators.id)),
        application: Some(f.management.id),
    };
    let page = assignments::list(&org.cx, &PageRequest::most(), &filter).await.unwrap();
    let own = page.items.first().unwrap();
    assert_eq!(code(assignments::unassign(&org.cx, own.id, None).await), "builtin");
    let narrow = assignments::update(&org.cx, own.id, None, Some(set("users.read")));
    assert_eq!(code(narrow.await), "builtin");
}
