//! What an answer leads to.

use super::{Desk, answers, task};
use crate::world::claims;
use chancery_testkit::PASSWORD;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_becomes_one_token_that_says_who_said_yes_to_what() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"));
    d.approves(&asked).await;
    let reply = d.poll(&asked).await;
    let token = claims(&reply.access());
    let (brandon, agent) = (d.brandon.id.clone(), d.agent.id.clone());
    assert_eq!((token["sub"].as_str(), token["act"]["sub"].as_str()), (Some(&*brandon), Some(&*agent)));
    assert_eq!(
        (token["scope"].as_str(), reply.body["scope"].as_str()),
        (Some("crm.pay openid"), Some("crm.pay openid"))
    );
    assert_eq!(
        token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(),
        120,
        "as long as the task says"
    );
    let seen = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await;
    assert_eq!(token["approval"]["id"], json!(asked.approval));
    assert_eq!((&token["approval"]["by"], &token["approval"]["seen"]), (&json!([brandon]), &seen["seen"]));
    assert_eq!((&token["grant_id"], &token["run_id"]), (&seen["grant"], &seen["run"]));
    assert_eq!(token["authorization_details"], json!([task()]));
    assert_eq!(reply.body["authorization_details"], json!([task()]));
    let id_token = claims(reply.get("id_token"));
    assert_eq!((&id_token["sub"], &id_token["aud"]), (&json!(brandon), &json!(d.asks.id)));
    assert_eq!(d.poll(&asked).await.outcome(), (400, "invalid_grant"), "once");
    assert_eq!(d.state(&asked).await, "redeemed");
    for kind in ["approval_requested", "approval_granted", "approval_redeemed"] {
        let events = d.w.events(kind).await;
        assert_eq!(events.len(), 1, "{kind}");
        assert_eq!(events[0]["data"]["evidence"]["user"]["user"], json!(brandon), "{kind}");
        assert_eq!(events[0]["data"]["evidence"]["agent"]["agent"], json!(agent), "{kind}");
    }
    let decided = d.w.events("token_decided").await;
    let by = decided[0]["data"]["evidence"]["decision"]["by"].as_str().unwrap();
    assert_eq!(by, format!("approval {}", asked.approval));
}

#[tokio::test(flavor = "multi_thread")]
async fn introspection_tells_the_resource_server_what_was_approved() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    let token = d.poll(&asked).await.access();
    let told = d.w.as_client("/oauth2/introspect", &d.crm.guard, &[("token", &token)]).await;
    assert_eq!(told.body["active"], true, "{}", told.text);
    assert_eq!(told.body["approval"]["id"], json!(asked.approval));
    assert_eq!(told.body["authorization_details"], json!([task()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn denial_lapse_and_cancelation_each_have_their_code() {
    let mut d = Desk::open().await;
    let (no, late, taken, over) = (
        d.ask_with(&[("binding_message", "one")]).await,
        d.ask_with(&[("binding_message", "two"), ("requested_expiry", "30")]).await,
        d.ask_with(&[("binding_message", "three")]).await,
        d.ask_with(&[("binding_message", "four"), ("requested_expiry", "30")]).await,
    );
    assert_eq!(d.answers(&no, "deny").await.status, 303);
    let cancel = format!("/api/v1/approvals/{}/cancel", taken.approval);
    d.w.make(&cancel, json!({"reason": "nobody needs it"})).await;
    d.approves(&over).await;
    d.w.advance(30);
    let mut told = Vec::new();
    for asked in [&no, &late, &taken, &over] {
        let reply = d.poll(asked).await;
        told.push((
            reply.outcome().1.to_owned(),
            reply.body["reason"].as_str().unwrap_or_default().to_owned(),
        ));
    }
    let word = |error: &str, reason: &str| (error.to_owned(), reason.to_owned());
    assert_eq!(
        told,
        [
            word("access_denied", "denied"),
            word("expired_token", "expired"),
            word("transaction_failed", "canceled"),
            word("expired_token", "expired"),
        ]
    );
    for asked in [&no, &late, &taken, &over] {
        let page = d.answers(asked, "approve").await;
        assert_eq!(page.status, 409, "an end is an end");
        assert_ne!(d.poll(asked).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_seen_is_not_approved() {
    let mut d = Desk::open().await;
    let (asked, other) = (d.ask().await, d.ask_with(&[("binding_message", "Something else?")]).await);
    let page = d.browser.get(&format!("/inbox/{}", other.approval)).await.unwrap();
    let path = format!("/inbox/{}/answer", asked.approval);
    let crossed = d.browser.submit(&page, &path, &[("answer", "approve")]).await.unwrap();
    assert_eq!(crossed.status, 409, "the page of another question");
    assert!(crossed.body.contains("load the page again"), "{}", crossed.body);
    let unread = d.browser.submit(&page, &path, &[("answer", "approve"), ("seen", "")]).await.unwrap();
    assert_eq!(unread.status, 409);
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"));
    let denied = d.w.events("access_denied").await;
    assert!(
        denied.iter().any(|e| e["data"]["reason"].as_str().unwrap().contains("other sentences")),
        "{denied:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_form_and_somebody_else_answer_nothing() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    let seen = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await["seen"].clone();
    let path = format!("/inbox/{}/answer", asked.approval);
    let fields = |csrf: &str| {
        [("csrf", csrf), ("answer", "approve"), ("seen", seen.as_str().unwrap())]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    assert_eq!(d.browser.post(&path, &fields("x")).await.unwrap().status, 403);
    let mallory = d.w.person("mallory").await;
    let mut stranger = d.w.kit.browser().unwrap();
    stranger.sign_in(&mallory.login, PASSWORD).await.unwrap();
    assert_eq!(stranger.get(&format!("/inbox/{}", asked.approval)).await.unwrap().status, 404);
    let inbox = stranger.get("/inbox").await.unwrap();
    assert!(!inbox.body.contains("Approve AI agent"));
    let tried =
        stranger.submit(&inbox, &path, &[("answer", "approve"), ("seen", seen.as_str().unwrap())]).await;
    assert_eq!(tried.unwrap().status, 404, "foreign and unknown look the same");
    // An administrator holds every scope, and it is not their question.
    let api = d.w.api().await;
    let body = json!({"answer": "approve", "seen": seen});
    let tried = api.post(&format!("/api/v1/approvals/{}/answer", asked.approval), body).await.unwrap();
    assert_eq!(tried.status, 404, "{tried:?}");
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_connection_asks_the_sponsor_too() {
    let mut d = Desk::open().await;
    let connection = json!({"agent": d.agent.id, "application": d.crm.id, "approval": "crm.pay", "approver": "agent_sponsor"});
    d.w.make("/api/v1/connections", connection).await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"), "one yes of two");
    let again = d.answers(&asked, "approve").await;
    assert_eq!(again.status, 409, "nobody says yes twice");
    let done = answers(&mut d.w.desk, &asked.approval, "approve").await;
    assert_eq!(done.status, 303, "{}", done.body);
    let token = claims(&d.poll(&asked).await.access());
    assert_eq!(token["approval"]["by"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_became_stricter_after_the_yes_counts() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    let connection = json!({"agent": d.agent.id, "application": d.crm.id, "approval": "crm.pay", "approver": "agent_sponsor"});
    d.w.make("/api/v1/connections", connection).await;
    let reply = d.poll(&asked).await;
    assert_eq!(
        (reply.outcome(), reply.body["reason"].as_str()),
        ((400, "access_denied"), Some("approver_changed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_is_for_one_request_and_opens_nothing_else() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    let token = d.poll(&asked).await.access();
    let presence = d.w.sign_in(&d.brandon, &d.agent.client, &[("scope", "openid")]).await.access;
    for subject in [&presence, &token] {
        let more = [("resource", d.crm.resource.as_str()), ("scope", "crm.pay")];
        let reply = d.w.exchange(&d.agent.client, subject, &more).await;
        assert_eq!(reply.outcome(), (400, "access_denied"), "{}", reply.text);
        assert_eq!(reply.body["reason"], "approval_required");
    }
    assert!(
        d.w.read("/api/v1/grants").await["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|g| g["origin"] != "approval")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_can_be_taken_back_before_and_after_it_was_used() {
    let mut d = Desk::open().await;
    let (used, unused) = (d.ask().await, d.ask_with(&[("binding_message", "Another?")]).await);
    d.approves(&used).await;
    d.approves(&unused).await;
    let token = d.poll(&used).await.access();
    assert!(d.w.alive(&d.crm.guard, &token).await);
    for asked in [&used, &unused] {
        let path = format!("/inbox/{}", asked.approval);
        let page = d.browser.get(&path).await.unwrap();
        let done = d.browser.submit(&page, &format!("{path}/take-back"), &[]).await.unwrap();
        assert_eq!(done.status, 303, "{}", done.body);
    }
    assert!(!d.w.alive(&d.crm.guard, &token).await, "at once");
    assert_eq!(d.poll(&unused).await.outcome(), (400, "transaction_failed"));
    assert_eq!(d.w.events("approval_withdrawn").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_agent_run_and_person_ends_their_questions() {
    let mut d = Desk::open().await;
    let run = d.ask().await;
    let id =
        d.w.read(&format!("/api/v1/approvals/{}", run.approval)).await["run"].as_str().unwrap().to_owned();
    d.w.make(&format!("/api/v1/runs/{id}/stop"), json!({"reason": "a test"})).await;
    assert_eq!(d.poll(&run).await.outcome(), (400, "transaction_failed"));
    let carol = d.w.person("carol").await;
    d.w.assign(&carol.id, &d.crm, None).await;
    let hers = d.ask_with(&[("login_hint", &carol.login)]).await;
    d.w.make(&format!("/api/v1/users/{}/disable", carol.id), json!({"reason": "left"})).await;
    assert_eq!(d.poll(&hers).await.outcome(), (400, "transaction_failed"));
    let contained = d.ask().await;
    d.approves(&contained).await;
    d.w.contain(&d.agent.id.clone()).await;
    let reply = d.poll(&contained).await;
    assert_eq!(
        reply.outcome(),
        (400, "transaction_failed"),
        "approved, and the agent contained before it came for it"
    );
    assert_eq!(d.w.events("approval_canceled").await.len(), 3);
}
