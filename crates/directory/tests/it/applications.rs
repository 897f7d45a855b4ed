use chancery_directory::applications::{self, ApplicationPatch, NewApplication};
use chancery_directory::{clients, connections};
use chancery_kernel::Seconds;
use chancery_model::{ConsentRule, DualSubject, Principal, Profile, SigningAlg, Tier};

use crate::connections::blank;
use crate::world::{code, keys, none, one, rule, set, tool};

fn new(resource: &str) -> NewApplication {
    NewApplication {
        name: "CRM".into(),
        resource: resource.into(),
        scopes: vec![rule("read", Tier::Auto)],
        ..NewApplication::default()
    }
}

#[tokio::test]
async fn resources_are_absolute_and_one_applications_own() {
    let (_world, org) = one().await;
    for bad in ["crm", "https://crm.example#top", "https://id.test", "HTTPS://ID.Test/"] {
        assert_eq!(code(applications::create(&org.cx, new(bad)).await), "bad_resource", "{bad}");
    }
    applications::create(&org.cx, new("https://crm.example")).await.unwrap();
    let twin = NewApplication { name: "CRM 2".into(), ..new("https://crm.example") };
    assert_eq!(code(applications::create(&org.cx, twin).await), "resource_taken");
    for own in ["https://id.test/api/v1", "HTTPS://ID.test/api/v1"] {
        let api = NewApplication { name: "API".into(), ..new(own) };
        assert_eq!(code(applications::create(&org.cx, api).await), "resource_taken", "{own}");
    }
    assert_eq!(code(applications::create(&org.cx, new("https://other.example")).await), "name_taken");
}

#[tokio::test]
async fn scopes_and_lifetimes_are_checked() {
    let (_world, org) = one().await;
    let with =
        |scopes, token_lifetime| NewApplication { scopes, token_lifetime, ..new("https://crm.example") };
    let twice = vec![rule("read", Tier::Auto), rule("read", Tier::Never)];
    assert_eq!(code(applications::create(&org.cx, with(twice, None)).await), "scope_twice");
    let own = vec![rule("openid", Tier::Auto)];
    assert_eq!(code(applications::create(&org.cx, with(own, None)).await), "scope_reserved");
    for seconds in [29, 901] {
        let app = with(vec![rule("read", Tier::Auto)], Some(Seconds(seconds)));
        assert_eq!(code(applications::create(&org.cx, app).await), "bad_lifetime");
    }
    let app = applications::create(&org.cx, with(Vec::new(), None)).await.unwrap();
    assert_eq!(app.token_lifetime, Seconds(300));
}

#[tokio::test]
async fn a_tighter_rule_kills_what_was_issued_under_the_looser_one() {
    let (_world, org) = one().await;
    let loose = NewApplication { dual_subject: DualSubject::AgentOnly, ..new("https://crm.example") };
    let app = applications::create(&org.cx, loose).await.unwrap();
    let patches = [
        ApplicationPatch { resource: Some("https://crm2.example".into()), ..Default::default() },
        ApplicationPatch { dual_subject: Some(DualSubject::Required), ..Default::default() },
        ApplicationPatch { consent: Some(ConsentRule::Person), ..Default::default() },
        ApplicationPatch { scopes: Some(vec![rule("read", Tier::Approval)]), ..Default::default() },
        ApplicationPatch { scopes: Some(vec![rule("write", Tier::Auto)]), ..Default::default() },
    ];
    for patch in patches {
        let before = org.cx.db().hot().mark_seq(org.cx.org);
        applications::update(&org.cx, app.id, None, patch.clone()).await.unwrap();
        assert_eq!(org.cx.db().hot().mark_seq(org.cx.org), before + 1, "{patch:?}");
        assert_eq!(org.marks(), keys(&[&app.id]));
    }
}

#[tokio::test]
async fn a_looser_or_neutral_change_kills_nothing() {
    let (_world, org) = one().await;
    let app = applications::create(&org.cx, new("https://crm.example")).await.unwrap();
    let patches = [
        ApplicationPatch { name: Some("Sales CRM".into()), ..Default::default() },
        ApplicationPatch { profile: Some(Profile::Agbac), ..Default::default() },
        ApplicationPatch { dual_subject: Some(DualSubject::AgentOnly), ..Default::default() },
        ApplicationPatch { token_lifetime: Some(Seconds(60)), ..Default::default() },
        ApplicationPatch { alg: Some(SigningAlg::EdDsa), ..Default::default() },
        ApplicationPatch {
            scopes: Some(vec![rule("read", Tier::Auto), rule("more", Tier::Never)]),
            ..Default::default()
        },
    ];
    for patch in patches {
        assert_eq!(org.marked_by(applications::update(&org.cx, app.id, None, patch)).await, none());
    }
}

#[tokio::test]
async fn a_scope_somebody_names_stays() {
    let (_world, org) = one().await;
    let (alice, app) = (org.user("alice").await, org.app("crm").await);
    org.assign(Principal::User(alice.id), app.id, Some("write")).await;
    let patch = ApplicationPatch { scopes: Some(vec![rule("read", Tier::Auto)]), ..Default::default() };
    assert_eq!(code(applications::update(&org.cx, app.id, None, patch).await), "scope_in_use");
}

#[tokio::test]
async fn to_disable_or_delete_an_application_marks_it_alone() {
    let (_world, org) = one().await;
    let (alice, agent) = (org.user("alice").await, org.agent("helper").await);
    let (crm, _hr) = (org.app("crm").await, org.app("hr").await);
    org.assign(Principal::User(alice.id), crm.id, None).await;
    org.assign(Principal::Agent(agent.id), crm.id, None).await;
    let connection = connections::create(&org.cx, blank(agent.id, crm.id)).await.unwrap();
    let client = org.cx.db().hot().clients_of(agent.id).next().cloned().unwrap();
    let grant = org.consent(alice.id, &client, Some(crm.id)).await;
    assert_eq!(org.marked_by(applications::disable(&org.cx, crm.id, None)).await, keys(&[&crm.id]));
    assert_eq!(code(applications::disable(&org.cx, crm.id, None).await), "already_disabled");
    assert_eq!(org.marked_by(applications::enable(&org.cx, crm.id, None)).await, none());

    let mut server = tool("crm server");
    server.application = Some(crm.id);
    let server = clients::create(&org.cx, server).await.unwrap().client;
    assert_eq!(code(applications::delete(&org.cx, crm.id, None).await), "application_in_use");
    clients::delete(&org.cx, server.id, None).await.unwrap();
    applications::delete(&org.cx, crm.id, None).await.unwrap();
    assert_eq!(org.marks(), keys(&[&crm.id, &server.id, &grant.id]));
    assert_eq!(code(connections::get(&org.cx, connection.id).await), "not_found");
    assert_eq!(org.cx.db().hot().assignments_to(org.cx.org, crm.id).count(), 0);
}

#[tokio::test]
async fn the_management_api_keeps_its_name_resource_scopes_and_life() {
    let (_world, org) = one().await;
    let id = org.founded.management.id;
    let patches = [
        ApplicationPatch { name: Some("API".into()), ..Default::default() },
        ApplicationPatch { resource: Some("https://api.example".into()), ..Default::default() },
        ApplicationPatch { scopes: Some(Vec::new()), ..Default::default() },
    ];
    for patch in patches {
        assert_eq!(code(applications::update(&org.cx, id, None, patch).await), "builtin");
    }
    assert_eq!(code(applications::disable(&org.cx, id, None).await), "builtin");
    assert_eq!(code(applications::delete(&org.cx, id, None).await), "builtin");
    let patch = ApplicationPatch { token_lifetime: Some(Seconds(120)), ..Default::default() };
    assert_eq!(applications::update(&org.cx, id, None, patch).await.unwrap().token_lifetime, Seconds(120));
    assert!(set("users.read").is_subset(&org.founded.management.all_scopes()));
}

#[tokio::test]
async fn an_audience_is_one_applications_in_the_whole_deployment() {
    let (world, org) = one().await;
    let crm = org.app("crm").await;
    let other = world.org("rival").await;
    let (loud, louder) = (crm.resource.to_uppercase(), format!("{}/", crm.resource.to_uppercase()));
    for resource in [crm.resource.clone(), format!("{}/", crm.resource), loud, louder] {
        let new = applications::NewApplication {
            name: "trap".into(),
            resource,
            scopes: vec![rule("read", Tier::Auto)],
            ..Default::default()
        };
        assert_eq!(code(applications::create(&other.cx, new).await), "resource_taken");
    }
    let theirs = other.app("own").await;
    let patch = ApplicationPatch { resource: Some(crm.resource.clone()), ..Default::default() };
    assert_eq!(code(applications::update(&other.cx, theirs.id, None, patch).await), "resource_taken");
}
