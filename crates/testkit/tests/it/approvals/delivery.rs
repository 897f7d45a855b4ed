//! The client is told: ping and push, to an endpoint that answers, does not answer, or sends elsewhere.

use chancery_kernel::Seconds;
use chancery_store::outbox::{self, Share};
use chancery_testkit::endpoint::{Answer, Heard};
use chancery_testkit::{Endpoint, Kit};
use serde_json::{Value, json};

use super::{Asked, CIBA, Desk};
use crate::world::{World, claims};

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

/// A desk whose client is told at an endpoint of its own.
async fn told(mode: &str) -> (Desk, Endpoint) {
    let kit = Kit::start_calling_here().await.unwrap();
    let mut d = Desk::open_on(World::on(kit).await).await;
    let endpoint = Endpoint::start().await.unwrap();
    d.asks = d
        .w
        .client(json!({"name": "is told", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA],
            "backchannel_token_delivery_mode": mode, "backchannel_client_notification_endpoint": endpoint.at("/ciba")}))
        .await;
    (d, endpoint)
}

async fn ask(d: &Desk, message: &str) -> Asked {
    d.ask_with(&[("client_notification_token", TOKEN), ("binding_message", message)]).await
}

fn is_ours(heard: &Heard) {
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/ciba"));
    assert_eq!(heard.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(heard.header("content-type"), "application/json");
}

/// Waits until an attempt was noted to have failed, so that the clock can be moved to the next one.
pub async fn put_off(d: &Desk, tries: i64) {
    let far = d.w.kit.running.platform.db.env().now().plus(Seconds::days(1));
    let all = Share { most: 100, of_one_org: 100 };
    loop {
        let rows = d.w.kit.running.platform.db.read(move |sql| outbox::due(sql, far, all)).await.unwrap();
        if rows.iter().any(|row| row.tries == tries) {
            return;
        }
    }
}

async fn undelivered(d: &mut Desk) -> Value {
    let begun = std::time::Instant::now();
    while begun.elapsed() < std::time::Duration::from_secs(10) {
        if let [event] = d.w.events("approval_undelivered").await.as_slice() {
            return event.clone();
        }
    }
    panic!("nobody noted that it was not delivered")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_says_that_there_is_something_to_fetch_and_nothing_else() {
    let (mut d, mut endpoint) = told("ping").await;
    for (word, fetched) in [("approve", 200), ("deny", 400)] {
        let asked = ask(&d, word).await;
        assert_eq!(d.poll(&asked).await.outcome(), (400, "authorization_pending"), "it may ask too");
        d.answers(&asked, word).await;
        let ping = endpoint.next().await.unwrap();
        is_ours(&ping);
        assert_eq!(ping.json(), json!({"auth_req_id": asked.id}));
        assert_eq!(d.poll(&asked).await.status, fetched);
    }
    let canceled = ask(&d, "canceled").await;
    d.w.contain(&d.agent.id.clone()).await;
    assert_eq!(endpoint.next().await.unwrap().json(), json!({"auth_req_id": canceled.id}));
    assert!(!endpoint.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_repeated_until_it_is_heard_and_a_refusal_ends_it() {
    let (mut d, mut endpoint) = told("ping").await;
    endpoint.answers([Answer::Status(503), Answer::Status(200)]);
    let asked = ask(&d, "first").await;
    d.approves(&asked).await;
    let first = endpoint.next().await.unwrap();
    put_off(&d, 1).await;
    d.w.advance(3);
    assert_eq!(endpoint.next().await.unwrap().json(), first.json());
    endpoint.answers([Answer::Status(401)]);
    let refused = ask(&d, "second").await;
    d.approves(&refused).await;
    endpoint.next().await.unwrap();
    let gone = async |d: &mut Desk| d.w.events("reaction_given_up").await.len();
    while gone(&mut d).await == 0 {}
    d.w.advance(60);
    assert!(!endpoint.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_brings_the_tokens_and_says_which_request_they_answer() {
    let (mut d, mut endpoint) = told("push").await;
    let reply = d.request(&[("client_notification_token", TOKEN)]).await;
    assert!(reply.body.get("interval").is_none(), "there is nothing to poll for: {}", reply.text);
    let asked = Asked { id: reply.get("auth_req_id").into(), approval: reply.get("approval").into() };
    assert_eq!(d.poll(&asked).await.outcome(), (400, "unauthorized_client"));
    d.approves(&asked).await;
    let push = endpoint.next().await.unwrap();
    is_ours(&push);
    let body = push.json();
    assert_eq!(
        (body["auth_req_id"].as_str(), body["token_type"].as_str()),
        (Some(&*asked.id), Some("Bearer"))
    );
    let access = body["access_token"].as_str().unwrap();
    assert!(d.w.alive(&d.crm.guard, access).await);
    assert_eq!(claims(access)["approval"]["id"], asked.approval.as_str());
    let id_token = claims(body["id_token"].as_str().unwrap());
    assert_eq!(id_token["urn:openid:params:jwt:claim:auth_req_id"], asked.id.as_str());
    assert_eq!(id_token["at_hash"], half_hash(access));
    assert_eq!(d.w.events("approval_redeemed").await.len(), 1);
    assert_eq!(d.poll(&asked).await.outcome(), (400, "unauthorized_client"));
}

/// OpenID Connect Core §3.1.3.6.
fn half_hash(token: &str) -> String {
    chancery_jose::b64(&chancery_jose::sha256(token.as_bytes())[..16])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_a_yes_is_pushed_as_an_error() {
    let (mut d, mut endpoint) = told("push").await;
    let told = async |endpoint: &mut Endpoint, asked: &Asked| {
        let body = endpoint.next().await.unwrap().json();
        assert_eq!(body["auth_req_id"], asked.id.as_str());
        assert!(body.get("access_token").is_none());
        body["error"].as_str().unwrap().to_owned()
    };
    let denied = ask(&d, "denied").await;
    d.answers(&denied, "deny").await;
    assert_eq!(told(&mut endpoint, &denied).await, "access_denied");
    let lapsed = ask(&d, "lapsed").await;
    d.w.advance(301);
    assert_eq!(told(&mut endpoint, &lapsed).await, "expired_token");
    let canceled = ask(&d, "canceled").await;
    d.w.contain(&d.agent.id.clone()).await;
    assert_eq!(told(&mut endpoint, &canceled).await, "transaction_failed");
    assert!(d.w.events("approval_redeemed").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_push_brings_the_same_token() {
    let (mut d, mut endpoint) = told("push").await;
    endpoint.answers([Answer::Status(500), Answer::Status(502)]);
    let asked = ask(&d, "again").await;
    d.approves(&asked).await;
    let first = endpoint.next().await.unwrap().json();
    put_off(&d, 1).await;
    d.w.advance(3);
    let second = endpoint.next().await.unwrap().json();
    put_off(&d, 2).await;
    d.w.advance(6);
    let third = endpoint.next().await.unwrap().json();
    assert_eq!((&first["access_token"], &first["id_token"]), (&second["access_token"], &second["id_token"]));
    assert_eq!(second["access_token"], third["access_token"]);
    assert!(d.w.alive(&d.crm.guard, third["access_token"].as_str().unwrap()).await);
    assert_eq!(d.w.events("approval_redeemed").await.len(), 1, "one yes, one token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_died_meanwhile_is_not_pushed_again() {
    let (mut d, mut endpoint) = told("push").await;
    endpoint.answers([Answer::Status(500)]);
    let asked = ask(&d, "stopped").await;
    d.approves(&asked).await;
    let first = endpoint.next().await.unwrap().json();
    put_off(&d, 1).await;
    d.w.contain(&d.agent.id.clone()).await;
    d.w.advance(3);
    let second = endpoint.next().await.unwrap().json();
    assert_eq!((second["error"].as_str(), second.get("access_token")), (Some("transaction_failed"), None));
    assert!(!d.w.alive(&d.crm.guard, first["access_token"].as_str().unwrap()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_took_in_time_is_dead() {
    let (mut d, mut endpoint) = told("push").await;
    endpoint.answers([Answer::Status(500)]);
    let asked = ask(&d, "late").await;
    d.approves(&asked).await;
    let token = endpoint.next().await.unwrap().json()["access_token"].as_str().unwrap().to_owned();
    assert!(d.w.alive(&d.crm.guard, &token).await);
    put_off(&d, 1).await;
    d.w.advance(301);
    let event = undelivered(&mut d).await;
    assert!(event.to_string().contains("lapsed"), "{event}");
    assert!(!d.w.alive(&d.crm.guard, &token).await);
    assert!(!endpoint.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_ends_it() {
    let (mut d, mut endpoint) = told("push").await;
    let mut elsewhere = Endpoint::start().await.unwrap();
    endpoint.answers([Answer::Redirect(elsewhere.at("/stolen"))]);
    let asked = ask(&d, "elsewhere").await;
    d.approves(&asked).await;
    let token = endpoint.next().await.unwrap().json()["access_token"].as_str().unwrap().to_owned();
    let event = undelivered(&mut d).await;
    assert!(event.to_string().contains("307"), "{event}");
    assert!(!d.w.alive(&d.crm.guard, &token).await, "nobody is known to have it");
    assert!(!elsewhere.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_and_a_containment_at_once_push_nothing_that_works() {
    let (mut d, mut endpoint) = told("push").await;
    for round in 0..4 {
        let asked = ask(&d, &format!("round {round}")).await;
        let (api, agent) = (d.w.api().await, d.agent.id.clone());
        let contain = tokio::spawn(async move {
            let body = json!({"reason": "a race"});
            api.post(&format!("/api/v1/agents/{agent}/contain"), body).await.unwrap().ok().unwrap()
        });
        d.answers(&asked, "approve").await;
        contain.await.unwrap();
        let body = endpoint.next().await.unwrap().json();
        match body["access_token"].as_str() {
            Some(token) => assert!(!d.w.alive(&d.crm.guard, token).await),
            None => assert_eq!(body["error"], "transaction_failed"),
        }
        let body = json!({"reason": "next round"});
        d.w.make(&format!("/api/v1/agents/{}/release", d.agent.id), body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_told_only_where_that_is_safe_and_by_its_own_token() {
    // A server as it comes: it calls nobody in its own network.
    let mut d = Desk::open().await;
    let api = d.w.api().await;
    let made = async |settings: Value| {
        let mut body =
            json!({"name": "told", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA]});
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let answer = api.post("/api/v1/clients", body).await.unwrap();
        (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
    };
    let ping = |url: &str| json!({"backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": url});
    for url in [
        "http://agent.example/ciba",
        "https://127.0.0.1/",
        "https://[fd00::1]/",
        "https://u:p@agent.example/",
        "x",
    ] {
        assert_eq!(made(ping(url)).await, (400, "bad_backchannel_endpoint".into()), "{url}");
    }
    let missing = json!({"backchannel_token_delivery_mode": "push"});
    assert_eq!(made(missing).await, (400, "backchannel_endpoint_missing".into()));
    let fapi = json!({"fapi_ciba": true});
    assert_eq!(made(fapi).await, (400, "fapi_ciba".into()));
    let told = d.w.client(json!({"name": "is told", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA],
            "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": "https://agent.example/c"})).await;
    d.asks = told;
    for token in ["", "short", "with space with space with space"] {
        let reply = d.request(&[("client_notification_token", token)]).await;
        assert_eq!(reply.outcome(), (400, "invalid_request"), "{token}");
    }
}
