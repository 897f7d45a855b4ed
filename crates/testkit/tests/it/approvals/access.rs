//! Access requests: filed by a refused exchange, answered in the inbox, honored for a quarter of an hour.

use super::{Asked, Desk};
use crate::world::{Reply, World, claims};

async fn exchange(d: &Desk, subject: &str, ask: &str) -> Reply {
    let more = [("resource", d.crm.resource.as_str()), ("scope", "crm.pay"), ("request_approval", ask)];
    d.w.exchange(&d.agent.client, subject, &more).await
}

async fn presence(d: &Desk) -> String {
    let tokens = d.w.sign_in(&d.brandon, &d.agent.client, &[("scope", "openid offline_access")]).await;
    tokens.access
}

fn filed(reply: &Reply) -> Asked {
    assert_eq!(
        (reply.outcome(), reply.body["reason"].as_str()),
        ((400, "access_denied"), Some("approval_required"))
    );
    let approval = reply.body["approval"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned();
    Asked { id: String::new(), approval }
}

async fn waiting(w: &mut World) -> usize {
    w.read("/api/v1/approvals?state=pending").await["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_exchange_files_one_question_and_a_yes_makes_it_succeed_for_a_quarter_of_an_hour() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    let silent = exchange(&d, &subject, "").await;
    assert!(silent.body["approval"].is_null(), "only who asks for it gets a question: {}", silent.text);
    let refused = exchange(&d, &subject, "true").await;
    let asked = filed(&refused);
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(filed(&exchange(&d, &subject, "true").await).approval, asked.approval, "the same question");
    assert_eq!(waiting(&mut d.w).await, 1);
    let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    assert!(page.body.contains("15 minutes, as often as it needs to"), "{}", page.body);
    d.approves(&asked).await;
    let token = exchange(&d, &subject, "true").await.access();
    let grant = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await["grant"].clone();
    assert_eq!(claims(&token)["grant_id"], grant);
    assert!(d.w.alive(&d.crm.guard, &token).await);
    assert_eq!(exchange(&d, &subject, "").await.status, 200, "as often as it needs to");
    d.w.advance(780);
    let subject = presence(&d).await;
    let last = exchange(&d, &subject, "").await.access();
    let end = claims(&last)["exp"].as_i64().unwrap();
    assert_eq!(end, d.w.now() + 120, "the last token ends with the grant, to the second");
    d.w.advance(120);
    let subject = presence(&d).await;
    assert_eq!(exchange(&d, &subject, "").await.body["reason"], "approval_required", "over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_heard_and_is_not_asked_again_at_once() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    let asked = filed(&exchange(&d, &subject, "true").await);
    d.answers(&asked, "deny").await;
    let told = exchange(&d, &subject, "true").await;
    assert_eq!(
        (told.body["reason"].as_str(), told.body["approval"].as_str()),
        (Some("approval_denied"), Some(&*asked.approval))
    );
    assert_eq!(waiting(&mut d.w).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_taken_back_ends_its_tokens_and_itself() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    let asked = filed(&exchange(&d, &subject, "true").await);
    d.approves(&asked).await;
    let token = exchange(&d, &subject, "").await.access();
    let path = format!("/inbox/{}", asked.approval);
    let page = d.browser.get(&path).await.unwrap();
    assert_eq!(d.browser.submit(&page, &format!("{path}/take-back"), &[]).await.unwrap().status, 303);
    assert!(!d.w.alive(&d.crm.guard, &token).await);
    assert_eq!(exchange(&d, &subject, "").await.body["reason"], "approval_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_containment_ends_permissions_and_a_release_brings_none_back() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    let asked = filed(&exchange(&d, &subject, "true").await);
    d.approves(&asked).await;
    let token = exchange(&d, &subject, "").await.access();
    d.w.contain(&d.agent.id.clone()).await;
    assert!(!d.w.alive(&d.crm.guard, &token).await);
    let body = serde_json::json!({"reason": "looked into"});
    d.w.make(&format!("/api/v1/agents/{}/release", d.agent.id), body).await;
    let fresh = presence(&d).await;
    assert_eq!(exchange(&d, &fresh, "").await.body["reason"], "approval_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_yes_cannot_give_is_not_asked() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    for scope in ["crm.wipe", "crm.pay crm.wipe"] {
        let more = [("resource", d.crm.resource.as_str()), ("scope", scope), ("request_approval", "true")];
        let reply = d.w.exchange(&d.agent.client, &subject, &more).await;
        assert!(reply.body["approval"].is_null() && reply.status == 400, "{}", reply.text);
    }
    assert_eq!(waiting(&mut d.w).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_stands_is_withdrawn_from_the_inbox_in_one_tap() {
    let mut d = Desk::open().await;
    let subject = presence(&d).await;
    let asked = filed(&exchange(&d, &subject, "true").await);
    d.approves(&asked).await;
    let token = exchange(&d, &subject, "true").await.access();
    let inbox = d.browser.get("/inbox").await.unwrap();
    let path = format!("/inbox/{}/take-back", asked.approval);
    assert!(inbox.body.contains("It is a permission until"), "{}", inbox.body);
    assert!(inbox.body.contains(&format!("action=\"{path}\"")));
    let done = d.browser.submit(&inbox, &path, &[]).await.unwrap();
    assert_eq!(done.location.as_deref(), Some("/inbox"));
    assert!(!d.w.alive(&d.crm.guard, &token).await);
    let after = d.browser.get("/inbox").await.unwrap().body;
    assert!(after.contains("The permission has ended") && !after.contains(&path), "{after}");
    assert_eq!(exchange(&d, &subject, "").await.body["reason"], "approval_required");
}
