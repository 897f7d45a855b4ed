//! Waiting on an event stream: for whoever would rather be told than ask.

use chancery_client::{Access, Checkout, ClientAuth, Decision, HttpOptions, Step, WaitBy, Waiting, Wish};
use chancery_testkit::Kit;
use serde_json::json;

use super::{Asked, CIBA, Desk, answers};
use crate::vault::{CANARY, Safe};
use crate::world::{Client, Reply, World};

async fn by_events(issuer: &str, client: &Client) -> chancery_client::Client {
    let auth =
        ClientAuth::SecretBasic { client_id: client.id.clone(), secret: client.secret.as_str().into() };
    let client = chancery_client::Client::discover(issuer, auth, HttpOptions::default()).await.unwrap();
    client.waiting_by(WaitBy::Events)
}

/// An open line; read to its end by itself.
async fn line(d: &Desk, client: &Client, asked: &Asked) -> reqwest::Response {
    let form = client.with(&[("grant_type", CIBA), ("auth_req_id", &asked.id)]);
    d.w.http.post(d.w.kit.url("/oauth2/bc-wait")).form(&form).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_how_it_came_out_and_gives_nothing_out() {
    let mut d = Desk::open().await;
    for (word, state, fetched) in
        [("approve", "approved", (200, "")), ("deny", "denied", (400, "access_denied"))]
    {
        let asked = d.ask_with(&[("binding_message", word)]).await;
        let mut open = line(&d, &d.asks.clone(), &asked).await;
        assert_eq!(open.headers()["content-type"], "text/event-stream");
        assert_eq!(open.chunk().await.unwrap().unwrap().as_ref(), b": waiting\n\n");
        d.answers(&asked, word).await;
        let rest = open.text().await.unwrap();
        assert_eq!(rest, format!("event: outcome\ndata: {{\"state\":\"{state}\"}}\n\n"));
        assert_eq!(d.poll(&asked).await.outcome(), fetched);
    }
    let canceled = d.ask_with(&[("binding_message", "canceled")]).await;
    let open = line(&d, &d.asks.clone(), &canceled).await;
    d.w.make(&format!("/api/v1/approvals/{}/cancel", canceled.approval), json!({"reason": "a test"})).await;
    assert!(open.text().await.unwrap().ends_with("{\"state\":\"canceled\"}\n\n"));
    let lapsed = d.ask_with(&[("binding_message", "lapsed")]).await;
    let open = line(&d, &d.asks.clone(), &lapsed).await;
    d.w.advance(400);
    assert!(open.text().await.unwrap().ends_with("{\"state\":\"expired\"}\n\n"));
    let known = line(&d, &d.asks.clone(), &lapsed).await.text().await.unwrap();
    assert!(known.starts_with("event: outcome"), "what is over is told at once: {known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_the_clients_own_and_nobody_opens_them_without_pause() {
    let mut d = Desk::open().await;
    let thief =
        json!({"name": "thief", "agent": d.agent.id, "auth": "client_secret_basic", "grants": [CIBA]});
    let thief = d.w.client(thief).await;
    let asked = d.ask().await;
    let read = async |d: &Desk, client: &Client| Reply::read(line(d, client, &asked).await).await;
    assert_eq!(read(&d, &thief).await.outcome(), (400, "invalid_grant"));
    assert_eq!(read(&d, &d.agent.client.clone()).await.outcome(), (400, "unauthorized_client"));
    let wrong = Client { secret: format!("{}x", d.asks.secret), ..d.asks.clone() };
    assert_eq!(read(&d, &wrong).await.outcome(), (401, "invalid_client"));
    let _open = line(&d, &d.asks.clone(), &asked).await;
    let again = read(&d, &d.asks.clone()).await;
    assert_eq!((again.outcome(), again.body["interval"].as_i64()), ((400, "slow_down"), Some(10)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_started_anew_goes_on_by_the_id() {
    let mut d = Desk::open().await;
    let (yes, no) = (d.ask().await, d.ask_with(&[("binding_message", "And this?")]).await);
    let first = by_events(d.w.issuer(), &d.asks).await;
    let id = yes.id.clone();
    let running = tokio::spawn(async move { first.decision(&Waiting::resume(id.as_str().into())).await });
    tokio::task::yield_now().await;
    running.abort();
    drop(running.await);
    d.w.advance(5);
    let again = by_events(d.w.issuer(), &d.asks).await;
    let (client, id) = (again.clone(), yes.id.clone());
    let waiting = tokio::spawn(async move { client.decision(&Waiting::resume(id.as_str().into())).await });
    d.approves(&yes).await;
    assert!(matches!(waiting.await.unwrap().unwrap(), Decision::Approved(_)));
    d.answers(&no, "deny").await;
    assert!(matches!(again.decision(&Waiting::resume(no.id.as_str().into())).await, Ok(Decision::Denied)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_started_anew_is_waited_for() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let kit = Kit::start_with(|config| {
        config.listen.address = free;
        config.listen.drain = 1;
    });
    let mut d = Desk::open_on(World::on(kit.await.unwrap()).await).await;
    let asked = d.ask().await;
    let client = by_events(d.w.issuer(), &d.asks).await;
    let id = asked.id.clone();
    let waiting = tokio::spawn(async move { client.decision(&Waiting::resume(id.as_str().into())).await });
    d.w = d.w.again().await;
    // Cookies of the person outlive it.
    let page = answers(&mut d.browser, &asked.approval, "approve").await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(matches!(waiting.await.unwrap().unwrap(), Decision::Approved(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_and_secrets_are_waited_for_on_lines_too() {
    let mut s = Safe::open().await;
    let secret = s.deposit("crm", json!(null)).await;
    let client = by_events(s.w.issuer(), &s.agent.client).await;
    let wish = Wish::new("prod", "crm", &secret).user(&s.brandon.login).task("Look at the deals");
    let Step::Asked(asked) = client.ask_checkout(&wish).await.unwrap() else { panic!("a person is asked") };
    let (waits, id, again) = (wish.clone(), asked.id.clone(), client.clone());
    let waiting = tokio::spawn(async move { again.resume_checkout(&waits, &id).await });
    s.answer(&asked.id, "approve").await;
    let Checkout::Lent(lent) = waiting.await.unwrap().unwrap() else { panic!("it is lent") };
    assert_eq!(lent.value["key"].expose(), CANARY);
    let api = s.w.management();
    let agent = s.agent.id.clone();
    for held in
        s.w.read(&format!("/api/v1/assignments?principal={agent}")).await["items"].as_array().unwrap().clone()
    {
        if held["application"] == json!(api.id) {
            s.w.delete(&format!("/api/v1/assignments/{}", held["id"].as_str().unwrap())).await;
        }
    }
    s.w.assign(&agent, &api, Some("requests.read requests.manage secrets.reveal")).await;
    let wish =
        chancery_client::AccessRequest::new(&s.crm.id, "crm.pay", "Pay the invoice").user(&s.brandon.id);
    for (word, given) in [("approve", true), ("deny", false)] {
        let wish = wish.clone().lifetime(std::time::Duration::from_secs(if given { 600 } else { 700 }));
        let filed = client.file_access(&wish).await.unwrap();
        let (again, id) = (client.clone(), filed.id.clone());
        let waiting = tokio::spawn(async move { again.resume_access(None, &id).await });
        s.answer(&filed.id, word).await;
        let access = waiting.await.unwrap().unwrap();
        assert_eq!(access, if given { Access::Given { grant: filed.grant } } else { Access::Denied });
        if given {
            s.w.advance(601);
        }
    }
}
