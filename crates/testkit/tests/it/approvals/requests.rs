//! What may be asked, of whom, and how often.

use serde_json::json;

use super::{CIBA, Desk, task};

/// What is changed of the usual request, and how that is answered.
type Case<'a> = (&'a [(&'a str, &'a str)], (u16, &'a str));

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_how_long_and_how_often_always() {
    let d = Desk::open().await;
    for (asked, wanted) in [("", 300), ("60", 60), ("259200", 600)] {
        let reply = d.request(&[("requested_expiry", asked), ("binding_message", asked)]).await;
        assert_eq!(
            (reply.body["expires_in"].as_i64(), reply.body["interval"].as_i64()),
            (Some(wanted), Some(5))
        );
        assert!(reply.get("auth_req_id").starts_with("cha_"));
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_clients_are_understood() {
    let mut d = Desk::open().await;
    let hint =
        json!({"format": "iss_sub", "iss": format!("{}/", d.w.issuer()), "sub": d.brandon.id}).to_string();
    let resource = d.crm.resource.clone();
    let fields = [
        ("scope", "openid crm.pay"),
        ("audience", resource.as_str()),
        ("login_hint", hint.as_str()),
        ("binding_message", "BUY-4711"),
        ("requested_expiry", "300"),
    ];
    let asked = d.w.as_client("/bc-authorize", &d.asks, &fields).await;
    let asked = super::Asked { id: asked.get("auth_req_id").into(), approval: asked.get("approval").into() };
    let body = json!({"grant_type": CIBA, "auth_req_id": asked.id, "client_id": d.asks.id, "client_secret": d.asks.secret});
    let poll = |w: &crate::world::World| w.http.post(w.kit.url("/oauth2/token")).json(&body);
    let request = poll(&d.w);
    assert_eq!(d.w.send(request).await.outcome(), (400, "authorization_pending"), "JSON, as Python sends it");
    d.approves(&asked).await;
    let request = poll(&d.w);
    assert_eq!(d.w.send(request).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_of_this_client_is_a_hint_and_another_clients_is_none() {
    let mut d = Desk::open().await;
    let asked = d.ask().await;
    d.approves(&asked).await;
    let own = d.poll(&asked).await.get("id_token").to_owned();
    d.w.advance(3_000);
    let hinted = [("login_hint", ""), ("id_token_hint", own.as_str()), ("binding_message", "Again?")];
    assert_eq!(d.request(&hinted).await.status, 200, "expired hints are fine");
    let signed_in = d.w.sign_in(&d.brandon, &d.agent.client, &[("scope", "openid")]).await;
    let others = signed_in.body["id_token"].as_str().unwrap();
    let hinted = [("login_hint", ""), ("id_token_hint", others)];
    assert_eq!(d.request(&hinted).await.outcome(), (400, "invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_is_not_asked() {
    let mut d = Desk::open().await;
    let carol = d.w.person("carol").await;
    let mut reads = task();
    reads["access"] = json!("read");
    let (reads, elsewhere) = (json!([reads]).to_string(), {
        let mut task = task();
        task["locations"] = json!(["https://other.example"]);
        json!([task]).to_string()
    });
    let long = "x".repeat(401);
    let cases: &[Case<'_>] = &[
        (&[("login_hint", "nobody@corp.example")], (400, "unknown_user_id")),
        (&[("login_hint", &carol.login)], (403, "access_denied")),
        (&[("scope", "openid crm.wipe")], (403, "access_denied")),
        (&[("scope", "openid crm.nothing")], (400, "invalid_scope")),
        (&[("scope", "openid offline_access")], (400, "invalid_scope")),
        (&[("scope", "crm.pay")], (400, "invalid_scope")),
        (&[("resource", "https://nowhere.example")], (400, "invalid_target")),
        (&[("authorization_details", &reads)], (400, "invalid_authorization_details")),
        (&[("authorization_details", &elsewhere)], (400, "invalid_authorization_details")),
        (&[("authorization_details", r#"[{"type":"x"}]"#)], (400, "invalid_authorization_details")),
        (&[("binding_message", &long)], (400, "invalid_binding_message")),
        (&[("binding_message", "\u{202e}\u{200b}")], (400, "invalid_binding_message")),
        (&[("requested_expiry", "0")], (400, "invalid_request")),
        (&[("login_hint", "")], (400, "invalid_request")),
        (&[("request", "eyJ")], (400, "invalid_request")),
    ];
    for (changes, wanted) in cases {
        let reply = d.request(changes).await;
        assert_eq!(reply.outcome(), *wanted, "{changes:?}: {}", reply.text);
    }
    assert!(d.w.events("approval_requested").await.is_empty());
    let inbox = d.browser.get("/inbox").await.unwrap();
    assert!(inbox.body.contains("Nothing waits for you"), "nobody was bothered");
    d.w.contain(&d.agent.id.clone()).await;
    assert_eq!(d.request(&[]).await.outcome(), (403, "access_denied"), "a contained agent asks nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_confidential_client_of_an_agent_that_is_registered_for_it_asks() {
    let mut d = Desk::open().await;
    let fields = [("scope", "openid"), ("login_hint", d.brandon.login.as_str())];
    let other = d.w.as_client("/oauth2/bc-authorize", &d.agent.client, &fields).await;
    assert_eq!(other.outcome(), (400, "unauthorized_client"));
    let tool = json!({"name": "tool", "auth": "client_secret_basic", "grants": [CIBA]});
    let api = d.w.api().await;
    let made = api.post("/api/v1/clients", tool).await.unwrap();
    if made.status == 201 {
        let secret = made.text("client_secret").unwrap().to_owned();
        let tool = crate::world::Client { id: made.text("id").unwrap().to_owned(), secret };
        let asked = d.w.as_client("/oauth2/bc-authorize", &tool, &fields).await;
        assert_eq!(asked.outcome(), (400, "unauthorized_client"), "a tool acts for nobody");
    }
    let wrong = crate::world::Client { secret: "chs_wrong".into(), ..d.asks.clone() };
    assert_eq!(
        d.w.as_client("/oauth2/bc-authorize", &wrong, &fields).await.outcome(),
        (401, "invalid_client")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_worn_down_by_questions() {
    let mut d = Desk::open().await;
    let first = d.ask().await;
    d.answers(&first, "deny").await;
    let again = d.request(&[]).await;
    assert_eq!(
        (again.outcome(), again.body["reason"].as_str()),
        ((403, "access_denied"), Some("asked_too_often"))
    );
    d.w.advance(61);
    d.ask().await;
    for n in 0..4 {
        d.ask_with(&[("binding_message", &format!("question {n}"))]).await;
    }
    let sixth = d.request(&[("binding_message", "one more")]).await;
    assert_eq!(sixth.body["reason"], "asked_too_often", "{}", sixth.text);
    assert_eq!(d.w.events("approval_refused").await.len(), 2);
    d.w.advance(300);
    assert_eq!(
        d.request(&[("binding_message", "later")]).await.status,
        200,
        "what has lapsed waits no longer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_the_person_alone_needs_no_application() {
    let mut d = Desk::open().await;
    let changes = [("scope", "openid profile"), ("resource", ""), ("authorization_details", "")];
    let asked = d.ask_with(&changes).await;
    d.approves(&asked).await;
    let reply = d.poll(&asked).await;
    let told = d.w.get_with("/oauth2/userinfo", &reply.access()).await;
    assert_eq!((told.status, told.body["preferred_username"].as_str()), (200, Some(&*d.brandon.login)));
}
