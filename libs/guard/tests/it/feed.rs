use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use chancery_guard::Require;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    api::{Api, until},
    issuer::{self, now},
};

#[tokio::test]
async fn a_mark_refuses_earlier_tokens_within_milliseconds() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let (old, new) = (issuer.token(json!({})), issuer.token(json!({"pos": 200})));
    assert_eq!(api.call(&old).await.status, 200);
    issuer.mark("agt_1", 150, false);
    let took = until(&api, &old, 401).await;
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert_eq!(api.call(&old).await.error(), (401, "invalid_token"));
    assert_eq!(api.call(&new).await.status, 200);
    let other = issuer
        .token(json!({"act": {"sub": "agt_2", "iss": issuer.url}, "keys": ["agt_2", "usr_1", "app_crm"]}));
    assert_eq!(api.call(&other).await.status, 200);
}

#[tokio::test]
async fn a_mark_set_before_the_guard_started_comes_with_the_snapshot() {
    let issuer = issuer::start().await;
    issuer.mark("usr_1+app_crm", 150, false);
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    assert_eq!(api.call(&issuer.token(json!({}))).await.status, 401);
    assert_eq!(api.call(&issuer.token(json!({"keys": ["agt_1", "usr_1", "app_other"]}))).await.status, 200);
}

#[tokio::test]
async fn silence_closes_the_guard_for_agents_only_and_a_beat_opens_it() {
    let issuer = issuer::start().await;
    let guard = issuer.builder().max_silence(Duration::from_millis(400)).start().await.unwrap();
    let api = Api::start(&guard, Require::token()).await;
    let (agent, person) =
        (issuer.token(json!({})), issuer.token(json!({"act": null, "keys": ["usr_1", "app_crm"]})));
    let alone = issuer.token(json!({"sub": "agt_1", "act": null}));
    assert_eq!(api.call(&agent).await.status, 200);
    issuer.beating.store(false, SeqCst);
    until(&api, &agent, 503).await;
    let answer = api.call(&agent).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable"));
    assert_eq!((answer.retry_after.as_deref(), answer.challenge), (Some("1"), None));
    assert_eq!(api.call(&alone).await.status, 503);
    assert_eq!(api.call(&person).await.status, 200);
    assert!(!guard.hears());
    issuer.beating.store(true, SeqCst);
    until(&api, &agent, 200).await;
}

#[tokio::test]
async fn a_gap_leads_to_a_fresh_snapshot() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let token = issuer.token(json!({}));
    assert_eq!(api.call(&token).await.status, 200);
    assert_eq!(issuer.snapshots.load(SeqCst), 1);
    issuer.mark("run_1", 150, true);
    until(&api, &token, 401).await;
    assert!(issuer.snapshots.load(SeqCst) > 1);
}

#[tokio::test]
async fn a_replayed_old_beat_is_no_sign_of_life() {
    let issuer = issuer::start().await;
    let guard = issuer.builder().max_silence(Duration::from_millis(400)).start().await.unwrap();
    let api = Api::start(&guard, Require::token()).await;
    let token = issuer.token(json!({}));
    issuer.beating.store(false, SeqCst);
    let began = Instant::now();
    while api.call(&token).await.status == 200 {
        assert!(began.elapsed() < Duration::from_secs(2), "old beats keep the guard open");
        issuer.beat(now() - 30);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(api.call(&token).await.status, 503);
}

#[tokio::test]
async fn a_forged_event_is_not_believed() {
    let issuer = issuer::start().await;
    let api = Api::start(&issuer.guard().await, Require::token()).await;
    let token = issuer.token(json!({}));
    // A good signature, but of another class of token; and something that is no token at all.
    issuer.raw(&format!("event: marks\ndata: {token}\n\n"));
    issuer.raw("event: snapshot\ndata: nonsense\n\n");
    sleep(Duration::from_millis(300)).await;
    assert_eq!(api.call(&token).await.status, 200);
    issuer.mark("org_1", 150, false);
    until(&api, &token, 401).await;
}
