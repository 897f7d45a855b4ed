//! Which keys count: those that were fetched and that the feed names.

use std::sync::atomic::Ordering::SeqCst;

use chancery_guard::Require;
use chancery_jose::{Alg, SigningKey};
use serde_json::json;

use crate::{
    api::{Api, until},
    issuer,
};

#[tokio::test]
async fn a_withdrawn_key_counts_no_more_as_soon_as_the_feed_leaves_it_out() {
    let issuer = issuer::start().await;
    let kid = issuer.publish();
    issuer.name(&[&kid]);
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let (by_it, by_other) = (issuer.token_by_newest(), issuer.token(json!({})));
    assert_eq!((api.call(&by_it).await.status, api.call(&by_other).await.status), (200, 200));
    // Whoever has the key set from before still finds it there: a cache, or an issuer that forgot one place.
    issuer.name(&[]);
    until(&api, &by_it, 401).await;
    assert_eq!(api.call(&issuer.token_by_newest()).await.status, 401);
    assert_eq!(api.call(&by_other).await.status, 200);
    // A recorded list does not bring it back while its frame is no longer fresh.
    issuer.beating.store(false, SeqCst);
    issuer.name(&[&kid]);
    issuer.beat(issuer::now() - 3);
    issuer.name(&[]);
    issuer.beat(issuer::now());
    until(&api, &by_other, 200).await;
    assert_eq!(api.call(&by_it).await.status, 401);
}

#[tokio::test]
async fn a_key_that_only_the_key_set_brings_forward_does_not_count() {
    let issuer = issuer::start().await;
    issuer.name(&[]);
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let kid = issuer.publish();
    let token = issuer.token_by_newest();
    assert_eq!(api.call(&token).await.status, 401);
    assert!(issuer.key_fetches.load(SeqCst) > 1, "it was looked for");
    issuer.name(&[&kid]);
    until(&api, &token, 200).await;
}

#[tokio::test]
async fn a_key_that_the_feed_names_is_fetched_before_anybody_needs_it() {
    let issuer = issuer::start().await;
    issuer.name(&[]);
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let kid = issuer.publish();
    let fetches = issuer.key_fetches.load(SeqCst);
    issuer.name(&[&kid]);
    crate::api::soon(|| issuer.key_fetches.load(SeqCst) > fetches).await;
    until(&api, &issuer.token_by_newest(), 200).await;
}

#[tokio::test]
async fn after_all_keys_were_replaced_a_fresh_snapshot_is_believed_with_a_key_that_it_names() {
    let issuer = issuer::start().await;
    issuer.name(&[]);
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let old = issuer.token(json!({}));
    assert_eq!(api.call(&old).await.status, 200);
    let fresh = SigningKey::generate(Alg::EdDsa).unwrap();
    *issuer.named.lock().unwrap() = Some(vec![fresh.kid().to_owned()]);
    *issuer.feed_key.lock().unwrap() = Some(fresh);
    until(&api, &old, 401).await;
}

#[tokio::test]
async fn a_frame_that_does_not_name_its_own_key_says_nothing_about_keys() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let token = issuer.token(json!({}));
    assert_eq!(api.call(&token).await.status, 200);
    let listens = issuer.snapshots.load(SeqCst);
    *issuer.named.lock().unwrap() = Some(vec!["somebody".to_owned()]);
    crate::api::soon(|| issuer.snapshots.load(SeqCst) > listens).await;
    assert_eq!(api.call(&token).await.status, 200, "the frame ended the connection, and was not obeyed");
}
