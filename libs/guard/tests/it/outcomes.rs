use std::sync::atomic::Ordering::SeqCst;

use chancery_guard::Require;
use serde_json::json;

use crate::{
    api::Api,
    issuer::{self, AUDIENCE},
};

#[tokio::test]
async fn every_use_of_a_proven_token_is_reported() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let api = Api::start(&guard, Require::scope("crm.read")).await;
    let (good, narrow) =
        (issuer.token(json!({"jti": "jti-a"})), issuer.token(json!({"jti": "jti-b", "scope": "x"})));
    api.send("?secret=1", Some(&format!("Bearer {good}"))).await;
    api.call(&narrow).await;
    api.call("nonsense").await;
    assert!(guard.flush().await);
    let seen = issuer.outcomes.lock().unwrap();
    assert_eq!(seen.len(), 2);
    let (at, id) = (seen[0]["at"].as_u64().unwrap(), seen[0]["id"].as_str().unwrap());
    assert_eq!(id.len(), 22);
    assert_ne!(seen[1]["id"], id);
    assert!(at / 1000 >= issuer::now() as u64 - 5);
    assert_eq!(
        seen[0],
        json!({"id": id, "jti": "jti-a", "pos": 100, "org_id": "org_1", "audience": AUDIENCE, "method": "GET",
            "path": "/customers", "status": 200, "decision": "allow", "reason": "", "at": at})
    );
    assert_eq!((&seen[1]["decision"], &seen[1]["status"]), (&json!("deny"), &json!(403)));
    assert!(seen[1]["reason"].as_str().unwrap().starts_with("insufficient_scope"));
}

#[tokio::test]
async fn a_report_whose_answer_was_lost_is_sent_again_as_the_same() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let api = Api::start(&guard, Require::token()).await;
    issuer.lost_answers.store(1, SeqCst);
    api.call(&issuer.token(json!({}))).await;
    assert!(guard.flush().await);
    let seen = issuer.outcomes.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1], "id, time and all");
}

#[tokio::test]
async fn reports_survive_a_failing_issuer() {
    let issuer = issuer::start().await;
    let guard = issuer.guard().await;
    let api = Api::start(&guard, Require::token()).await;
    issuer.failures.store(2, SeqCst);
    for _ in 0..3 {
        api.call(&issuer.token(json!({}))).await;
    }
    assert!(guard.flush().await);
    assert_eq!(issuer.outcomes.lock().unwrap().len(), 3);
}
