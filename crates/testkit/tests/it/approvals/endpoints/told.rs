//! What an endpoint is told, and when it is told again or not at all.

use chancery_testkit::Endpoint;
use chancery_testkit::endpoint::Answer;
use serde_json::json;

use super::{Room, signed_by};
use crate::approvals::delivery::put_off;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_of_question_and_answer_and_verifies_who_says_so() {
    let mut r = Room::open("webhook").await;
    assert!(r.secret.starts_with("whsec_"));
    let asked = r.d.ask().await;
    let heard = r.sink.next().await.unwrap();
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/hook/s3cret"));
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(signed_by(&r.secret, &heard), [0]);
    assert_eq!(heard.header("webhook-timestamp"), r.d.w.now().to_string());
    let mut forged = heard.clone();
    forged.body.push(b' ');
    assert!(signed_by(&r.secret, &forged).is_empty(), "a change shows");
    let told = heard.json();
    assert_eq!(
        (told["type"].as_str(), told["data"]["state"].as_str()),
        (Some("approval.asked"), Some("pending"))
    );
    assert_eq!(told["data"]["approval"], json!(asked.approval));
    assert_eq!(told["data"]["agent"], json!(r.d.agent.id));
    assert_eq!(told["data"]["link"], json!(format!("{}/inbox/{}", r.d.w.issuer(), asked.approval)));
    let text = String::from_utf8(heard.body.clone()).unwrap();
    for withheld in [asked.id.as_str(), "Brandon", "Acme", "brandon@", "alice@"] {
        assert!(!text.contains(withheld), "{withheld}: {text}");
    }
    r.d.approves(&asked).await;
    let heard = r.sink.next().await.unwrap();
    let told = heard.json();
    assert_eq!(signed_by(&r.secret, &heard), [0]);
    assert_eq!(
        (told["type"].as_str(), told["data"]["state"].as_str()),
        (Some("approval.answered"), Some("approved"))
    );
    assert_eq!(r.d.poll(&asked).await.status, 200);
    let denied = r.d.ask_with(&[("binding_message", "Another?")]).await;
    assert_eq!(r.sink.next().await.unwrap().json()["data"]["approval"], json!(denied.approval));
    r.d.answers(&denied, "deny").await;
    assert_eq!(r.sink.next().await.unwrap().json()["data"]["state"], "denied");
    assert!(!r.sink.has_more(), "what is fetched is told nobody");
    let last = r.last_is("answered", "delivered").await;
    assert_eq!((last["status"].as_i64(), last["tries"].as_i64()), (Some(204), Some(1)));
    assert!(!last.to_string().contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lapse_and_cancelation_are_told_and_only_what_is_wanted() {
    let mut r = Room::open("webhook").await;
    r.change(json!({"events": ["expired", "canceled"]})).await;
    let (lapses, gone) = (r.d.ask().await, r.d.ask_with(&[("binding_message", "Another?")]).await);
    r.d.w.make(&format!("/api/v1/approvals/{}/cancel", gone.approval), json!({"reason": "a test"})).await;
    let told = r.sink.next().await.unwrap().json();
    assert_eq!(
        (told["type"].as_str(), &told["data"]["approval"]),
        (Some("approval.canceled"), &json!(gone.approval))
    );
    r.d.w.advance(400);
    let told = r.sink.next().await.unwrap().json();
    assert_eq!(
        (told["type"].as_str(), &told["data"]["approval"]),
        (Some("approval.expired"), &json!(lapses.approval))
    );
    assert!(!r.sink.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_so_is_not_told_and_a_repetition_is_the_same_message() {
    let mut r = Room::open("webhook").await;
    r.sink.answers([Answer::Status(503), Answer::Status(500)]);
    let asked = r.d.ask().await;
    let first = r.sink.next().await.unwrap();
    put_off(&r.d, 1).await;
    r.d.w.advance(3);
    let second = r.sink.next().await.unwrap();
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"), "receivers tell repetitions by it");
    assert_ne!(first.header("webhook-timestamp"), second.header("webhook-timestamp"));
    assert_eq!(signed_by(&r.secret, &second), [0]);
    put_off(&r.d, 2).await;
    let waits = r.last_is("asked", "waiting").await;
    assert_eq!((waits["status"].as_i64(), waits["tries"].as_i64()), (Some(500), Some(2)));
    r.d.answers(&asked, "deny").await;
    assert_eq!(r.sink.next().await.unwrap().json()["type"], "approval.answered");
    r.d.w.advance(10);
    let overtaken = r.last_is("asked", "overtaken").await;
    assert_eq!(overtaken["tries"], 2, "it was not tried again");
    assert!(!r.sink.has_more(), "nobody is told that an answered question waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_that_was_taken_back_is_not_told_as_a_yes() {
    let mut r = Room::open("webhook").await;
    r.change(json!({"events": ["answered", "canceled"]})).await;
    r.sink.answers([Answer::Status(503)]);
    let asked = r.d.ask().await;
    r.d.approves(&asked).await;
    assert_eq!(r.sink.next().await.unwrap().json()["data"]["state"], "approved");
    put_off(&r.d, 1).await;
    r.d.w.contain(&r.d.agent.id.clone()).await;
    assert_eq!(r.sink.next().await.unwrap().json()["type"], "approval.canceled");
    r.d.w.advance(3);
    r.last_is("answered", "overtaken").await;
    assert!(!r.sink.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_secrets_sign_for_a_while_and_after_a_leak_only_the_new_one() {
    let mut r = Room::open("webhook").await;
    let path = r.path("/rotate");
    let second = r.d.w.make(&path, json!({})).await["secret"].as_str().unwrap().to_owned();
    r.d.ask_with(&[("binding_message", "one")]).await;
    let heard = r.sink.next().await.unwrap();
    assert_eq!((signed_by(&second, &heard), signed_by(&r.secret, &heard)), (vec![0], vec![1]));
    r.d.w.advance(86_401);
    let test = r.path("/test");
    r.d.w.make(&test, json!({})).await;
    let mut heard = r.sink.next().await.unwrap();
    // What became of the question meanwhile may come first.
    while heard.json()["type"] != "endpoint.test" {
        heard = r.sink.next().await.unwrap();
    }
    assert_eq!(
        (signed_by(&second, &heard).len(), signed_by(&r.secret, &heard).len()),
        (1, 0),
        "its day is over"
    );
    r.last_is("test", "delivered").await;
    let third = r.d.w.make(&path, json!({"overlap": 0})).await["secret"].as_str().unwrap().to_owned();
    r.d.w.make(&test, json!({})).await;
    let heard = r.sink.next().await.unwrap();
    assert_eq!((signed_by(&third, &heard).len(), signed_by(&second, &heard).len()), (1, 0), "after a leak");
    for bad in [-1, 604_801] {
        let refused = r.d.w.api().await.post(&path, json!({"overlap": bad})).await.unwrap();
        assert_eq!((refused.status, refused.text("code").unwrap()), (400, "bad_overlap"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_that_it_is_gone_is_told_nothing_any_more() {
    let mut r = Room::open("webhook").await;
    r.sink.answers([Answer::Status(410)]);
    r.d.ask_with(&[("binding_message", "one")]).await;
    r.sink.next().await.unwrap();
    r.last_is("asked", "failed").await;
    let path = r.path("");
    let shown = r.d.w.read(&path).await;
    assert_eq!((shown["enabled"].as_bool(), shown["gone"].as_str()), (Some(false), Some("it answered 410")));
    assert_eq!(r.d.w.events("endpoint_gone").await.len(), 1);
    r.d.ask_with(&[("binding_message", "two")]).await;
    let test = r.path("/test");
    let refused = r.d.w.api().await.post(&test, json!({})).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (409, "endpoint_disabled"));
    r.change(json!({"enabled": true})).await;
    r.d.ask_with(&[("binding_message", "three")]).await;
    r.sink.next().await.unwrap();
    assert!(!r.sink.has_more(), "what was asked meanwhile is not told later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_the_list_says_so() {
    let mut r = Room::open("webhook").await;
    let mut elsewhere = Endpoint::start().await.unwrap();
    r.sink.answers([Answer::Redirect(elsewhere.at("/stolen"))]);
    r.d.ask().await;
    r.sink.next().await.unwrap();
    let failed = r.last_is("asked", "failed").await;
    assert!(
        failed["status"] == 307 && failed["problem"].as_str().unwrap().contains("nobody follows"),
        "{failed}"
    );
    r.d.w.advance(60);
    assert!(!elsewhere.has_more() && !r.sink.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_gets_a_line_with_a_link_and_none_of_the_agents_words() {
    for (kind, text) in [("slack", "/text"), ("teams", "/attachments/0/content/body/0/inlines/0/text")] {
        let mut r = Room::open(kind).await;
        assert_eq!(r.secret, "", "its secret is its address");
        let asked = r.d.ask_with(&[("binding_message", "@channel <https://evil.example|click>")]).await;
        let heard = r.sink.next().await.unwrap();
        assert_eq!(heard.header("webhook-signature"), "");
        let told = heard.json();
        let line = told.pointer(text).unwrap().as_str().unwrap();
        assert!(line.starts_with("sales asks for a yes about crm."), "{line}");
        let whole = told.to_string();
        assert!(whole.contains(&format!("{}/inbox/{}", r.d.w.issuer(), asked.approval)), "{whole}");
        assert!(!whole.contains("evil") && !whole.contains("channel"), "{whole}");
        r.d.answers(&asked, "deny").await;
        let told = r.sink.next().await.unwrap().json();
        assert!(told.pointer(text).unwrap().as_str().unwrap().starts_with("sales was told no about crm."));
        let rotate = r.path("/rotate");
        let refused = r.d.w.api().await.post(&rotate, json!({})).await.unwrap();
        assert_eq!((refused.status, refused.text("code").unwrap()), (409, "not_signed"));
    }
}
