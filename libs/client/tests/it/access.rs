use std::time::Duration;

use chancery_client::{Access, AccessRequest, ClientError};
use serde_json::{Value, json};

use crate::issuer::{self, Issuer};

fn wish() -> AccessRequest {
    AccessRequest::new("app_1", "crm.pay", "Pay the invoice")
        .user("usr_1")
        .lifetime(Duration::from_secs(600))
        .token("at-9".to_owned().into())
}

fn standing(state: &str) -> (u16, Value) {
    (200, json!({"id": "apr_1", "state": state, "grant": "grt_1"}))
}

/// What becomes of a request to which the server answers so, one look after the other.
async fn decided(looks: &[(u16, Value)]) -> (Issuer, Result<Access, ClientError>) {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    issuer.answers_in_turn(&[(201, standing("pending").1)]);
    issuer.answers_in_turn(looks);
    let decision = client.request_access(&wish()).await;
    (issuer, decision)
}

#[tokio::test]
async fn a_request_says_what_for_and_for_how_long() {
    let issuer = issuer::start().await;
    issuer.answers(201, standing("pending").1);
    let filed = issuer.public_client().await.file_access(&wish()).await.unwrap();
    assert_eq!((filed.id.as_str(), filed.grant.as_str()), ("apr_1", "grt_1"));
    let asked = issuer.asked();
    assert_eq!(asked.authorization.as_deref(), Some("Bearer at-9"));
    let told = |name: &str| asked.form[name].clone();
    assert_eq!(
        (told("application"), told("scopes"), told("seconds")),
        ("app_1".into(), "crm.pay".into(), "600".into())
    );
    assert_eq!((told("purpose"), told("user")), ("Pay the invoice".into(), "usr_1".into()));
    assert!(!asked.form.contains_key("extends"));
    let more = AccessRequest::extension("grt_1", "It takes longer").token("at-9".to_owned().into());
    issuer.public_client().await.file_access(&more).await.unwrap();
    let form = issuer.asked().form;
    assert_eq!(form["extends"], "grt_1");
    assert!(!form.contains_key("application") && !form.contains_key("scopes"), "{form:?}");
}

#[tokio::test]
async fn each_end_is_told_from_the_others() {
    for (state, access) in [
        ("redeemed", Access::Given { grant: "grt_1".into() }),
        ("denied", Access::Denied),
        ("expired", Access::Lapsed),
        ("canceled", Access::Canceled),
    ] {
        let (issuer, decision) = decided(&[standing(state)]).await;
        assert_eq!(decision.unwrap(), access);
        assert_eq!(issuer.asked().form["path"], "/api/v1/requests/apr_1?wait=20");
    }
}

#[tokio::test]
async fn a_no_of_a_moment_ago_is_a_no_and_other_refusals_are_nobodys_no() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    issuer.answers(409, json!({"code": "approval_denied", "detail": "they said no", "status": 409}));
    assert_eq!(client.request_access(&wish()).await.unwrap(), Access::Denied);
    issuer.answers(403, json!({"code": "not_available", "detail": "no yes would help", "status": 403}));
    let error = client.request_access(&wish()).await.unwrap_err();
    assert_eq!(error.code(), Some("not_available"), "{error}");
}

#[tokio::test]
async fn after_a_restart_it_is_waited_for_by_its_id_and_then_given_back() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    issuer.answers(200, standing("redeemed").1);
    let token = "at-9".to_owned().into();
    let access = client.resume_access(Some(&token), "apr_earlier/../x").await.unwrap();
    assert_eq!(access, Access::Given { grant: "grt_1".into() });
    assert_eq!(issuer.asked().form["path"], "/api/v1/requests/apr_earlier%2F..%2Fx?wait=20");
    client.return_access(Some(&token), "grt_1").await.unwrap();
    assert_eq!(issuer.asked().form["path"], "/api/v1/grants/grt_1/return");
}
