//! Organizations that an earlier build founded.

use chancery_audit::{Event, Text};
use chancery_directory::{assignments, later};
use chancery_kernel::{Fault, ScopeSet};
use chancery_model::{Application, Assignment, Principal};
use chancery_store::Who;

use crate::world::{Org, one, set};

const LATER: [&str; 5] =
    ["endpoints.read", "endpoints.manage", "relations.read", "relations.write", "relations.manage"];

/// Takes away what the server learned later, as if an earlier build had founded the organization.
async fn age(org: &Org, auditors: Option<ScopeSet>) {
    let (app, group) = (org.founded.management.id, org.founded.auditors.id);
    let write = org.cx.db().write(org.cx.org, Who::SYSTEM, move |tx| {
        let mut old = Application::clone(&*tx.get::<Application>(app)?);
        old.scopes.retain(|rule| !LATER.contains(&rule.name.as_str()));
        let assigned = tx.hot().assignment(Principal::Group(group), app).cloned().unwrap();
        let had = assigned.scopes.clone().unwrap();
        let scopes = auditors.unwrap_or_else(|| had.intersection(&old.all_scopes()));
        tx.update(old)?;
        tx.update(Assignment { scopes: Some(scopes), ..Assignment::clone(&assigned) })?;
        let name = Text::new("aged");
        Ok::<_, Fault>(tx.record(Event::ApplicationCreated { application: app, name }).with(()))
    });
    write.await.unwrap();
}

fn scopes(org: &Org) -> (ScopeSet, ScopeSet) {
    let hot = org.cx.db().hot();
    let app = hot.applications.find(org.cx.org, org.founded.management.id).unwrap();
    let auditors = hot.assignment(Principal::Group(org.founded.auditors.id), app.id).unwrap();
    (app.all_scopes(), auditors.scopes.clone().unwrap())
}

#[tokio::test]
async fn an_organization_of_an_earlier_build_learns_new_scopes_once_and_the_log_says_so() {
    let (world, org) = one().await;
    let (all, audited) = scopes(&org);
    age(&org, None).await;
    let (old, _) = scopes(&org);
    assert!(LATER.iter().all(|name| !old.contains(name)) && !old.is_empty());
    assert_eq!(later::add_new_scopes(&world.platform).await.unwrap(), 1);
    assert_eq!(scopes(&org), (all, audited), "as if it had been founded today");
    let log = org.log(100).await;
    assert_eq!(log[log.len() - 2..], ["application_updated", "assignment_updated"]);
    assert_eq!(later::add_new_scopes(&world.platform).await.unwrap(), 0);
    assert_eq!(org.log(100).await, log, "nothing is said twice");
}

#[tokio::test]
async fn what_is_learned_can_be_assigned() {
    let (world, org) = one().await;
    age(&org, None).await;
    let alice = org.user("alice").await;
    let new = || assignments::NewAssignment {
        principal: Principal::User(alice.id),
        application: org.founded.management.id,
        scopes: Some(set("relations.read endpoints.manage")),
    };
    assert_eq!(crate::world::code(assignments::assign(&org.cx, new()).await), "unknown_scope");
    later::add_new_scopes(&world.platform).await.unwrap();
    assignments::assign(&org.cx, new()).await.unwrap();
}

#[tokio::test]
async fn auditors_whose_scopes_somebody_chose_keep_those() {
    let (world, org) = one().await;
    age(&org, Some(set("events.read"))).await;
    later::add_new_scopes(&world.platform).await.unwrap();
    assert_eq!(scopes(&org).1, set("events.read"));
}
