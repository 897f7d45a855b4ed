//! Rotation by a system elsewhere, told by HTTP: one that does as it is told, one that refuses, one that says nothing, one
//! that says yes and does not do it, and one that would send us somewhere else.

use std::time::{Duration, Instant};

use chancery_broker::rotate::{Rotators, tick};
use chancery_testkit::endpoint::Answer;
use chancery_testkit::{Endpoint, Kit};
use serde_json::{Value, json};

use super::rotation::{order, rotated, states};
use super::{Safe, key};
use crate::world::World;

/// Either these rotations or the server's own are at it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A secret that an endpoint on this machine rotates.
async fn told(endpoint: &Endpoint) -> (Safe, String) {
    let mut s = Safe::on(World::on(Kit::start_calling_here().await.unwrap()).await).await;
    let secret = rotated(&mut s, json!({"by": "http", "url": endpoint.at("/rotate")})).await;
    (s, secret)
}

/// The next call: what is wanted, and the old and the new value.
async fn heard(endpoint: &mut Endpoint) -> (String, String, String) {
    let told: Value = endpoint.next().await.unwrap().json();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    (text(&told["action"]), text(&told["old"]["key"]), text(&told["new"]["key"]))
}

/// Goes on until this many rotations have failed.
async fn failed(s: &mut Safe, times: usize) -> Vec<Value> {
    let platform = s.w.kit.running.platform.clone();
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        tick(&platform, &Rotators::default()).await.unwrap();
        let all = s.w.events("rotation_failed").await;
        if all.len() >= times {
            return all;
        }
    }
    panic!("no rotation has failed")
}

async fn finished(s: &mut Safe, secret: &str) {
    let platform = s.w.kit.running.platform.clone();
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        tick(&platform, &Rotators::default()).await.unwrap();
        if states(s, secret).await == ["2 current", "1 old"] {
            return;
        }
    }
    panic!("{:?}", states(s, secret).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_does_as_it_is_told_is_told_once_and_asked_whether_it_works() {
    let mut endpoint = Endpoint::start().await.unwrap();
    let (mut s, secret) = told(&endpoint).await;
    order(&mut s, &secret).await;
    finished(&mut s, &secret).await;
    let (set, verify) = (heard(&mut endpoint).await, heard(&mut endpoint).await);
    assert_eq!((set.0.as_str(), verify.0.as_str()), ("set", "verify"));
    assert_eq!(
        (set.1.as_str(), &set.2),
        ("the-first-value", &verify.2),
        "it is told by somebody who knows the old one"
    );
    assert!(!endpoint.has_more());
    assert_eq!(key(&s.ask(&secret, json!({})).await), set.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_refuses_keeps_the_old_value_and_is_told_the_same_new_one_again() {
    let mut endpoint = Endpoint::start().await.unwrap();
    let (mut s, secret) = told(&endpoint).await;
    endpoint.answers([Answer::Status(500), Answer::Status(409)]);
    order(&mut s, &secret).await;
    let alarm = failed(&mut s, 1).await;
    assert_eq!(alarm[0]["data"]["reason"], "the system refuses the new value");
    assert_eq!(states(&mut s, &secret).await, ["2 pending", "1 current"]);
    let first = heard(&mut endpoint).await;
    s.w.advance(3_600);
    finished(&mut s, &secret).await;
    // Whether it is in place already is asked first: the call before may have come through.
    let calls = [heard(&mut endpoint).await, heard(&mut endpoint).await, heard(&mut endpoint).await];
    assert_eq!(calls.clone().map(|call| call.0), ["verify", "set", "verify"]);
    assert!(calls.iter().all(|call| call.2 == first.2), "no version is orphaned");
    assert_eq!(key(&s.ask(&secret, json!({})).await), first.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_says_yes_and_does_not_do_it_is_not_believed() {
    let mut endpoint = Endpoint::start().await.unwrap();
    let (mut s, secret) = told(&endpoint).await;
    endpoint.answers([Answer::Status(200), Answer::Status(401)]);
    order(&mut s, &secret).await;
    let alarm = failed(&mut s, 1).await;
    assert_eq!(alarm[0]["data"]["reason"], "the system says that the new value does not work");
    let new = heard(&mut endpoint).await.2;
    assert!(!alarm[0].to_string().contains(&new), "nor is it told what the value was");
    assert_eq!(key(&s.ask(&secret, json!({})).await), "the-first-value");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_says_nothing_or_sends_us_away_is_given_up_for_now() {
    for (answer, why) in [
        (Answer::Silence, "the system cannot be reached"),
        (Answer::Redirect("/elsewhere".to_owned()), "the system refuses the new value"),
    ] {
        let mut endpoint = Endpoint::start().await.unwrap();
        let (mut s, secret) = told(&endpoint).await;
        endpoint.answers([answer]);
        order(&mut s, &secret).await;
        let alarm = failed(&mut s, 1).await;
        assert_eq!(alarm[0]["data"]["reason"], why);
        assert_eq!(states(&mut s, &secret).await, ["2 pending", "1 current"]);
        assert_eq!(heard(&mut endpoint).await.0, "set");
        assert!(!endpoint.has_more(), "nobody goes where it points");
        assert_eq!(key(&s.ask(&secret, json!({})).await), "the-first-value");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_operator_lets_nobody_go_nothing_is_told() {
    let mut endpoint = Endpoint::start().await.unwrap();
    let mut s = Safe::open().await;
    let body = json!({"name": "key", "kind": "api_key", "value": {"key": "the-first-value"},
        "policy": {"tier": "auto"}, "rotation": {"by": "http", "url": endpoint.at("/rotate")}});
    let made = s.w.api().await.post(super::AT, body).await.unwrap();
    assert!(made.status == 400 || made.status == 201, "{}", made.body);
    if made.status == 201 {
        let secret = made.text("id").unwrap().to_owned();
        order(&mut s, &secret).await;
        let alarm = failed(&mut s, 1).await;
        assert_eq!(alarm[0]["data"]["reason"], "the operator lets no request go there");
    }
    assert!(!endpoint.has_more());
}
