//! Who has to say yes, and who may for them: rules, amounts, hand-over, leave and leaving.

use chancery_testkit::{Browser, PASSWORD};
use serde_json::{Value, json};

use super::{Desk, answers, task};
use crate::world::{Person, claims};

impl Desk {
    async fn rule(&mut self, approver: Value) -> String {
        let body = json!({"agent": self.agent.id, "application": self.crm.id, "approval": "crm.pay", "approver": approver});
        self.w.make("/api/v1/connections", body).await["id"].as_str().unwrap().to_owned()
    }

    async fn somebody(&mut self, name: &str) -> (Person, Browser) {
        let person = self.w.person(name).await;
        let mut browser = self.w.kit.browser().unwrap();
        browser.sign_in(&person.login, PASSWORD).await.unwrap();
        (person, browser)
    }

    async fn group(&mut self, members: &[&str]) -> String {
        let group = self.w.make("/api/v1/groups", json!({"name": "finance"})).await["id"]
            .as_str()
            .unwrap()
            .to_owned();
        for member in members {
            let path = format!("/api/v1/groups/{group}/members/{member}");
            let api = self.w.api().await;
            api.send(reqwest::Method::PUT, &path, None, None).await.unwrap().ok().unwrap();
        }
        group
    }
}

async fn sees(browser: &mut Browser, approval: &str) -> bool {
    let inbox = browser.get("/inbox").await.unwrap().body;
    let waiting = inbox.split("id=\"history\"").next().unwrap().contains(approval);
    let page = browser.get(&format!("/inbox/{approval}")).await.unwrap();
    assert_eq!(waiting, page.body.contains("value=\"deny\""), "the list and the page agree");
    waiting
}

/// Answers a question that is not shown, with a form of another page.
async fn tries(browser: &mut Browser, approval: &str) -> u16 {
    let page = browser.get("/me").await.unwrap();
    let fields = [("answer", "approve"), ("seen", "what nobody saw")];
    browser.submit(&page, &format!("/inbox/{approval}/answer"), &fields).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_a_group_have_to_say_yes_with_four_eyes_above_an_amount() {
    let mut d = Desk::open().await;
    let ((carol, mut hers), (dave, mut his)) = (d.somebody("carol").await, d.somebody("dave").await);
    let group = d.group(&[&carol.id, &dave.id, &d.brandon.id.clone()]).await;
    d.rule(json!({"who": group, "count": 2, "four_eyes": "not_requester", "above": {"currency": "EUR", "value": "1000"}})).await;
    let of = |value: &str| {
        let mut task = task();
        task["amount"] = json!({"currency": "EUR", "value": value});
        json!([task]).to_string()
    };
    let small = d.ask_with(&[("authorization_details", &of("1000.00"))]).await;
    assert!(!sees(&mut hers, &small.approval).await);
    d.approves(&small).await;
    assert_eq!(d.poll(&small).await.status, 200, "the person alone is enough up to the amount");
    let large = d.ask_with(&[("authorization_details", &of("1000.01"))]).await;
    d.approves(&large).await;
    assert_eq!(d.poll(&large).await.outcome(), (400, "authorization_pending"), "who asks is not one of two");
    assert!(sees(&mut hers, &large.approval).await && sees(&mut his, &large.approval).await);
    assert_eq!(answers(&mut hers, &large.approval, "approve").await.status, 303);
    assert!(!sees(&mut hers, &large.approval).await, "she has answered");
    d.w.advance(5);
    assert_eq!(d.poll(&large).await.outcome(), (400, "authorization_pending"));
    assert_eq!(answers(&mut his, &large.approval, "approve").await.status, 303);
    let token = claims(&d.poll(&large).await.access());
    assert_eq!(token["approval"]["by"], json!([d.brandon.id, carol.id, dave.id]));
    assert_eq!(d.w.events("approval_granted").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_manager_does_not_answer_is_handed_on_after_a_while() {
    let mut d = Desk::open().await;
    let ((boss, mut hers), (deputy, mut his)) = (d.somebody("boss").await, d.somebody("deputy").await);
    let path = format!("/api/v1/users/{}", d.brandon.id);
    let api = d.w.api().await;
    assert_eq!(api.patch(&path, json!({"manager": boss.id})).await.unwrap().status, 200);
    let group = d.group(&[&deputy.id]).await;
    d.rule(json!(["person", {"who": "manager", "escalation": {"after": 60, "to": group}}])).await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    assert!(sees(&mut hers, &asked.approval).await && !sees(&mut his, &asked.approval).await);
    assert_eq!(tries(&mut his, &asked.approval).await, 404, "not yet");
    d.w.advance(61);
    assert!(sees(&mut his, &asked.approval).await && sees(&mut hers, &asked.approval).await);
    let platform = d.w.kit.running.platform.clone();
    chancery_governance::lapse::tick(&platform).await.unwrap();
    chancery_governance::lapse::tick(&platform).await.unwrap();
    assert_eq!(d.w.events("approval_escalated").await.len(), 1, "noted once");
    assert_eq!(answers(&mut his, &asked.approval, "approve").await.status, 303);
    assert_eq!(d.poll(&asked).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_away_is_stood_in_for_by_whom_they_named_and_by_nobody_else() {
    let mut d = Desk::open().await;
    let ((carol, mut hers), (_, mut his)) = (d.somebody("carol").await, d.somebody("dave").await);
    let me = d.browser.get("/me").await.unwrap();
    let bad = [("stand_in", "nobody@corp.example"), ("from", "2026-06-01"), ("until", "2026-06-01")];
    assert_eq!(d.browser.submit(&me, "/me/stand-in", &bad).await.unwrap().status, 400);
    let own = [("stand_in", d.brandon.login.as_str()), ("from", "2026-06-01"), ("until", "2026-06-02")];
    assert_eq!(d.browser.submit(&me, "/me/stand-in", &own).await.unwrap().status, 400);
    let named = [("stand_in", carol.login.as_str()), ("from", "2026-06-01"), ("until", "2026-06-01")];
    assert_eq!(d.browser.submit(&me, "/me/stand-in", &named).await.unwrap().status, 303);
    let asked = d.ask().await;
    assert!(sees(&mut hers, &asked.approval).await && !sees(&mut his, &asked.approval).await);
    assert_eq!(answers(&mut hers, &asked.approval, "approve").await.status, 303);
    let token = claims(&d.poll(&asked).await.access());
    assert_eq!((&token["sub"], &token["approval"]["by"]), (&json!(d.brandon.id), &json!([carol.id])));
    let seen = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await;
    assert_eq!(seen["answers"][0]["instead_of"], json!([d.brandon.id]));
    // It ends with the last day, and at once when it is taken back.
    let asked = d.ask_with(&[("binding_message", "Another?")]).await;
    assert!(sees(&mut hers, &asked.approval).await);
    let me = d.browser.get("/me").await.unwrap();
    assert!(me.body.contains("carol answers in your stead"), "{}", me.body);
    assert_eq!(d.browser.submit(&me, "/me/stand-in", &[]).await.unwrap().status, 303);
    assert!(!sees(&mut hers, &asked.approval).await);
    assert_eq!(tries(&mut hers, &asked.approval).await, 404);
    assert_eq!(d.w.events("stand_in_named").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_takes_a_pending_yes_away() {
    let mut d = Desk::open().await;
    let ((carol, mut hers), (dave, mut his), (erin, mut ers)) =
        (d.somebody("carol").await, d.somebody("dave").await, d.somebody("erin").await);
    let group = d.group(&[&carol.id, &dave.id, &erin.id]).await;
    d.rule(json!({"who": group, "count": 2})).await;
    let (pending, complete) = (d.ask().await, d.ask_with(&[("binding_message", "Another?")]).await);
    assert_eq!(answers(&mut hers, &pending.approval, "approve").await.status, 303);
    for browser in [&mut hers, &mut his] {
        assert_eq!(answers(browser, &complete.approval, "approve").await.status, 303);
    }
    d.approves(&complete).await;
    assert_eq!(d.state(&complete).await, "approved");
    let gone = format!("/api/v1/users/{}/disable", carol.id);
    d.w.make(&gone, json!({"reason": "she left"})).await;
    assert_eq!(d.state(&complete).await, "canceled", "her yes was one of two");
    assert_eq!(d.poll(&complete).await.outcome(), (400, "transaction_failed"));
    assert_eq!(d.w.events("approval_answer_dropped").await.len(), 1);
    d.approves(&pending).await;
    assert_eq!(answers(&mut his, &pending.approval, "approve").await.status, 303);
    assert_eq!(d.state(&pending).await, "pending", "it takes two who are there");
    assert_eq!(answers(&mut ers, &pending.approval, "approve").await.status, 303);
    assert_eq!(d.state(&pending).await, "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_nobody_can_meet_is_told_before_anybody_is_asked() {
    let mut d = Desk::open().await;
    let group = d.group(&[&d.brandon.id.clone()]).await;
    let connection = d.rule(json!({"who": group, "four_eyes": "not_requester"})).await;
    let refused = d.request(&[]).await;
    assert_eq!(
        (refused.outcome(), refused.body["reason"].as_str()),
        ((403, "access_denied"), Some("nobody_to_ask"))
    );
    let api = d.w.api().await;
    for bad in [
        json!({"who": group, "count": 0}),
        json!({"who": group, "count": 11}),
        json!({"who": "manager", "above": {"currency": "euro", "value": "1"}}),
        json!({"who": "manager", "above": {"currency": "EUR", "value": "1,000"}}),
        json!({"who": "manager", "escalation": {"after": 0, "to": "person"}}),
        json!({"who": "grp_00000000000000000000000009"}),
        json!([]),
    ] {
        let path = format!("/api/v1/connections/{connection}");
        assert_eq!(api.patch(&path, json!({"approver": bad})).await.unwrap().status, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_of_a_scope_comes_on_top_and_administrators_see_the_queue() {
    let mut d = Desk::open().await;
    let path = format!("/api/v1/applications/{}", d.crm.id);
    let mut scopes = d.w.read(&path).await["scopes"].take();
    for scope in scopes.as_array_mut().unwrap().iter_mut().filter(|scope| scope["name"] == "crm.pay") {
        scope["approver"] = json!("agent_sponsor");
    }
    let api = d.w.api().await;
    assert_eq!(api.patch(&path, json!({"scopes": scopes})).await.unwrap().status, 200);
    let asked = d.ask().await;
    d.approves(&asked).await;
    assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"));
    let list = d.w.desk.get("/console/approvals?status=pending").await.unwrap();
    assert!(list.body.contains(&asked.approval), "{}", list.body);
    let one = d.w.desk.get(&format!("/console/approvals/{}", asked.approval)).await.unwrap();
    assert!(one.body.contains("the agent’s sponsor") && one.body.contains(&d.brandon.login), "{}", one.body);
    let rules = d.w.desk.get("/console/approvers").await.unwrap();
    assert!(rules.body.contains("crm.pay") && rules.body.contains("the agent’s sponsor"), "{}", rules.body);
    assert_eq!(answers(&mut d.w.desk, &asked.approval, "approve").await.status, 303);
    assert_eq!(d.poll(&asked).await.status, 200);
}
