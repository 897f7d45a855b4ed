//! Waiting for an answer: in pace, without pause, and on an open line.

use super::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_in_pace_is_told_to_wait_and_one_too_early_to_slow_down_for_good() {
    let d = Desk::open().await;
    let asked = d.ask().await;
    let first = d.poll(&asked).await;
    assert_eq!((first.outcome(), first.body["interval"].as_i64()), ((400, "authorization_pending"), Some(5)));
    let early = d.poll(&asked).await;
    assert_eq!((early.outcome(), early.body["interval"].as_i64()), ((400, "slow_down"), Some(10)));
    assert_eq!(early.header("retry-after"), "10");
    d.w.advance(10);
    let later = d.poll(&asked).await;
    assert_eq!(
        (later.outcome(), later.body["interval"].as_i64()),
        ((400, "authorization_pending"), Some(10))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_held_back_and_ends_with_the_answer() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    d.poll(&asked).await;
    d.poll(&asked).await;
    let storm: Vec<_> = (0..20).map(|_| d.polling(&asked, "0")).collect();
    d.approves(&asked).await;
    let mut tokens = 0;
    for poll in storm {
        let reply = poll.await.unwrap();
        match reply.outcome() {
            (200, _) => tokens += 1,
            (400, "invalid_grant" | "slow_down") => {}
            other => panic!("{other:?} {}", reply.text),
        }
    }
    assert_eq!(tokens, 1, "the answer ends the waiting, and is given to one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_is_answered_when_the_person_answers() {
    let mut d = Desk::open().await;
    let (yes, no) = (d.ask().await, d.ask_with(&[("binding_message", "And this?")]).await);
    let (first, second) = (d.polling(&yes, "30"), d.polling(&no, "30"));
    d.approves(&yes).await;
    d.answers(&no, "deny").await;
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(second.await.unwrap().outcome(), (400, "access_denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_the_clients_own() {
    let mut d = Desk::open().await;
    let thief = d
        .w
        .client(serde_json::json!({"name": "thief", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [super::CIBA]}))
        .await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    let fields = [("grant_type", super::CIBA), ("auth_req_id", asked.id.as_str())];
    assert_eq!(d.w.token(&thief, &fields).await.outcome(), (400, "invalid_grant"));
    for wrong in ["x", "cha_0000000000000000000000000000000000000000000000000"] {
        let fields = [("grant_type", super::CIBA), ("auth_req_id", wrong)];
        assert_eq!(d.w.token(&d.asks, &fields).await.outcome(), (400, "invalid_grant"));
    }
    let fields = [("grant_type", super::CIBA)];
    assert_eq!(d.w.token(&d.asks, &fields).await.outcome(), (400, "invalid_request"));
    let unregistered = [("grant_type", super::CIBA), ("auth_req_id", asked.id.as_str())];
    assert_eq!(d.w.token(&d.agent.client, &unregistered).await.outcome(), (400, "unauthorized_client"));
    assert_eq!(d.poll(&asked).await.status, 200, "the rightful client's is untouched");
}
