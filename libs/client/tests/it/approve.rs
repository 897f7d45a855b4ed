use chancery_client::{ClientError, Decision, Question, Waiting};
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
