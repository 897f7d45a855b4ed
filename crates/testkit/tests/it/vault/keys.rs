//! What lies in the database is of no use to whoever has only that: it is bound to its place, and to its organization.

use super::{AT, CANARY, Safe};
use chancery_kernel::{Id, OrgId, SecretId};
use chancery_server::control::Order;
use chancery_store::tables::{endpoints, secrets};
use chancery_vault::{MasterKey, Place};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_value_opens_in_its_own_place_and_organization_alone() {
    let s = Safe::open().await;
    let platform = &s.w.kit.running.platform;
    let org = |n| OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(n));
    let secret = |n| SecretId::from_uuid(chancery_kernel::id::Uuid::from_u128(n));
    let ours = platform.vault.data_key(org(1)).await.unwrap();
    let theirs = platform.vault.data_key(org(2)).await.unwrap();
    assert_eq!(platform.vault.data_key(org(1)).await.unwrap().id, ours.id, "made once");
    let place = Place { secret: secret(7), number: 1 };
    let sealed = ours.seal(platform.db.env(), place, CANARY.as_bytes()).unwrap();
    assert_eq!(ours.unseal(place, &sealed).unwrap().as_slice(), CANARY.as_bytes());
    for elsewhere in [Place { number: 2, ..place }, Place { secret: secret(8), ..place }] {
        assert!(ours.unseal(elsewhere, &sealed).is_err(), "{elsewhere:?}");
    }
    assert!(theirs.unseal(place, &sealed).is_err());
    assert!(platform.vault.data_key_of(org(2), ours.id).await.is_err(), "nor is it found from there");
    let next = platform.vault.rotate_data_key(org(1), ours.id).await.unwrap();
    assert!(next.id != ours.id && next.unseal(place, &sealed).is_err());
    assert_eq!(platform.vault.data_key(org(1)).await.unwrap().id, next.id);
    assert!(platform.vault.data_key_of(org(1), ours.id).await.unwrap().unseal(place, &sealed).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_is_replaced_while_secrets_are_handed_out() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto", "checkout": false})).await;
    let told = json!({"name": "tickets", "kind": "webhook", "address": "https://hooks.invalid/"});
    let told = s.w.make("/api/v1/endpoints", told).await["id"].as_str().unwrap().parse().unwrap();
    let platform = s.w.kit.running.platform.clone();
    let (handing, replaced) = tokio::join!(
        async {
            for _ in 0..20 {
                assert_eq!(super::key(&s.ask(&secret, json!({})).await), CANARY);
            }
        },
        platform.vault.rewrap(MasterKey::from_bytes(&[9; 32]).unwrap())
    );
    let () = handing;
    let done = replaced.unwrap();
    assert!(done.data_keys >= 1 && done.others >= 4, "{done:?}");
    assert_eq!(super::key(&s.ask(&secret, json!({})).await), CANARY);
    // Whoever starts with the new key alone opens everything, and with the old one alone nothing.
    let open = |byte: u8| {
        let key = MasterKey::from_bytes(&[byte; 32]).unwrap();
        chancery_vault::Vault::open(platform.db.clone(), key, "id.test")
    };
    let anew = open(9).await.unwrap();
    assert!(anew.data_key(s.w.kit.running.platform.db.hot().org_by_slug("corp").unwrap()).await.is_ok());
    let org = platform.db.hot().org_by_slug("corp").unwrap();
    let half = platform.db.read(move |sql| endpoints::sealed(sql, org, told)).await.unwrap().unwrap();
    assert!(anew.unseal(&format!("endpoint:{told}"), &half).is_ok(), "where an endpoint is");
    assert!(open(8).await.is_err());
    assert_eq!(
        s.w.events("keys_rewrapped").await.len(),
        0,
        "it stands in the deployment's log, not in theirs"
    );
}

/// Which keys seal the versions there are, and how many each.
async fn sealed_by(s: &Safe) -> Vec<usize> {
    let platform = &s.w.kit.running.platform;
    let org = platform.db.hot().org_by_slug("corp").unwrap();
    let present = platform.vault.data_keys().await.unwrap().into_iter().find(|(of, _)| *of == org).unwrap().1;
    let count = platform.db.read(move |sql| {
        let mut keys = chancery_store::tables::data_keys::retired(sql, org)?;
        keys.push(present);
        keys.into_iter()
            .map(|key| Ok(secrets::under(sql, org, key, 10_000)?.len()))
            .collect::<Result<Vec<_>, _>>()
    });
    count.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_has_data_keys_replaced_beside_the_running_server_and_every_version_is_sealed_anew() {
    let mut s = Safe::open().await;
    let none = s.w.kit.order(Order::DataKeyRotate { organization: None }).await.unwrap();
    assert!(none[0].contains("no secret is kept there yet"), "{none:?}");
    let open = json!({"tier": "auto", "checkout": false});
    let secret = s.deposit("free", open.clone()).await;
    for n in 0..3 {
        s.w.make(&format!("{AT}/{secret}/versions"), json!({"value": {"key": format!("value-{n}")}})).await;
    }
    let other = s.deposit("other", open).await;
    let rotate =
        |organization: Option<&str>| Order::DataKeyRotate { organization: organization.map(str::to_owned) };
    let (handing, told) = tokio::join!(
        async {
            for _ in 0..20 {
                assert_eq!(super::key(&s.ask(&secret, json!({})).await), "value-2");
            }
        },
        s.w.kit.order(rotate(Some("corp")))
    );
    let () = handing;
    assert!(told.as_ref().unwrap()[0].ends_with("5 values sealed anew"), "{told:?}");
    assert_eq!(sealed_by(&s).await, [0, 5]);
    assert_eq!(super::key(&s.ask(&other, json!({})).await), CANARY);
    assert_eq!(s.w.events("secrets_resealed").await[0]["data"]["versions"], 5);
    let nobody = s.w.kit.order(rotate(Some("nobody"))).await.unwrap_err().to_string();
    assert!(nobody.contains("there is no organization `nobody`"), "{nobody}");
    s.deposit("after", json!({"tier": "auto"})).await;
    assert_eq!(sealed_by(&s).await, [0, 6], "what comes later is sealed by the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_keys_are_replaced_by_the_clock_where_that_is_wanted() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto", "checkout": false})).await;
    let vault = s.w.kit.running.platform.vault.clone();
    vault.tend_data_keys(None).await.unwrap();
    let month = Some(chancery_kernel::Seconds::days(30));
    vault.tend_data_keys(month).await.unwrap();
    assert_eq!(sealed_by(&s).await, [1], "too early, and by nobody's wish");
    s.w.advance(30 * 86_400);
    vault.tend_data_keys(month).await.unwrap();
    assert_eq!(sealed_by(&s).await, [0, 1]);
    vault.tend_data_keys(month).await.unwrap();
    assert_eq!(sealed_by(&s).await, [0, 1], "once");
    assert_eq!(super::key(&s.ask(&secret, json!({})).await), CANARY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_not_heard_of_the_new_key_orphans_nothing() {
    let mut s = Safe::open().await;
    s.deposit("first", json!({"tier": "auto"})).await;
    let platform = s.w.kit.running.platform.clone();
    let org = platform.db.hot().org_by_slug("corp").unwrap();
    let present = platform.vault.data_key(org).await.unwrap().id;
    let file = s.w.kit.data().parent().unwrap().join("master.key");
    let key = MasterKey::read(&file).unwrap();
    // Another node makes the next key, and seals everything anew; this one goes on with what it remembers.
    let elsewhere = chancery_vault::Vault::open(platform.db.clone(), key, "id.test");
    let elsewhere = elsewhere.await.unwrap();
    elsewhere.rotate_data_key(org, present).await.unwrap();
    while elsewhere.reseal_some(org).await.unwrap() > 0 {}
    let late = s.deposit("late", json!({"tier": "auto", "checkout": false})).await;
    assert_eq!(sealed_by(&s).await, [1, 1], "sealed by the earlier one");
    assert_eq!(super::key(&s.ask(&late, json!({})).await), CANARY);
    elsewhere.tend_data_keys(None).await.unwrap();
    assert_eq!(sealed_by(&s).await, [0, 2], "found, and sealed anew");
    assert_eq!(super::key(&s.ask(&late, json!({})).await), CANARY);
    s.w.advance(60);
    s.deposit("later", json!({"tier": "auto"})).await;
    assert_eq!(sealed_by(&s).await, [0, 3], "it looks again after a minute");
    let again = platform.vault.rotate_data_key(org, present).await.unwrap();
    assert_ne!(again.id, present, "of nodes that want the next key at once one makes it");
    assert_eq!(s.w.events("data_key_created").await.len(), 2);
}
