//! Handing out to people and tools, how often a person is asked, and who answers while they are away.

use super::{AT, Safe, code, key};
use crate::world::Person;
use chancery_testkit::{Api, Browser, PASSWORD};
use serde_json::{Value, json};

/// A tool that acts for nobody: the token of its own client for the vault, and the client's id.
async fn tool(s: &mut Safe) -> (String, String) {
    let tool = s
        .w
        .client(json!({"name": "backup", "auth": "client_secret_basic", "grants": ["client_credentials"]}));
    let tool = tool.await;
    let management = s.w.management();
    s.w.assign(&tool.id, &management, Some("secrets.reveal")).await;
    s.reach(&tool.id, "auto").await;
    (s.token(&tool).await, tool.id)
}

/// A person's own way to the vault.
async fn officer(s: &mut Safe, name: &str) -> (Person, Api) {
    let (person, api) = s.w.officer(name, "secrets.reveal").await;
    s.reach(&person.id, "auto").await;
    (person, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_and_tools_take_is_told_of_them_and_claims_no_agent() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto"})).await;
    let closed = s.deposit("closed", json!({"tier": "never"})).await;
    let (token, client) = tool(&mut s).await;
    let (carol, hers) = officer(&mut s, "carol").await;
    let handed = s.post(&token, &format!("{AT}/{secret}/reveal"), json!({})).await;
    assert_eq!(key(&handed), super::CANARY);
    assert_eq!(hers.post(&format!("{AT}/{secret}/reveal"), json!({})).await.unwrap().status, 200);
    assert_eq!(code(&s.post(&token, &format!("{AT}/{closed}/reveal"), json!({})).await), (404, "not_found"));
    assert_eq!(hers.post(&format!("{AT}/nothing/reveal"), json!({})).await.unwrap().status, 404);
    let taken = s.w.events("secret_taken").await;
    assert_eq!(taken.len(), 2, "{taken:?}");
    let (hers, its) = (&taken[0]["data"], &taken[1]["data"]);
    assert_eq!((&its["client"], &its["user"], &its["version"]), (&json!(client), &Value::Null, &json!(1)));
    assert_eq!((&its["lease"], &its["secret"]), (&handed.body["lease"]["id"], &json!(secret)));
    assert_eq!((&hers["user"], &hers["secret"]), (&json!(carol.id), &json!(secret)));
    let refused = s.w.events("secret_not_taken").await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert_eq!(
        (&refused[1]["data"]["client"], &refused[1]["data"]["secret"]),
        (&json!(client), &json!(closed))
    );
    assert_eq!(
        (&refused[0]["data"]["user"], &refused[0]["data"]["secret"]),
        (&json!(carol.id), &Value::Null)
    );
    let kinds = [("secret_taken", 623), ("secret_not_taken", 624)];
    for (name, code) in kinds {
        assert_eq!(chancery_audit::CATALOGUE.iter().find(|kind| kind.name == name).unwrap().code, code);
    }
    for event in taken.iter().chain(&refused) {
        assert!(
            event["evidence"].is_null() && event["data"]["evidence"].is_null(),
            "no agent has a part in it: {event}"
        );
        assert!(!event.to_string().contains(super::CANARY), "{event}");
    }
    assert_eq!(s.w.events("secret_revealed").await.len() + s.w.events("secret_refused").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_lease_carries_the_facts_of_the_agent_that_made_it_and_of_nobody_who_did_not() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto"})).await;
    let lease = |reply: &crate::world::Reply| reply.body["lease"]["id"].as_str().unwrap().to_owned();
    let own = s.token(&s.agent.client).await;
    let first = lease(&s.ask(&secret, json!({})).await);
    s.post(&own, &format!("/api/v1/leases/{first}/return"), json!({})).await;
    let second = lease(&s.ask(&secret, json!({})).await);
    s.w.make(&format!("/api/v1/leases/{second}/end"), json!({"reason": "a test"})).await;
    let third = lease(&s.ask(&secret, json!({"lifetime": 60})).await);
    s.w.advance(61);
    chancery_broker::leases::note_overdue(&s.w.kit.running.platform).await.unwrap();
    let ended = s.w.events("lease_ended").await;
    let of: Vec<&Value> = ended.iter().rev().map(|e| &e["data"]["lease"]).collect();
    assert_eq!(of, [&json!(first), &json!(second), &json!(third)]);
    let facts = &ended[2]["evidence"];
    assert_eq!(facts["agent"]["agent"], json!(s.agent.id), "the agent gave it back: {}", ended[2]);
    assert_eq!(facts["agent"]["client"], json!(s.agent.client.id));
    for other in &ended[..2] {
        assert!(other["evidence"].is_null(), "no agent made this end: {other}");
        assert_eq!(other["data"]["agent"], json!(s.agent.id), "whose lease it was stands in the data");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_for_secrets_twenty_times_in_ten_minutes_by_one_agent_and_no_more() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let wish = |s: &Safe, n: i32| json!({"user": s.brandon.login, "task": format!("The task number {n}")});
    let asked = async |s: &mut Safe, n: i32| s.ask(&secret, wish(s, n)).await;
    for n in 0..20 {
        let reply = asked(&mut s, n).await;
        assert_eq!(reply.status, 202, "{n}: {}", reply.text);
        if n == 4 {
            let sixth = asked(&mut s, 100).await;
            assert_eq!(code(&sixth), (403, "asked_too_often"), "five wait already: {}", sixth.text);
            for done in s.w.read("/api/v1/approvals?state=pending").await["items"].as_array().unwrap() {
                s.answer(done["id"].as_str().unwrap(), "deny").await;
            }
        } else if n > 4 {
            s.answer(reply.body["request"].as_str().unwrap(), "deny").await;
        }
    }
    assert_eq!(code(&asked(&mut s, 20).await), (403, "asked_too_often"));
    s.w.advance(599);
    s.browser.sign_in(&s.brandon.login, PASSWORD).await.unwrap();
    assert_eq!(code(&asked(&mut s, 21).await), (403, "asked_too_often"), "a second too early");
    s.w.advance(2);
    assert_eq!(asked(&mut s, 22).await.status, 202, "the first was ten minutes ago");
    let other = s.w.agent("another").await;
    s.admit(&other.id).await;
    s.reach(&other.id.clone(), "auto").await;
    let token = s.token(&other.client).await;
    let theirs = s.post(&token, &format!("{AT}/{secret}/reveal"), wish(&s, 23)).await;
    assert_eq!(theirs.status, 202, "each agent has its own share: {}", theirs.text);
}

async fn somebody(s: &mut Safe, name: &str) -> (Person, Browser) {
    let person = s.w.person(name).await;
    let mut browser = s.w.kit.browser().unwrap();
    browser.sign_in(&person.login, PASSWORD).await.unwrap();
    (person, browser)
}

async fn names(browser: &mut Browser, stand_in: &Person) {
    let me = browser.get("/me").await.unwrap();
    let fields = [("stand_in", stand_in.login.as_str()), ("from", "2026-06-01"), ("until", "2026-06-01")];
    let done = browser.submit(&me, "/me/stand-in", &fields).await.unwrap();
    assert_eq!(done.status, 303, "{}", done.body);
}

/// Waits in somebody's inbox, and their page shows it.
async fn waits(browser: &mut Browser, request: &str) -> bool {
    let inbox = browser.get("/inbox").await.unwrap().body;
    inbox.split("id=\"history\"").next().unwrap().contains(request)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_in_for_an_approver_of_secrets_answers_for_them_and_the_yes_rests_on_both() {
    let mut s = Safe::open().await;
    let ((erin, mut hers), (dave, mut his)) =
        (somebody(&mut s, "erin").await, somebody(&mut s, "dave").await);
    let (_, mut stranger) = somebody(&mut s, "mallory").await;
    let group =
        s.w.make("/api/v1/groups", json!({"name": "keepers"})).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/groups/{group}/members/{}", dave.id);
    s.w.api().await.send(reqwest::Method::PUT, &path, None, None).await.unwrap().ok().unwrap();
    let secret = s.deposit("crm", json!({"tier": "approval", "approver": {"who": group}})).await;
    names(&mut his, &erin).await;
    let asked = s.ask(&secret, s.wish()).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let request = asked.body["request"].as_str().unwrap().to_owned();
    s.answer(&request, "approve").await;
    assert_eq!(
        s.ask(&secret, json!({"request": request})).await.status,
        202,
        "the keepers have not answered"
    );
    assert!(waits(&mut hers, &request).await && !waits(&mut stranger, &request).await);
    assert_eq!(crate::approvals::answers(&mut hers, &request, "approve").await.status, 303);
    let handed = s.ask(&secret, json!({"request": request})).await;
    assert_eq!(key(&handed), super::CANARY);
    let read = s.w.read(&format!("/api/v1/approvals/{request}")).await;
    let by_erin = read["answers"].as_array().unwrap().iter().find(|a| a["by"] == json!(erin.id)).unwrap();
    assert_eq!(by_erin["instead_of"], json!([dave.id]), "{read}");
    // Whoever leaves of the two takes the loan along.
    s.w.make(&format!("/api/v1/users/{}/disable", dave.id), json!({"reason": "left"})).await;
    let lease = handed.body["lease"]["id"].as_str().unwrap();
    let over = s.w.read(&format!("/api/v1/leases/{lease}")).await;
    assert!(over["why"].as_str().unwrap().contains("somebody who has left"), "{over}");
    assert_eq!(code(&s.ask(&secret, json!({"request": request})).await), (409, "permission_over"));
}
