//! What weighs much: a number, a fresh second factor, and a way to say that it should not have been asked.

use chancery_testkit::{Api, Browser, PASSWORD, Page};
use serde_json::{Value, json};

use super::{Asked, Desk, task};
use crate::factors::{App, enroll, second};

impl Desk {
    /// `crm.pay` counts as a payment from here on.
    pub async fn weigh(&mut self) {
        let path = format!("/api/v1/applications/{}", self.crm.id);
        let mut scopes = self.w.read(&path).await["scopes"].take();
        for scope in scopes.as_array_mut().unwrap() {
            if scope["name"] == "crm.pay" {
                scope["impact_class"] = json!("payment");
            }
        }
        let api = self.w.api().await;
        assert_eq!(api.patch(&path, json!({"scopes": scopes})).await.unwrap().status, 200);
    }

    pub async fn put(&self) -> (Asked, String) {
        let reply = self.request(&[]).await;
        let asked =
            Asked { id: reply.get("auth_req_id").to_owned(), approval: reply.get("approval").to_owned() };
        (asked, reply.get("number").to_owned())
    }

    async fn app(&mut self) -> App {
        enroll(&self.w.kit, &mut self.browser).await.0
    }
}

async fn answer(browser: &mut Browser, asked: &Asked, fields: &[(&str, &str)]) -> Page {
    let path = format!("/inbox/{}", asked.approval);
    let page = browser.get(&path).await.unwrap();
    browser.submit(&page, &format!("{path}/answer"), fields).await.unwrap()
}

fn another(number: &str) -> String {
    let n: u32 = number.parse().unwrap();
    (if n == 99 { 10 } else { n + 1 }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_of_weight_takes_the_number_and_a_fresh_second_factor() {
    let mut d = Desk::open().await;
    d.weigh().await;
    let (asked, number) = d.put().await;
    assert!(number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
    let path = format!("/inbox/{}", asked.approval);
    let shown = d.browser.get(&path).await.unwrap().body;
    assert!(shown.contains("This counts as a payment") && !shown.contains("value=\"approve\""), "{shown}");
    let yes = [("answer", "approve"), ("number", number.as_str())];
    let away = answer(&mut d.browser, &asked, &yes).await;
    let proof = format!("/second-factor?request=%2Finbox%2F{}", asked.approval);
    assert_eq!(away.location.as_deref(), Some(proof.as_str()), "{}", away.body);
    let app = d.app().await;
    let page = d.browser.get(&path).await.unwrap();
    assert!(page.body.contains("name=\"number\"") && page.body.contains("value=\"approve\""));
    let wrong = another(&number);
    let refused = answer(&mut d.browser, &asked, &[("answer", "approve"), ("number", &wrong)]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("2 more tries"), "{}", refused.body);
    // Five minutes later it is not fresh any more; the question is over too, so another one is put.
    d.w.advance(301);
    let (asked, number) = d.put().await;
    let yes = [("answer", "approve"), ("number", number.as_str())];
    assert_eq!(answer(&mut d.browser, &asked, &yes).await.status, 303);
    assert_eq!(d.state(&asked).await, "pending");
    assert_eq!(second(&mut d.browser, &app.code(&d.w.kit)).await.status, 303);
    assert_eq!(answer(&mut d.browser, &asked, &yes).await.status, 303);
    assert_eq!(d.poll(&asked).await.status, 200);
    let seen = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await;
    assert_eq!(seen["impact_classes"], json!(["payment"]));
    assert!(seen.get("number").is_none(), "whoever reads the list does not learn the number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_free_and_the_third_wrong_number_ends_it() {
    let mut d = Desk::open().await;
    d.weigh().await;
    let (asked, _) = d.put().await;
    assert_eq!(answer(&mut d.browser, &asked, &[("answer", "deny")]).await.status, 303);
    assert_eq!(d.state(&asked).await, "denied");
    d.w.advance(61);
    d.app().await;
    let (asked, number) = d.put().await;
    let wrong = another(&number);
    let guess = [("answer", "approve"), ("number", wrong.as_str())];
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(answer(&mut d.browser, &asked, &guess).await.status);
    }
    assert_eq!(statuses, [400, 400, 409]);
    let right = answer(&mut d.browser, &asked, &[("answer", "approve"), ("number", &number)]).await;
    assert_eq!((right.status, d.state(&asked).await.as_str()), (409, "canceled"));
    assert_eq!(d.poll(&asked).await.outcome(), (400, "transaction_failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_says_of_itself_adds_weight() {
    let mut d = Desk::open().await;
    let mut weighty = task();
    weighty["impact_classes"] = json!(["external_message", "customer_data"]);
    let details = json!([weighty]).to_string();
    let reply = d.request(&[("authorization_details", &details)]).await;
    assert_eq!(reply.get("number").len(), 2);
    let asked = Asked { id: String::new(), approval: reply.get("approval").to_owned() };
    let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    assert!(page.body.contains("This counts as a message to the outside and customer data"), "{}", page.body);
    let odd = json!([{"type": "agent_task", "task": "x", "system": "x", "data": "x", "access": "read", "impact": "x",
        "duration": 60, "impact_classes": ["nothing"]}]);
    let refused = d.request(&[("authorization_details", &odd.to_string())]).await;
    assert_eq!(refused.outcome(), (400, "invalid_authorization_details"));
    assert!(d.request(&[]).await.body.get("number").is_none(), "nothing of weight has no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_demands_of_a_person_what_the_page_demands() {
    let mut d = Desk::open().await;
    d.weigh().await;
    let management = d.w.management();
    d.w.assign(&d.brandon.id.clone(), &management, Some("approvals.read approvals.manage")).await;
    let token = d.w.kit.management_token(&mut d.browser, None).await.unwrap();
    let api = Api::new(d.w.issuer(), Some(token)).unwrap();
    let (asked, number) = d.put().await;
    let path = format!("/api/v1/approvals/{}", asked.approval);
    let seen = api.get(&path).await.unwrap().body["seen"].clone();
    let say = |number: Option<&str>| json!({"answer": "approve", "seen": seen, "number": number});
    let answer = format!("{path}/answer");
    let code = |body: &Value| body["code"].as_str().unwrap_or_default().to_owned();
    let refused = api.post(&answer, say(Some(&number))).await.unwrap();
    assert_eq!(
        (refused.status, code(&refused.body)),
        (403, "second_factor_required".into()),
        "{}",
        refused.body
    );
    // Another session of theirs that has proven it is not this one.
    let mut other = d.w.kit.browser().unwrap();
    other.sign_in(&d.brandon.login, PASSWORD).await.unwrap();
    let (app, _) = enroll(&d.w.kit, &mut other).await;
    let refused = api.post(&answer, say(Some(&number))).await.unwrap();
    assert_eq!(refused.status, 403);
    d.w.advance(30);
    assert_eq!(second(&mut d.browser, &app.code(&d.w.kit)).await.status, 303);
    let refused = api.post(&answer, say(None)).await.unwrap();
    assert_eq!((refused.status, code(&refused.body)), (400, "wrong_number".into()));
    assert_eq!(api.post(&answer, say(Some(&number))).await.unwrap().status, 200);
    assert_eq!(d.state(&asked).await, "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn deny_and_report_raises_a_security_event_and_takes_back_what_else_was_asked() {
    let mut d = Desk::open().await;
    let first = d.ask().await;
    let other = d.ask_with(&[("binding_message", "And may it pay once more?")]).await;
    let inbox = d.browser.get("/inbox").await.unwrap().body;
    assert!(inbox.contains("1 more like this"), "like questions stand together: {inbox}");
    let said = [("answer", "report"), ("note", "I never started this agent")];
    assert_eq!(answer(&mut d.browser, &first, &said).await.status, 303);
    assert_eq!((d.state(&first).await, d.state(&other).await), ("denied".into(), "canceled".into()));
    let log = d.w.events("approval_reported").await;
    assert_eq!(log.len(), 1);
    assert!(log[0].to_string().contains("I never started this agent"), "{}", log[0]);
    assert_eq!(log[0]["severity"], "alert");
    assert_eq!(d.poll(&first).await.outcome(), (400, "access_denied"));
    let inbox = d.browser.get("/inbox").await.unwrap().body;
    assert!(inbox.contains("Reported to your security team"), "{inbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_asks_and_asks_is_not_heard_after_a_while() {
    let mut d = Desk::open().await;
    let mut heard = 0;
    for n in 0..25 {
        let reply = d.request(&[("binding_message", &format!("Question {n}"))]).await;
        if reply.status != 200 {
            assert_eq!(reply.outcome(), (403, "access_denied"));
            break;
        }
        heard += 1;
        let asked = Asked { id: String::new(), approval: reply.get("approval").to_owned() };
        answer(&mut d.browser, &asked, &[("answer", "deny")]).await;
    }
    assert_eq!(heard, 20, "answered or not, twenty in ten minutes are enough");
    d.w.advance(601);
    assert_eq!(d.request(&[("binding_message", "Later")]).await.status, 200);
}
