//! The stream of news.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use chancery_audit::Verdict;
use futures_util::StreamExt;
use http::Request;
use tokio::time::timeout;

use crate::world::World;

async fn heard(stream: &mut BodyDataStream) -> Option<String> {
    let some = timeout(Duration::from_secs(5), stream.next()).await.expect("news within the bound");
    some.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn news_of_ones_own_organization_arrive_and_say_nothing_more() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    let (their_agent, their_app) = (world.other.agent("theirs").await, world.other.app("Theirs").await);
    let mut admin = world.admin().await;
    let answer = admin.send(Request::get("/console/live"), Body::empty()).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut stream = answer.into_body().into_data_stream();
    world.other.decide(&their_agent, &their_app, Verdict::Deny).await;
    assert!(timeout(Duration::from_millis(200), stream.next()).await.is_err(), "others' news are not ours");
    for _ in 0..20 {
        world.corp.decide(&agent, &app, Verdict::Allow).await;
    }
    assert_eq!(heard(&mut stream).await.unwrap(), "event: changed\ndata: 1\n\n");
}

#[tokio::test]
async fn the_stream_ends_with_the_session() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let answer = admin.send(Request::get("/console/live"), Body::empty()).await;
    let mut stream = answer.into_body().into_data_stream();
    assert_eq!(admin.submit("/console", "/log-out", &[]).await.status, 303);
    assert_eq!(heard(&mut stream).await, None);
}
