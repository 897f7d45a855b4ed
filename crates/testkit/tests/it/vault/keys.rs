//! What lies in the database is of no use to whoever has only that: it is bound to its place, and to its organization.

use super::{CANARY, Safe};
use chancery_kernel::{Id, OrgId, SecretId};
use chancery_store::tables::endpoints;
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
    let next = platform.vault.rotate_data_key(org(1)).await.unwrap();
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
