use std::time::Duration;

use chancery_client::{ClientError, Decision, Heard, Pings, Question, Waiting};
use serde_json::{Value, json};

use crate::issuer::{self, Issuer};

fn question() -> Question {
    Question::new("brandon@acme.example", "crm.write")
        .resource("https://crm.example")
        .message("Approve AI agent to update Salesforce CRM for Brandon Stark?")
        .details(json!([{"type": "agent_task", "task": "update"}]))
}

/// What becomes of a question to which the issuer answers so, one poll after the other.
async fn decided(polls: &[(u16, Value)]) -> (Issuer, Result<Decision, ClientError>) {
    let issuer = issuer::start().await;
    issuer
        .answers(200, json!({"auth_req_id": "cha_1", "expires_in": 300, "interval": 0, "approval": "apr_1"}));
    let client = issuer.public_client().await;
    let waiting = client.ask(question()).await.unwrap();
    issuer.answers_in_turn(polls);
    let decision = client.decision(&waiting).await;
    (issuer, decision)
}

fn refusal(error: &str, reason: &str) -> (u16, Value) {
    (400, json!({"error": error, "reason": reason, "interval": 0}))
}

#[tokio::test]
async fn a_question_says_who_what_and_where() {
    let issuer = issuer::start().await;
    issuer
        .answers(200, json!({"auth_req_id": "cha_1", "expires_in": 300, "interval": 5, "approval": "apr_1"}));
    let waiting = issuer.public_client().await.ask(question()).await.unwrap();
    assert_eq!((waiting.auth_req_id.expose(), waiting.approval.as_deref()), ("cha_1", Some("apr_1")));
    assert!(!format!("{waiting:?}").contains("cha_1"), "what is fetched with shows in no log");
    let form = issuer.asked().form;
    assert_eq!(
        (form["scope"].as_str(), form["login_hint"].as_str()),
        ("openid crm.write", "brandon@acme.example")
    );
    assert_eq!(form["resource"], "https://crm.example");
    assert_eq!(form["authorization_details"], r#"[{"task":"update","type":"agent_task"}]"#);
    assert!(form["binding_message"].starts_with("Approve") && !form.contains_key("requested_expiry"));
}

#[tokio::test]
async fn a_yes_after_some_waiting_is_a_token() {
    let pending = refusal("authorization_pending", "");
    let slow = refusal("slow_down", "");
    let yes = (200, json!({"access_token": "at-9", "token_type": "Bearer"}));
    // A gateway that fails once is asked again.
    let broken = (503, json!({"error": "temporarily_unavailable"}));
    let (issuer, decision) = decided(&[pending, slow, broken, yes]).await;
    let Decision::Approved(tokens) = decision.unwrap() else { panic!("no token") };
    assert_eq!(tokens.access_token.expose(), "at-9");
    let form = issuer.asked().form;
    assert_eq!((form["auth_req_id"].as_str(), form["wait"].as_str()), ("cha_1", "20"));
    assert_eq!(form["grant_type"], "urn:openid:params:grant-type:ciba");
}

#[tokio::test]
async fn no_lapse_and_cancelation_are_told_apart() {
    let denied = decided(&[refusal("access_denied", "denied")]).await.1.unwrap();
    assert!(matches!(denied, Decision::Denied), "{denied:?}");
    let lapsed = decided(&[refusal("expired_token", "expired")]).await.1.unwrap();
    assert!(matches!(lapsed, Decision::Lapsed), "{lapsed:?}");
    let canceled = decided(&[refusal("transaction_failed", "canceled")]).await.1.unwrap();
    assert!(matches!(canceled, Decision::Canceled), "{canceled:?}");
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_nobodys_no() {
    for (error, reason) in
        [("access_denied", "agent_not_assigned"), ("invalid_grant", ""), ("invalid_client", "")]
    {
        let error = decided(&[refusal(error, reason)]).await.1.unwrap_err();
        assert!(matches!(error, ClientError::Refused { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_earlier_question_is_waited_for_by_its_id() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    let decision = client.decision(&Waiting::resume("cha_earlier".into())).await.unwrap();
    assert!(matches!(decision, Decision::Approved(_)));
    assert_eq!(issuer.asked().form["auth_req_id"], "cha_earlier");
}

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

fn ping(id: &str) -> Vec<u8> {
    json!({ "auth_req_id": id }).to_string().into_bytes()
}

#[tokio::test]
async fn who_is_pinged_asks_when_the_ping_comes_and_not_before() {
    let yes = (200, json!({"access_token": "at-9", "token_type": "Bearer"}));
    for end in [yes, refusal("access_denied", "denied"), refusal("transaction_failed", "canceled")] {
        let issuer = issuer::start().await;
        issuer.answers(200, json!({"auth_req_id": "cha_1", "expires_in": 300, "interval": 5}));
        let pings = Pings::new(TOKEN.to_owned().into());
        let client = issuer.public_client().await.pinged_by(pings.clone());
        let waiting = client.ask(question()).await.unwrap();
        assert_eq!(issuer.asked().form["client_notification_token"], TOKEN);
        let (status, body) = refusal("authorization_pending", "");
        issuer.answers(status, body);
        let asks = client.clone();
        let decision = tokio::spawn(async move { asks.decision(&waiting).await });
        while !issuer.asked().form.contains_key("grant_type") {
            tokio::task::yield_now().await;
        }
        let bearer = format!("Bearer {TOKEN}");
        issuer.answers(end.0, end.1.clone());
        assert_eq!(
            pings.heard(Some("Bearer somebody-else-entirely-and-long"), &ping("cha_1")),
            Heard::Stranger
        );
        assert_eq!(pings.heard(None, &ping("cha_1")), Heard::Stranger);
        assert_eq!(pings.heard(Some(&bearer), b"{}"), Heard::Unreadable);
        assert_eq!(pings.heard(Some(&bearer), &ping("cha_2")), Heard::Rung, "of another question");
        tokio::task::yield_now().await;
        assert!(!decision.is_finished(), "nobody rang for it");
        assert_eq!(pings.heard(Some(&bearer), &ping("cha_1")), Heard::Rung);
        let soon = tokio::time::timeout(Duration::from_secs(20), decision).await.expect("the ping woke it");
        match (soon.unwrap().unwrap(), end.0) {
            (Decision::Approved(tokens), 200) => assert_eq!(tokens.access_token.expose(), "at-9"),
            (Decision::Denied, 400) => assert_eq!(end.1["error"], "access_denied"),
            (Decision::Canceled, 400) => assert_eq!(end.1["error"], "transaction_failed"),
            other => panic!("{other:?}"),
        }
        assert_eq!(issuer.asked().form["wait"], "0", "no line is held open");
    }
}

#[tokio::test]
async fn a_ping_that_came_before_the_restart_is_not_needed_and_a_lapse_is_told() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await.pinged_by(Pings::new(TOKEN.to_owned().into()));
    let decision = client.decision(&Waiting::resume("cha_earlier".into())).await.unwrap();
    assert!(matches!(decision, Decision::Approved(_)), "it looks first");
    let (status, body) = refusal("expired_token", "expired");
    issuer.answers(status, body);
    let decision = client.decision(&Waiting::resume("cha_earlier".into())).await.unwrap();
    assert!(matches!(decision, Decision::Lapsed));
}
