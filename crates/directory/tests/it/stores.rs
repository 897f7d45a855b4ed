//! Applications that stand for one store of relationships.

use chancery_audit::{Event, Text};
use chancery_directory::applications::{self, ApplicationPatch, NewApplication};
use chancery_directory::assignments::{self, NewAssignment};
use chancery_directory::organizations;
use chancery_kernel::{Fault, Id, StoreId};
use chancery_model::{Meta, ObjectIds, Principal, Store, Tier};
use chancery_store::Who;

use crate::world::{Org, World, code, one, rule, set};

impl Org {
    async fn store(&self, name: &str) -> StoreId {
        let name = name.to_owned();
        let write = self.cx.db().write(self.cx.org, Who::SYSTEM, move |tx| {
            let (id, org, meta) = (tx.id(), tx.org(), Meta::new(tx.now()));
            let no = tx.open_log(id)?;
            let title = Text::new(&name);
            tx.insert(Store {
                id,
                org,
                name,
                no,
                latest: None,
                keys: Vec::new(),
                ids: ObjectIds::default(),
                recorded: false,
                meta,
            })?;
            Ok::<_, Fault>(tx.record(Event::StoreCreated { store: id, name: title }).with(id))
        });
        write.await.unwrap()
    }

    fn at(&self, store: StoreId) -> String {
        self.cx.platform.settings.store_resource(store)
    }
}

fn standing_for(resource: &str, scopes: &[&str]) -> NewApplication {
    NewApplication {
        name: resource.into(),
        resource: resource.into(),
        scopes: scopes.iter().map(|name| rule(name, Tier::Auto)).collect(),
        ..NewApplication::default()
    }
}

#[tokio::test]
async fn a_stores_address_is_the_resource_of_one_application_with_a_stores_scopes() {
    let (_world, org) = one().await;
    let drive = org.store("drive").await;
    let app = applications::create(&org.cx, standing_for(&org.at(drive), &["relations.read"])).await.unwrap();
    assert_eq!(app.store, Some(drive));
    let odd = standing_for(&org.at(drive), &["relations.read", "users.manage"]);
    assert_eq!(code(applications::create(&org.cx, odd).await), "unknown_scope");
    let crm = applications::create(&org.cx, standing_for("https://crm.example", &["x"])).await.unwrap();
    assert_eq!(crm.store, None);
}

#[tokio::test]
async fn unknown_foreign_and_misspelled_stores_look_the_same_and_nobody_squats_an_address() {
    let world = World::new().await;
    let (a, b) = (world.org("a").await, world.org("b").await);
    let theirs = b.at(b.store("drive").await);
    let nowhere = a.at(StoreId::from_uuid(uuid(7)));
    let mut told = Vec::new();
    let misspelled = [format!("{theirs}/"), format!("{theirs}/check"), theirs.to_lowercase()];
    let among =
        ["https://id.test/fga", "https://id.test/fga/stores", "https://id.test/fga?x"].map(String::from);
    for resource in misspelled.iter().chain(&among).chain([&theirs, &nowhere]) {
        let refused =
            applications::create(&a.cx, standing_for(resource, &["relations.read"])).await.unwrap_err();
        told.push((refused.code, refused.public.to_string()));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!(told[0].0, "bad_resource");
    // Nor by the way of another address.
    let crm =
        applications::create(&a.cx, standing_for("https://crm.example", &["relations.read"])).await.unwrap();
    let moved = ApplicationPatch { resource: Some(theirs.clone()), ..Default::default() };
    assert_eq!(code(applications::update(&a.cx, crm.id, None, moved).await), "bad_resource");
    applications::create(&b.cx, standing_for(&theirs, &["relations.read"])).await.unwrap();
}

#[tokio::test]
async fn nobody_gives_rights_over_a_store_that_they_do_not_hold() {
    let (_world, org) = one().await;
    let (drive, alice) = (org.store("drive").await, org.user("alice").await);
    let schemer = org.with_scopes("applications.manage assignments.manage users.manage relations.read");
    let wide = standing_for(&org.at(drive), &["relations.read", "relations.write"]);
    assert_eq!(code(applications::create(&schemer, wide.clone()).await), "beyond_own_rights");
    let app = applications::create(&org.cx, wide).await.unwrap();
    let give = |scopes: Option<&str>| {
        let (principal, application) = (Principal::User(alice.id), app.id);
        let new = NewAssignment { principal, application, scopes: scopes.map(set) };
        assignments::assign(&schemer, new)
    };
    assert_eq!(code(give(None).await), "beyond_own_rights");
    assert_eq!(code(give(Some("relations.write")).await), "beyond_own_rights");
    let loosened = ApplicationPatch {
        scopes: Some(vec![rule("relations.read", Tier::Auto), rule("relations.write", Tier::Auto)]),
        name: Some("mine".into()),
        ..Default::default()
    };
    assert_eq!(code(applications::update(&schemer, app.id, None, loosened).await), "beyond_own_rights");
    give(Some("relations.read")).await.unwrap();
    // Nor by the account of somebody who has them.
    let full = NewAssignment { principal: Principal::User(alice.id), application: app.id, scopes: None };
    let given = assignments::list(&org.cx, &chancery_kernel::PageRequest::most(), &Default::default()).await;
    let own = given.unwrap().items.into_iter().find(|a| a.principal == full.principal).unwrap();
    assignments::update(&org.cx, own.id, None, None).await.unwrap();
    let password = chancery_kernel::Secret::new("another evening, another tea");
    let taken = chancery_directory::users::set_password(&schemer, alice.id, password).await;
    assert_eq!(code(taken), "beyond_own_rights");
}

#[tokio::test]
async fn applications_of_stores_follow_the_issuer() {
    let (mut world, org) = one().await;
    let drive = org.store("drive").await;
    let app = applications::create(&org.cx, standing_for(&org.at(drive), &["relations.read"])).await.unwrap();
    world.platform.settings = std::sync::Arc::new(chancery_context::Settings::new("https://new.test"));
    assert_eq!(
        organizations::follow_issuer(&world.platform).await.unwrap(),
        2,
        "the management API is the other"
    );
    let hot = world.platform.db.hot();
    let now = hot.applications.find(org.cx.org, app.id).unwrap();
    assert_eq!(now.resource, world.platform.settings.store_resource(drive));
}

fn uuid(bits: u128) -> chancery_kernel::id::Uuid {
    chancery_kernel::id::Uuid::from_u128(bits)
}
