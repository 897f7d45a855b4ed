use chancery_context::Cx;
use chancery_directory::organizations::{self, OrganizationPatch};
use chancery_kernel::PageRequest;
use chancery_model::{Principal, Tier};
use chancery_store::hot::Assigned;

use crate::world::{World, code, founding, one, set};

#[tokio::test]
async fn an_organization_is_born_with_everything_its_administrator_needs() {
    let (world, org) = one().await;
    let f = &org.founded;
    let hot = world.platform.db.hot();
    assert_eq!(f.management.resource, "https://id.test/api/v1");
    assert!(f.management.builtin && f.command_line.builtin);
    assert_eq!(f.command_line.redirect_uris, ["http://127.0.0.1/callback"]);
    assert_eq!(hot.assigned_user(f.administrator.id, f.management.id), Assigned::Fully);
    let auditors = hot.assignment(Principal::Group(f.auditors.id), f.management.id).unwrap();
    let scopes = auditors.scopes.clone().unwrap();
    assert!(scopes.contains("events.read") && scopes.contains("marks.read"));
    assert!(!scopes.iter().any(|s| s.as_str().ends_with(".manage")));
    let asks = |name: &str| name.starts_with("requests.");
    let mut rules = f.management.scopes.iter();
    assert!(
        rules.all(|rule| (rule.tier == Tier::Auto) == asks(rule.name.as_str())),
        "agents ask before they manage, and nobody before they ask"
    );
}

#[tokio::test]
async fn the_log_of_an_organization_begins_with_its_founding() {
    let (_world, org) = one().await;
    let told = [
        "organization_created",
        "application_created",
        "group_created",
        "group_created",
        "assignment_created",
        "assignment_created",
        "client_created",
        "user_created",
        "password_set",
        "member_added",
        "administrator_set_up",
    ];
    assert_eq!(org.log(100).await, told);
}

#[tokio::test]
async fn only_the_server_itself_founds_organizations() {
    let (_world, org) = one().await;
    assert_eq!(code(organizations::create(&org.cx, founding("other")).await), "server_only");
}

#[tokio::test]
async fn a_short_name_is_taken_once_and_a_failed_founding_leaves_nothing() {
    let (world, _org) = one().await;
    let setup = Cx::system(&world.platform, chancery_vault::deployment());
    assert_eq!(code(organizations::create(&setup, founding("corp")).await), "name_taken");
    assert_eq!(code(organizations::create(&setup, founding("Corp")).await), "bad_slug");
    let hot = world.platform.db.hot();
    assert_eq!(hot.organizations.len(), 1);
    assert_eq!(hot.users.len(), 1);
    assert_eq!(hot.applications.len(), 1);
}

#[tokio::test]
async fn an_organization_sees_itself_alone() {
    let world = World::new().await;
    let (a, b) = (world.org("a").await, world.org("b").await);
    let page = organizations::list(&a.cx, &PageRequest::most()).await.unwrap();
    assert_eq!(page.items.iter().map(|o| o.slug.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(code(organizations::get(&a.cx, b.cx.org).await), "not_found");
    let patch = OrganizationPatch { title: Some("Mine".into()), ..OrganizationPatch::default() };
    assert_eq!(code(organizations::update(&a.cx, b.cx.org, None, patch.clone()).await), "not_found");
    assert_eq!(organizations::update(&a.cx, a.cx.org, Some(1), patch.clone()).await.unwrap().title, "Mine");
    assert_eq!(code(organizations::update(&a.cx, a.cx.org, Some(1), patch).await), "stale");
}

#[tokio::test]
async fn the_auditors_scopes_are_those_that_only_look() {
    let (_world, org) = one().await;
    let reads = chancery_directory::builtin::read_scopes(&org.founded.management);
    assert!(set("users.read grants.read runs.read").is_subset(&reads));
    assert_eq!(reads.len(), 18);
}
