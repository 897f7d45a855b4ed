use chancery_audit::{VerifierKey, VerifyOptions, verify};
use chancery_watch::checkpoints;

use crate::world::World;

#[tokio::test]
async fn the_timeline_is_paged_with_a_link_and_filters_are_checked() {
    let world = World::new().await;
    for n in 0..3 {
        world.decide(&format!("t{n}")).await;
    }
    let path = format!("/api/v1/events?subject={}&kind=token_decided&verdict=allow&limit=2", world.agent);
    let first = world.get(&path, "events.read").await;
    let body = first.json();
    assert_eq!(body["items"].as_array().unwrap().len(), 2);
    assert_eq!(body["items"][0]["data"]["jti"], "t2");
    assert_eq!(body["items"][0]["class"], "decision");
    let next = body["next"].as_str().unwrap();
    assert_eq!(first.header("link"), format!("<{path}&after={next}>; rel=\"next\""));
    let second = world.get(&format!("{path}&after={next}"), "events.read").await.json();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &serde_json::Value::Null));
    for (query, code) in [
        ("kinds=x", "invalid_query"),
        ("kind=x", "unknown_kind"),
        ("subject=x", "bad_subject"),
        ("verdict=maybe", "bad_verdict"),
        ("from=yesterday", "bad_time"),
        ("limit=0", "bad_limit"),
        ("after=x", "bad_cursor"),
        ("after=%00", "bad_cursor"),
    ] {
        let answer = world.get(&format!("/api/v1/events?{query}"), "events.read").await;
        assert_eq!(answer.problem(), (400, code.into()), "{query}");
    }
}

#[tokio::test]
async fn an_event_is_read_and_explained_with_its_proof() {
    let world = World::new().await;
    world.decide("t1").await;
    checkpoints::tick(&world.platform, [world.org]).await.unwrap();
    let list = world.get("/api/v1/events?limit=1", "events.read").await.json();
    let id = list["items"][0]["id"].as_str().unwrap();
    let event = world.get(&format!("/api/v1/events/{id}"), "events.read").await.json();
    assert_eq!(event, list["items"][0]);
    let told = world.get(&format!("/api/v1/events/{id}/explain"), "events.read").await.json();
    assert_eq!(told["event"], event);
    assert_eq!(told["evidence"].as_array().unwrap().len(), 7);
    assert!(told["proof"]["checkpoint"].as_str().unwrap().starts_with("id.example/log/"));
    assert_eq!(world.get("/api/v1/events/evt_1/explain", "events.read").await.problem().0, 404);
}

#[tokio::test]
async fn the_export_streams_and_verifies() {
    let world = World::new().await;
    for n in 0..3 {
        world.decide(&format!("t{n}")).await;
    }
    let export = world.get("/api/v1/events/export", "events.read").await;
    assert_eq!(export.header("content-type"), "application/octet-stream");
    assert!(export.header("content-disposition").ends_with(&format!("{}.chlog\"", world.org)));
    let key = VerifierKey::of(world.platform.vault.log_signer()).unwrap();
    let options = VerifyOptions { trusted_key: Some(key), ..VerifyOptions::default() };
    let report = verify(export.bytes.as_slice(), options).unwrap();
    // The export is the last entry of itself.
    assert_eq!((report.entries, report.org), (7, world.org));
}
