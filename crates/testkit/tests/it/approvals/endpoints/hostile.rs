//! An administrator of one organization who wants into the network of this server, or into the affairs of another.

use chancery_testkit::endpoint::Answer;
use chancery_testkit::{Api, Endpoint, Kit};
use serde_json::{Value, json};

use super::Room;
use crate::approvals::Desk;
use crate::walls::isolation::{second_organization, their_token};
use crate::world::World;

fn hook(address: &str) -> Value {
    json!({"name": "x", "kind": "webhook", "address": address})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_our_own_network_is_refused_when_it_is_named_and_when_its_name_leads_there() {
    // A server as it comes.
    let mut d = Desk::open().await;
    let api = d.w.api().await;
    for address in [
        "http://hooks.example/",
        "https://127.0.0.1:8443/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://u:p@hooks.example/",
        "file:///etc/passwd",
        "https://hooks.example/#x",
        "",
    ] {
        let refused = api.post("/api/v1/endpoints", hook(address)).await.unwrap();
        assert_eq!((refused.status, refused.text("code").unwrap()), (400, "bad_address"), "{address}");
    }
    // A name that stands for this machine passes as a name, and is stopped where it leads.
    let mut sink = Endpoint::start().await.unwrap();
    let port = sink.url.rsplit(':').next().unwrap().to_owned();
    let mut r = Room {
        id: d.w.make("/api/v1/endpoints", hook(&format!("https://localhost:{port}/"))).await["id"]
            .as_str()
            .unwrap()
            .to_owned(),
        secret: String::new(),
        d,
        sink: Endpoint::start().await.unwrap(),
    };
    let test = r.path("/test");
    r.d.w.make(&test, json!({})).await;
    let failed = r.last_is("test", "failed").await;
    assert!(failed["problem"].as_str().unwrap().contains("may not be called"), "{failed}");
    assert_eq!((failed["tries"].as_i64(), failed.get("status")), (Some(1), None));
    let moved = r.d.w.api().await.patch(&r.path(""), json!({"address": "https://10.0.0.1/"})).await.unwrap();
    assert_eq!((moved.status, moved.text("code").unwrap()), (400, "bad_address"));
    assert!(!sink.has_more(), "nothing left this server");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_what_an_endpoint_answers_is_shown() {
    let mut r = Room::open("webhook").await;
    r.sink.answers([Answer::Status(418)]);
    let test = r.path("/test");
    r.d.w.make(&test, json!({})).await;
    let again = r.d.w.api().await.post(&test, json!({})).await.unwrap();
    assert!(again.status == 409 || again.status == 202, "one at a time, or the first was heard already");
    r.sink.next().await.unwrap();
    let waits = r.last_is("test", "waiting").await;
    let shown: Vec<&str> = waits.as_object().unwrap().keys().map(String::as_str).collect();
    for key in shown {
        let known = ["id", "event", "state", "status", "tries", "created", "tried", "problem"];
        assert!(known.contains(&key), "{waits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_hears_nothing_of_ours_and_reaches_none_of_our_endpoints() {
    let mut r = Room::open("webhook").await;
    let other = second_organization(&r.d.w).await;
    let theirs = Api::new(r.d.w.kit.base(), Some(their_token(&r.d.w, &other).await)).unwrap();
    let mut spy = Endpoint::start().await.unwrap();
    let new = json!({"name": "spy", "kind": "webhook", "address": spy.at("/")});
    theirs.post("/api/v1/endpoints", new).await.unwrap().ok().unwrap();
    let asked = r.d.ask().await;
    assert_eq!(r.sink.next().await.unwrap().json()["data"]["approval"], json!(asked.approval));
    r.d.approves(&asked).await;
    r.sink.next().await.unwrap();
    assert!(!spy.has_more(), "another organization hears of ours");
    assert!(!theirs.get("/api/v1/endpoints").await.unwrap().body.to_string().contains(&r.id));
    for what in ["", "/deliveries"] {
        assert_eq!(theirs.get(&r.path(what)).await.unwrap().status, 404);
    }
    for what in ["/test", "/rotate"] {
        assert_eq!(theirs.post(&r.path(what), json!({})).await.unwrap().status, 404);
    }
    assert!(!r.sink.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organization_keeps_a_few_and_one_that_hangs_holds_up_nobody() {
    let mut r = Room::open("webhook").await;
    let mut slow = Endpoint::start().await.unwrap();
    slow.answers(vec![Answer::Silence; 8]);
    for n in 1..10 {
        let new = json!({"name": format!("slow {n}"), "kind": "slack", "address": slow.at(&format!("/{n}"))});
        r.d.w.make("/api/v1/endpoints", new).await;
    }
    let more = json!({"name": "one more", "kind": "slack", "address": slow.at("/x")});
    let refused = r.d.w.api().await.post("/api/v1/endpoints", more).await.unwrap();
    assert_eq!((refused.status, refused.text("code").unwrap()), (409, "too_many_endpoints"));
    let asked = r.d.ask().await;
    let told = r.sink.next().await.unwrap().json();
    assert_eq!(told["data"]["approval"], json!(asked.approval));
    slow.next().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_sees_neither_address_nor_secret_and_changes_nothing() {
    let kit = Kit::start_calling_here().await.unwrap();
    let mut r = Room::on(Desk::open_on(World::on(kit).await).await, "webhook").await;
    let (_, looks) = r.d.w.officer("looks", "endpoints.read").await;
    let shown = looks.get(&r.path("")).await.unwrap().ok().unwrap();
    assert!(!shown.body.to_string().contains("s3cret") && !shown.body.to_string().contains("whsec_"));
    assert_eq!(shown.body["origin"], json!(r.sink.url));
    assert_eq!(looks.post(&r.path("/test"), json!({})).await.unwrap().status, 403);
    assert_eq!(looks.post(&r.path("/rotate"), json!({})).await.unwrap().status, 403);
    assert_eq!(looks.delete(&r.path("")).await.unwrap().status, 403);
    let (_, nothing) = r.d.w.officer("nothing", "events.read").await;
    assert_eq!(nothing.get(&r.path("")).await.unwrap().status, 403);
    assert!(!r.sink.has_more());
}
