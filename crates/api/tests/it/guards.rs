use axum::body::Body;
use http::Request;
use serde_json::json;
use tower::ServiceExt;

use crate::world::World;

#[tokio::test]
async fn the_feed_streams_a_snapshot_at_once_and_ends_when_the_server_does() {
    let world = World::new().await;
    let request =
        Request::get("/revocations").header("authorization", format!("Bearer {}", world.token("marks.read")));
    let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    world.feed.close();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert!(bytes.starts_with(b"event: snapshot\ndata: eyJ"));
    assert!(bytes.ends_with(b"\n\n"));
}

#[tokio::test]
async fn the_feed_needs_its_scope() {
    let world = World::new().await;
    assert_eq!(world.get("/revocations", "events.read").await.problem(), (403, "insufficient_scope".into()));
}

#[tokio::test]
async fn a_guard_reports_in_the_form_it_sends() {
    let world = World::new().await;
    let pos = world.decide("t1").await;
    let of = |jti: &str| {
        json!({
            "jti": jti, "pos": pos, "org_id": world.org, "audience": "https://crm.example", "method": "GET",
            "path": "/contacts", "status": 200, "decision": "allow", "reason": "", "at": 1_790_000_000_000_u64,
        })
    };
    let body = json!({ "outcomes": [of("t1"), of("t2")] });
    let answer = world.post("/api/v1/outcomes", "outcomes.manage", body).await;
    assert_eq!(answer.json(), json!({ "recorded": 1, "refused": [1] }));
    let log = world.get("/api/v1/events?kind=token_used", "events.read").await.json();
    assert_eq!(log["items"][0]["data"]["path"], "/contacts");
    assert_eq!(log["items"][0]["data"]["evidence"]["outcome"], "let through, answered 200");
}

#[tokio::test]
async fn a_server_that_cannot_know_what_was_revoked_vouches_for_no_token() {
    let world = World::cut_off().await;
    for path in ["/revocations", "/api/v1/events"] {
        let answer = world.get(path, "marks.read events.read").await;
        assert_eq!(answer.problem(), (503, "cut_off".into()), "{path}");
        assert_eq!(answer.header("retry-after"), "1");
    }
    let ask = |path: &str, body: &'static str| {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        world.send(request.body(Body::from(body)).unwrap())
    };
    let answer = ask("/oauth2/introspect", "token=x").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["error"].clone()),
        (503, json!("temporarily_unavailable"))
    );
    let userinfo = Request::get("/oauth2/userinfo")
        .header("authorization", format!("Bearer {}", world.token_for("https://id.example", "openid")));
    assert_eq!(world.send(userinfo.body(Body::empty()).unwrap()).await.status, 503);
    assert_eq!(world.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.status, 503);
}
