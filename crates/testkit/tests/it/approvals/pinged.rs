//! The client library at the real issuer: each outcome, whichever way it is waited for.

use std::time::Duration;

use chancery_client::{
    Access, AccessRequest, Checkout, ClientAuth, Decision, Heard, HttpOptions, Pings, Step, WaitBy, Waiting,
    Wish,
};
use chancery_testkit::{Endpoint, Kit};
use serde_json::json;

use super::{CIBA, Desk, answers};
use crate::vault::Safe;
use crate::world::{Client, World};

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

async fn library(issuer: &str, client: &Client) -> chancery_client::Client {
    let auth =
        ClientAuth::SecretBasic { client_id: client.id.clone(), secret: client.secret.as_str().into() };
    chancery_client::Client::discover(issuer, auth, HttpOptions::default()).await.unwrap()
}

async fn soon<T>(waiting: tokio::task::JoinHandle<T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap().unwrap()
}

/// How each of them is brought about.
const ENDS: [&str; 4] = ["approve", "deny", "cancel", "lapse"];

async fn ends(
    w: &mut World,
    browser: &mut chancery_testkit::Browser,
    approval: &str,
    how: &str,
    stands: i64,
) {
    match how {
        "cancel" => {
            w.make(&format!("/api/v1/approvals/{approval}/cancel"), json!({"reason": "a test"})).await;
        }
        // It is noted within a second.
        "lapse" => w.advance(stands),
        word => assert_eq!(answers(browser, approval, word).await.status, 303),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_fetched_when_the_ping_comes_also_by_an_agent_that_was_started_anew() {
    let kit = Kit::start_calling_here().await.unwrap();
    let mut d = Desk::open_on(World::on(kit).await).await;
    let mut own = Endpoint::start().await.unwrap();
    let registered = json!({"name": "pinged", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA],
        "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": own.at("/pinged")});
    d.asks = d.w.client(registered).await;
    for how in ["approve", "deny", "cancel"] {
        let asked = d.ask_with(&[("binding_message", how), ("client_notification_token", TOKEN)]).await;
        // Started anew, it has nothing but the id and its token.
        let pings = Pings::new(TOKEN.to_owned().into());
        let client = library(d.w.issuer(), &d.asks).await.pinged_by(pings.clone());
        let id = asked.id.clone();
        let waiting =
            tokio::spawn(async move { client.decision(&Waiting::resume(id.as_str().into())).await });
        ends(&mut d.w, &mut d.browser, &asked.approval, how, 0).await;
        let ping = own.next().await.unwrap();
        assert_eq!(pings.heard(Some(ping.header("authorization")), &ping.body), Heard::Rung);
        match (how, soon(waiting).await.unwrap()) {
            ("approve", Decision::Approved(tokens)) => {
                assert!(d.w.alive(&d.crm.guard, tokens.access_token.expose()).await);
            }
            ("deny", Decision::Denied) | ("cancel", Decision::Canceled) => {}
            other => panic!("{other:?}"),
        }
        d.w.advance(61);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_a_question_is_told_apart_on_a_line_and_on_a_stream() {
    for by in [WaitBy::Polling, WaitBy::Events] {
        let mut d = Desk::open().await;
        for how in ENDS {
            let asked = d.ask_with(&[("binding_message", how)]).await;
            let client = library(d.w.issuer(), &d.asks).await.waiting_by(by);
            let id = asked.id.clone();
            let waiting =
                tokio::spawn(async move { client.decision(&Waiting::resume(id.as_str().into())).await });
            ends(&mut d.w, &mut d.browser, &asked.approval, how, 301).await;
            match (how, soon(waiting).await.unwrap()) {
                ("approve", Decision::Approved(_))
                | ("deny", Decision::Denied)
                | ("cancel", Decision::Canceled)
                | ("lapse", Decision::Lapsed) => {}
                other => panic!("{by:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_a_checkout_is_told_apart_on_a_line_and_on_a_stream() {
    for by in [WaitBy::Polling, WaitBy::Events] {
        let mut s = Safe::open().await;
        let secret = s.deposit("crm", json!(null)).await;
        for how in ENDS {
            let wish = Wish::new("prod", "crm", &secret).user(&s.brandon.login).task(how);
            let client = library(s.w.issuer(), &s.agent.client).await.waiting_by(by);
            let Step::Asked(asked) = client.ask_checkout(&wish).await.unwrap() else { panic!("{how}") };
            let id = asked.id.clone();
            let waiting = tokio::spawn(async move { client.resume_checkout(&wish, &id).await });
            ends(&mut s.w, &mut s.browser, &asked.id, how, 901).await;
            match (how, soon(waiting).await.unwrap()) {
                ("approve", Checkout::Lent(_))
                | ("deny", Checkout::Denied)
                | ("cancel", Checkout::Canceled)
                | ("lapse", Checkout::Lapsed) => {}
                other => panic!("{by:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_an_access_request_is_told_apart_on_a_line_and_on_a_stream() {
    for by in [WaitBy::Polling, WaitBy::Events] {
        let mut o = super::permissions::Office::open().await;
        for how in ["deny", "cancel", "lapse", "approve"] {
            let client = library(o.d.w.issuer(), &o.d.agent.client).await.waiting_by(by);
            let wish = AccessRequest::new(&o.d.crm.id, "crm.pay", how).user(&o.d.brandon.id);
            let filed = client.file_access(&wish).await.unwrap();
            let id = filed.id.clone();
            let waiting = tokio::spawn(async move { client.resume_access(None, &id).await });
            ends(&mut o.d.w, &mut o.d.browser, &filed.id, how, 901).await;
            let expected = match how {
                "approve" => Access::Given { grant: filed.grant },
                "deny" => Access::Denied,
                "cancel" => Access::Canceled,
                _ => Access::Lapsed,
            };
            assert_eq!(soon(waiting).await.unwrap(), expected, "{by:?}, {how}");
            // After a no the same is not asked at once.
            o.d.w.advance(61);
        }
    }
}
