//! By tier and by a person's yes: for this agent, this person and this task.

use super::{AT, CANARY, Safe, code, key};
use chancery_client::{Checkout, ClientAuth, HttpOptions, Step, Wish};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_handed_out_by_its_tier_and_shown_nowhere_else() {
    let mut s = Safe::open().await;
    let free = s.deposit("free", json!({"tier": "auto", "checkout": false})).await;
    let never = s.deposit("never", json!({"tier": "never"})).await;
    let handed = s.ask(&free, json!({})).await;
    assert_eq!((key(&handed), handed.body["lease"].is_null()), (CANARY, true));
    assert_eq!(handed.header("cache-control"), "no-store");
    assert_eq!(key(&s.ask("free", json!({})).await), CANARY, "by name too");
    let unknown = s.ask("nothing", json!({})).await;
    for closed in [s.ask(&never, json!({})).await, unknown] {
        assert_eq!(code(&closed), (404, "not_found"));
    }
    let stranger = s.w.agent("stranger").await;
    s.admit(&stranger.id).await;
    let token = s.token(&stranger.client).await;
    assert_eq!(code(&s.post(&token, &format!("{AT}/{free}/reveal"), json!({})).await), (404, "not_found"));
    let shown = s.w.read(&format!("{AT}/{free}")).await.to_string();
    assert!(!shown.contains(CANARY) && shown.contains("api_key"), "{shown}");
    let events = s.w.events("secret_revealed").await;
    assert_eq!(events.len(), 2);
    let evidence = &events[0]["data"]["evidence"];
    assert_eq!(
        (&evidence["agent"]["agent"], &events[0]["data"]["secret"]),
        (&json!(s.agent.id), &json!(free))
    );
    let reasons: Vec<String> =
        s.w.events("secret_refused").await.iter().map(|e| e["data"]["reason"].to_string()).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_hands_it_out_for_a_quarter_of_an_hour_to_this_agent_for_this_person_and_this_task() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    assert_eq!(code(&s.ask(&secret, json!({})).await), (400, "person_missing"));
    assert_eq!(code(&s.ask(&secret, json!({"user": "nobody"})).await), (400, "unknown_person"));
    let asked = s.ask(&secret, s.wish()).await;
    assert_eq!((asked.status, asked.header("retry-after")), (202, "5"), "{}", asked.text);
    let request = asked.body["request"].as_str().unwrap().to_owned();
    assert!(asked.body["wait"].as_str().unwrap().contains(&request) && !asked.text.contains(CANARY));
    let again = s.ask(&secret, s.wish()).await;
    assert_eq!(again.body["request"], json!(request), "the same question");
    let page = s.browser.get(&format!("/inbox/{request}")).await.unwrap();
    for told in ["Take the secret crm out of the vault", "Look at the deals of Acme", "15 minutes"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    s.answer(&request, "approve").await;
    let handed = s.ask(&secret, json!({"request": request})).await;
    assert_eq!(key(&handed), CANARY);
    let lease = handed.body["lease"].clone();
    assert_eq!((&lease["agent"], &lease["user"]), (&json!(s.agent.id), &json!(s.brandon.id)));
    let until = lease["until"].as_str().unwrap().to_owned();
    let same_task = s.ask(&secret, s.wish()).await;
    assert_eq!(same_task.body["lease"]["id"], lease["id"], "the same task has the same lease");
    let mut other_task = s.wish();
    other_task["task"] = json!("Export everything");
    assert_eq!(s.ask(&secret, other_task).await.status, 202, "another task is another question");
    let other = s.w.agent("other").await;
    s.admit(&other.id).await;
    s.reach(&other.id.clone(), "auto").await;
    let token = s.token(&other.client).await;
    let stolen = s.post(&token, &format!("{AT}/{secret}/reveal"), json!({"request": request})).await;
    assert_eq!(code(&stolen), (404, "not_found"), "a request of somebody else is none");
    let theirs = s.post(&token, &format!("{AT}/{secret}/reveal"), s.wish()).await;
    assert_eq!(theirs.status, 202, "a yes to one agent is none to another");
    s.w.advance(899);
    assert_eq!(s.ask(&secret, json!({"request": request})).await.body["lease"]["until"], json!(until));
    s.w.advance(1);
    assert_eq!(code(&s.ask(&secret, json!({"request": request})).await), (409, "permission_over"));
}

#[tokio::test(flavor = "multi_thread")]
async fn denial_lapse_and_cancelation_are_told_apart() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let ask = async |s: &Safe, task: &str| {
        let asked = s.ask(&secret, json!({"user": s.brandon.login, "task": task})).await;
        asked.body["request"].as_str().unwrap_or_else(|| panic!("{}", asked.text)).to_owned()
    };
    let denied = ask(&s, "first").await;
    s.answer(&denied, "deny").await;
    let lapsed = ask(&s, "second").await;
    let canceled = ask(&s, "third").await;
    let path = format!("/api/v1/approvals/{canceled}/cancel");
    s.w.make(&path, json!({"reason": "not now"})).await;
    assert_eq!(code(&s.ask(&secret, json!({"request": denied})).await), (403, "approval_denied"));
    let same = json!({"user": s.brandon.login, "task": "first"});
    assert_eq!(code(&s.ask(&secret, same).await), (403, "approval_denied"), "not asked again at once");
    assert_eq!(code(&s.ask(&secret, json!({"request": canceled})).await), (409, "approval_canceled"));
    s.w.advance(901);
    assert_eq!(code(&s.ask(&secret, json!({"request": lapsed})).await), (409, "approval_lapsed"));
    assert!(s.w.events("secret_revealed").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_library_waits_and_goes_on_after_a_restart() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let auth = || ClientAuth::SecretBasic {
        client_id: s.agent.client.id.clone(),
        secret: s.agent.client.secret.as_str().into(),
    };
    let client =
        chancery_client::Client::discover(s.w.issuer(), auth(), HttpOptions::default()).await.unwrap();
    let wish = Wish::new("prod", "crm", &secret).user(&s.brandon.login).task("Look at the deals");
    let Step::Asked(asked) = client.ask_checkout(&wish).await.unwrap() else { panic!("a person is asked") };
    // The agent is started anew, and has nothing but the id.
    let again =
        chancery_client::Client::discover(s.w.issuer(), auth(), HttpOptions::default()).await.unwrap();
    let (waits, id) = (wish.clone(), asked.id.clone());
    let waiting = tokio::spawn(async move { again.resume_checkout(&waits, &id).await });
    s.answer(&asked.id, "approve").await;
    let Checkout::Lent(lent) = waiting.await.unwrap().unwrap() else { panic!("it is lent") };
    assert_eq!(lent.value["key"].expose(), CANARY);
    assert!(!format!("{lent:?}").contains(CANARY));
    client.give_back(&wish, &lent.lease).await.unwrap();
    assert_eq!(client.give_back(&wish, &lent.lease).await.unwrap_err().code(), Some("over"));
    let wish = Wish::new("prod", "crm", &secret).user(&s.brandon.login).task("Delete the deals");
    let Step::Asked(asked) = client.ask_checkout(&wish).await.unwrap() else { panic!("a person is asked") };
    s.answer(&asked.id, "deny").await;
    assert!(matches!(client.resume_checkout(&wish, &asked.id).await, Ok(Checkout::Denied)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_secrets_without_reading_them_opens_none_to_themselves() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let (mallory, api) = s.w.officer("mallory", "secrets.read secrets.manage").await;
    let open = json!({"principal": mallory.id, "folder": s.folder, "tier": "auto"});
    let refused = api.post("/api/v1/secrets/connections", open).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (403, "beyond_own"));
    let loose = json!({"policy": {"tier": "auto"}});
    assert_eq!(api.patch(&format!("{AT}/{secret}"), loose).await.unwrap().status, 403);
    assert_eq!(api.post(&format!("{AT}/{secret}/reveal"), json!({})).await.unwrap().status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_encrypted_to_the_key_that_the_caller_presents() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto"})).await;
    let signing = chancery_jose::SigningKey::generate(chancery_jose::Alg::Es256).unwrap();
    let mut jwk = serde_json::to_value(signing.public().jwk()).unwrap();
    jwk.as_object_mut().unwrap().retain(|name, _| ["kty", "crv", "x", "y"].contains(&name.as_str()));
    let sealed = s.ask(&secret, json!({"public_key": jwk})).await;
    let jwe = sealed.body["secret_jwe"].as_str().unwrap_or_else(|| panic!("{}", sealed.text));
    assert_eq!(jwe.split('.').count(), 5);
    assert!(sealed.body["value"].is_null() && !sealed.text.contains(CANARY));
    jwk["use"] = json!("sig");
    assert_eq!(code(&s.ask(&secret, json!({"public_key": jwk})).await), (400, "bad_key"));
}
