//! Leases: to one or to several, returned, ended by others, and never longer than what they rest on.

use super::{AT, CANARY, Safe, code, key};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_want_it_for_themselves_at_once_one_gets_it() {
    let mut s = Safe::open().await;
    let secret = s.deposit("only", json!({"tier": "auto", "exclusive": true})).await;
    let mut tokens = vec![s.token(&s.agent.client).await];
    for n in 0..3 {
        let agent = s.w.agent(&format!("rival-{n}")).await;
        s.admit(&agent.id).await;
        s.reach(&agent.id.clone(), "auto").await;
        tokens.push(s.token(&agent.client).await);
    }
    let mut racing = Vec::new();
    for n in 0..100 {
        let request = s.w.http.post(s.w.kit.url(&format!("{AT}/{secret}/checkout")));
        let request = request.bearer_auth(&tokens[n % tokens.len()]).json(&json!({}));
        racing.push(tokio::spawn(async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
        }));
    }
    let mut leases = std::collections::BTreeSet::new();
    for one in racing {
        match one.await.unwrap() {
            (200, body) => drop(leases.insert(body["lease"]["id"].as_str().unwrap().to_owned())),
            (409, body) => assert_eq!(body["code"], "lent_out"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(leases.len(), 1, "one lease, however often its holder asked");
    let open = s.w.read(&format!("/api/v1/leases?secret={secret}&open=true")).await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_given_back_by_its_holder_and_ended_by_an_administrator() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto", "exclusive": true})).await;
    let first = s.ask(&secret, json!({})).await;
    let id = first.body["lease"]["id"].as_str().unwrap().to_owned();
    let other = s.w.agent("other").await;
    s.admit(&other.id).await;
    s.reach(&other.id.clone(), "auto").await;
    let token = s.token(&other.client).await;
    let back = format!("/api/v1/leases/{id}/return");
    assert_eq!(code(&s.post(&token, &back, json!({})).await), (404, "not_found"), "not theirs to give");
    let path = format!("{AT}/{secret}/reveal");
    assert_eq!(code(&s.post(&token, &path, json!({})).await), (409, "lent_out"));
    let own = s.token(&s.agent.client).await;
    assert_eq!(s.post(&own, &back, json!({})).await.status, 200);
    assert_eq!(code(&s.post(&own, &back, json!({})).await), (409, "over"));
    let second = s.post(&token, &path, json!({})).await;
    assert_eq!(key(&second), CANARY);
    let id = second.body["lease"]["id"].as_str().unwrap().to_owned();
    let ended = s.w.make(&format!("/api/v1/leases/{id}/end"), json!({"reason": "a test"})).await;
    assert_eq!(ended["why"], "a test");
    let forced: Vec<bool> =
        s.w.events("lease_ended").await.iter().map(|e| e["data"]["forced"].as_bool().unwrap()).collect();
    assert_eq!(forced, [true, false]);
    assert_eq!(key(&s.ask(&secret, json!({})).await), CANARY, "and it can be lent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_ends_with_whatever_it_rests_on() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!({"tier": "approval", "exclusive": true})).await;
    let request = s.approved(&secret).await;
    let lease = s.ask(&secret, json!({"request": request})).await.body["lease"]["id"].clone();
    let path = format!("/inbox/{request}");
    let page = s.browser.get(&path).await.unwrap();
    s.browser.submit(&page, &format!("{path}/take-back"), &[]).await.unwrap();
    let read = s.w.read(&format!("/api/v1/leases/{}", lease.as_str().unwrap())).await;
    assert_eq!(read["why"], "the permission was taken back");
    assert_eq!(code(&s.ask(&secret, json!({"request": request})).await), (409, "permission_over"));
    let request = s.approved(&secret).await;
    let lease = s.ask(&secret, json!({"request": request})).await.body["lease"]["id"].clone();
    s.w.contain(&s.agent.id.clone()).await;
    let read = s.w.read(&format!("/api/v1/leases/{}", lease.as_str().unwrap())).await;
    assert_eq!(read["why"], "the agent was contained");
    let body = json!({"reason": "looked into"});
    s.w.make(&format!("/api/v1/agents/{}/release", s.agent.id), body).await;
    assert_eq!(code(&s.ask(&secret, json!({"request": request})).await), (409, "permission_over"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_made_to_return_a_secret_does_not_take_it_out_again_by_the_same_yes() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let request = s.approved(&secret).await;
    let lease = s.ask(&secret, json!({"request": request})).await.body["lease"]["id"].clone();
    let path = format!("/api/v1/leases/{}/end", lease.as_str().unwrap());
    s.w.make(&path, json!({"reason": "a test"})).await;
    assert_eq!(code(&s.ask(&secret, json!({"request": request})).await), (409, "permission_over"));
    assert_eq!(s.ask(&secret, s.wish()).await.status, 202, "somebody has to say yes again");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_lease_keeps_their_version_and_the_next_one_gets_the_new() {
    let mut s = Safe::open().await;
    let secret = s.deposit("free", json!({"tier": "auto"})).await;
    let held = s.ask(&secret, json!({})).await;
    s.w.make(&format!("{AT}/{secret}/versions"), json!({"value": {"key": "another-value-of-it"}})).await;
    assert_eq!(key(&s.ask(&secret, json!({})).await), CANARY);
    let own = s.token(&s.agent.client).await;
    let lease = held.body["lease"]["id"].as_str().unwrap();
    s.post(&own, &format!("/api/v1/leases/{lease}/return"), json!({})).await;
    assert_eq!(key(&s.ask(&secret, json!({})).await), "another-value-of-it");
    let versions = s.w.read(&format!("{AT}/{secret}/versions")).await;
    let states: Vec<&str> =
        versions["items"].as_array().unwrap().iter().map(|v| v["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["current", "old"]);
    s.w.delete(&format!("{AT}/{secret}")).await;
    assert_eq!(code(&s.ask(&secret, json!({})).await), (404, "not_found"));
}
