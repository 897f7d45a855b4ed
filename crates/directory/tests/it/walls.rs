//! The wall between organizations, and the need for a scope.

use std::collections::BTreeMap;

use chancery_context::{Caller, Cx};
use chancery_directory::clients::Issued;
use chancery_directory::*;
use chancery_kernel::{Fault, PageRequest, Secret};
use chancery_model::{Principal, Stage};

use crate::connections::blank;
use crate::world::{Org, PASSWORD, World, code, nobody, tool};

/// What somebody gets who knows every id of another organization: code and sentence of every refusal.
async fn attempts(cx: &Cx, b: &Ids) -> Told {
    let mut told = BTreeMap::new();
    on_people(cx, b, &mut told).await;
    on_systems(cx, b, &mut told).await;
    on_access(cx, b, &mut told).await;
    told
}

type Told = BTreeMap<&'static str, String>;

fn noting(told: &mut Told) -> impl FnMut(&'static str, Result<(), Fault>) {
    |what, result| {
        let refused = |fault: Fault| format!("{} {}", fault.code, fault.public);
        told.insert(what, result.map_or_else(refused, |()| "(allowed)".to_owned()));
    }
}

async fn on_people(cx: &Cx, b: &Ids, told: &mut Told) {
    let mut note = noting(told);
    note("user get", users::get(cx, b.user).await.map(drop));
    note("user groups", users::groups(cx, b.user).await.map(drop));
    note("user update", users::update(cx, b.user, None, Default::default()).await.map(drop));
    note("user disable", users::disable(cx, b.user, None, None).await.map(drop));
    note("user enable", users::enable(cx, b.user, None).await.map(drop));
    note("user delete", users::delete(cx, b.user, None).await);
    note("user password", users::set_password(cx, b.user, Secret::new(PASSWORD)).await);
    note("group get", groups::get(cx, b.group).await.map(drop));
    note("group members", groups::members(cx, b.group, &PageRequest::most()).await.map(drop));
    note("group update", groups::update(cx, b.group, None, Default::default()).await.map(drop));
    note("group delete", groups::delete(cx, b.group, None).await);
    note("group join", groups::add_member(cx, b.group, b.user).await);
    note("group leave", groups::remove_member(cx, b.group, b.user).await);
}

async fn on_systems(cx: &Cx, b: &Ids, told: &mut Told) {
    let mut note = noting(told);
    note("application get", applications::get(cx, b.app).await.map(drop));
    note("application update", applications::update(cx, b.app, None, Default::default()).await.map(drop));
    note("application disable", applications::disable(cx, b.app, None).await.map(drop));
    note("application enable", applications::enable(cx, b.app, None).await.map(drop));
    note("application delete", applications::delete(cx, b.app, None).await);
    note("agent get", agents::get(cx, b.agent).await.map(drop));
    note("agent versions", agents::versions(cx, b.agent).await.map(drop));
    note("agent update", agents::update(cx, b.agent, None, Default::default()).await.map(drop));
    note("agent stage", agents::set_stage(cx, b.agent, None, Stage::Retired, "mine").await.map(drop));
    note("agent delete", agents::delete(cx, b.agent, None).await);
}

async fn on_access(cx: &Cx, b: &Ids, told: &mut Told) {
    let mut note = noting(told);
    note("client get", clients::get(cx, b.client).await.map(drop));
    note("client update", clients::update(cx, b.client, None, Default::default()).await.map(drop));
    note("client disable", clients::disable(cx, b.client, None, None).await.map(drop));
    note("client enable", clients::enable(cx, b.client, None).await.map(drop));
    note("client delete", clients::delete(cx, b.client, None).await);
    note("client secret", clients::add_secret(cx, b.client, None, None).await.map(drop));
    note(
        "client secret removed",
        clients::remove_secret(cx, b.client, None, "x", Issued::End).await.map(drop),
    );
    note("client keys", clients::set_keys(cx, b.client, None, &[], Issued::End).await.map(drop));
    note("assignment get", assignments::get(cx, b.assignment).await.map(drop));
    note("assignment update", assignments::update(cx, b.assignment, None, None).await.map(drop));
    note("assignment delete", assignments::unassign(cx, b.assignment, None).await);
    note("connection get", connections::get(cx, b.connection).await.map(drop));
    note(
        "connection update",
        connections::update(cx, b.connection, None, Default::default()).await.map(drop),
    );
    note("connection delete", connections::delete(cx, b.connection, None).await);
    note("grant get", grants::get(cx, b.grant).await.map(drop));
    note("grant withdraw", grants::withdraw(cx, b.grant).await);
}

struct Ids {
    user: chancery_kernel::UserId,
    group: chancery_kernel::GroupId,
    app: chancery_kernel::AppId,
    agent: chancery_kernel::AgentId,
    client: chancery_kernel::ClientId,
    assignment: chancery_kernel::AssignmentId,
    connection: chancery_kernel::ConnectionId,
    grant: chancery_kernel::GrantId,
}

async fn ids_of(org: &Org) -> Ids {
    let user = org.user("victim").await;
    let group = org.group("victims", &[user.id]).await;
    let (app, agent) = (org.app("target").await, org.agent("target").await);
    let client = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    Ids {
        user: user.id,
        group: group.id,
        app: app.id,
        agent: agent.id,
        client: client.id,
        assignment: org.assign(Principal::Agent(agent.id), app.id, None).await.id,
        connection: connections::create(&org.cx, blank(agent.id, app.id)).await.unwrap().id,
        grant: org.consent(user.id, &client, Some(app.id)).await.id,
    }
}

fn nowhere() -> Ids {
    Ids {
        user: nobody(),
        group: nobody(),
        app: nobody(),
        agent: nobody(),
        client: nobody(),
        assignment: nobody(),
        connection: nobody(),
        grant: nobody(),
    }
}

#[tokio::test]
async fn foreign_and_unknown_look_the_same_for_every_noun_and_change_nothing() {
    let world = World::new().await;
    let (a, b) = (world.org("a").await, world.org("b").await);
    let ids = ids_of(&b).await;
    let before = b.cx.db().hot().mark_seq(b.cx.org);
    let foreign = attempts(&a.cx, &ids).await;
    assert!(foreign.values().all(|told| told.starts_with("not_found ")), "{foreign:#?}");
    assert_eq!(foreign, attempts(&a.cx, &nowhere()).await);
    assert_eq!(b.cx.db().hot().mark_seq(b.cx.org), before);
    assert!(agents::get(&b.cx, ids.agent).await.unwrap().stage == Stage::Active);
}

#[tokio::test]
async fn references_do_not_cross_the_wall() {
    let world = World::new().await;
    let (a, b) = (world.org("a").await, world.org("b").await);
    let theirs = ids_of(&b).await;
    let ours = ids_of(&a).await;
    let assign = |principal, application| {
        assignments::assign(&a.cx, assignments::NewAssignment { principal, application, scopes: None })
    };
    assert_eq!(code(assign(Principal::User(theirs.user), ours.app).await), "unknown_reference");
    assert_eq!(code(assign(Principal::Group(theirs.group), ours.app).await), "unknown_reference");
    assert_eq!(code(assign(Principal::Agent(theirs.agent), ours.app).await), "unknown_reference");
    assert_eq!(code(assign(Principal::User(ours.user), theirs.app).await), "unknown_reference");
    assert_eq!(code(groups::add_member(&a.cx, ours.group, theirs.user).await), "unknown_reference");
    assert_eq!(code(connections::create(&a.cx, blank(theirs.agent, ours.app)).await), "unknown_reference");
    assert_eq!(code(connections::create(&a.cx, blank(ours.agent, theirs.app)).await), "unknown_reference");
    let face = clients::NewClient { agent: Some(theirs.agent), ..tool("spy") };
    assert_eq!(code(clients::create(&a.cx, face).await), "unknown_reference");
    let owner = agents::AgentPatch { owners: Some(vec![theirs.user]), ..Default::default() };
    assert_eq!(code(agents::update(&a.cx, ours.agent, None, owner).await), "unknown_reference");
}

#[tokio::test]
async fn names_are_free_again_behind_the_wall_and_lists_end_at_it() {
    let world = World::new().await;
    let (a, b) = (world.org("a").await, world.org("b").await);
    ids_of(&a).await;
    ids_of(&b).await;
    let all = PageRequest::most();
    let users = users::list(&a.cx, &all, &Default::default()).await.unwrap();
    assert!(users.items.iter().all(|u| u.org == a.cx.org));
    assert_eq!(users.items.len(), 2);
    assert_eq!(groups::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 3);
    assert_eq!(applications::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 2);
    assert_eq!(agents::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 1);
    assert_eq!(clients::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 2);
    assert_eq!(assignments::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 3);
    assert_eq!(connections::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 1);
    assert_eq!(grants::list(&a.cx, &all, &Default::default()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn nothing_is_done_without_its_scope() {
    let world = World::new().await;
    let org = world.org("a").await;
    let ids = ids_of(&org).await;
    let before = org.cx.db().hot().mark_seq(org.cx.org);
    let none = attempts(&org.with_scopes(""), &ids).await;
    assert!(none.values().all(|told| told.starts_with("insufficient_scope ")), "{none:#?}");
    let anonymous = Cx { caller: Caller::Anonymous, ..org.cx.clone() };
    let nobody = attempts(&anonymous, &ids).await;
    assert!(nobody.values().all(|told| told.starts_with("unauthenticated ")), "{nobody:#?}");
    assert_eq!(org.cx.db().hot().mark_seq(org.cx.org), before);
    let reader = org.with_scopes(
        "users.read groups.read applications.read agents.read clients.read assignments.read connections.read grants.read",
    );
    for (what, told) in attempts(&reader, &ids).await {
        let reads = ["get", "groups", "members", "versions"].iter().any(|verb| what.ends_with(verb));
        let expected = if reads { "(allowed)" } else { "insufficient_scope" };
        assert!(told.starts_with(expected), "{what}: {told}");
    }
}
