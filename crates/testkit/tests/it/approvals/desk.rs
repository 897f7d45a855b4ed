//! The pages and the API on which people see what is asked.

use super::{CIBA, Desk, task};
use crate::world::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_leads_a_stranger_to_sign_in_and_back() {
    let w = World::start().await;
    let mut stranger = w.kit.browser().unwrap();
    let page = stranger.get("/inbox").await.unwrap();
    let to = page.location.unwrap();
    assert!(to.starts_with("/sign-in?request=%2Finbox"), "{to}");
    assert_eq!(stranger.get("/inbox/live").await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_shows_the_six_facts_and_whose_words_they_are() {
    let mut d = Desk::open().await;
    let mut paying = task();
    paying["amount"] = json!({"currency": "EUR", "value": "120000.00"});
    paying["recipients"] = json!(["Acme Corp"]);
    let asked = d.ask_with(&[("authorization_details", &json!([paying]).to_string())]).await;
    let inbox = d.browser.get("/inbox").await.unwrap();
    assert!(
        inbox.body.contains("Approve AI agent to pay for Brandon?") && inbox.body.contains(&asked.approval)
    );
    assert!(inbox.body.contains("data-stream=\"/inbox/live\""), "it follows by itself");
    let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    for said in [
        "The agent sales",
        "Do crm.pay",
        "crm (https://crm.example/api)",
        "It changes data",
        "2 minutes, once",
        "<q>Set the stage of Acme Corp to won</q>",
        "<q>The forecast changes</q>",
        "<q>EUR 120,000.00</q>",
        "<q>Acme Corp</q>",
        "alice@corp.example",
    ] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
    d.approves(&asked).await;
    let after = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    assert!(after.body.contains("Approved") && !after.body.contains("value=\"approve\""), "{}", after.body);
    let inbox = d.browser.get("/inbox").await.unwrap();
    assert!(inbox.body.contains("Nothing waits for you") && inbox.body.contains(&asked.approval), "history");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_message_is_shown_harmless_and_called_odd() {
    let mut d = Desk::open().await;
    let message = "Pay \u{202e}000,1\u{202c} to pаypal <script>alert(1)</script> 1O0 EUR";
    let asked = d.ask_with(&[("binding_message", message)]).await;
    let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    assert!(!page.body.contains('\u{202e}') && !page.body.contains("<script>alert"), "{}", page.body);
    for said in ["‹Cyrillic а›", "1‹letter O›0", "hidden characters", "letters of different alphabets"]
    {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_lists_filters_and_pages() {
    let mut d = Desk::open().await;
    let mut all = Vec::new();
    for n in 0..3 {
        // Ids of one instant have no order among themselves.
        d.w.advance(1);
        all.push(d.ask_with(&[("binding_message", &format!("question {n}"))]).await.approval);
    }
    let no = super::Asked { id: String::new(), approval: all[0].clone() };
    d.answers(&no, "deny").await;
    let ids = |list: &serde_json::Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = d.w.read("/api/v1/approvals?limit=2").await;
    assert_eq!(ids(&first), [all[2].clone(), all[1].clone()], "latest first");
    let rest = format!("/api/v1/approvals?limit=2&after={}", first["next"].as_str().unwrap());
    assert_eq!(ids(&d.w.read(&rest).await), [all[0].clone()]);
    assert_eq!(ids(&d.w.read("/api/v1/approvals?state=denied").await), [all[0].clone()]);
    let by_agent = format!("/api/v1/approvals?state=pending&agent={}&user={}", d.agent.id, d.brandon.id);
    assert_eq!(ids(&d.w.read(&by_agent).await).len(), 2);
    let one = d.w.read(&format!("/api/v1/approvals/{}", all[2])).await;
    assert_eq!((one["state"].as_str(), one["scope"].as_str()), (Some("pending"), Some("crm.pay openid")));
    assert_eq!(one["authorization_details"], json!([task()]));
    assert!(!one.to_string().contains("cha_"), "what is fetched with stays with the client");
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_says_how_to_ask() {
    let w = World::start().await;
    let told = w.send(w.http.get(w.kit.url("/.well-known/openid-configuration"))).await;
    let endpoint = told.get("backchannel_authentication_endpoint");
    assert_eq!(endpoint, w.kit.url("/oauth2/bc-authorize"));
    assert_eq!(told.body["backchannel_token_delivery_modes_supported"], json!(["poll", "ping", "push"]));
    assert!(told.body["grant_types_supported"].as_array().unwrap().contains(&json!(CIBA)));
    assert_eq!(told.body["authorization_details_types_supported"], json!(["agent_task"]));
}
