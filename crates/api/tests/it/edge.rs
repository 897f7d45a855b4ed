use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn every_answer_has_a_request_id_and_careful_headers() {
    let world = World::new().await;
    let request = Request::get("/healthz").header("x-request-id", "mine").body(Body::empty()).unwrap();
    let answer = world.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "ok" })));
    assert!(answer.header("x-request-id").starts_with("rqt_"), "callers do not choose it");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(answer.header(name), value);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_too() {
    let world = World::new().await;
    let answer = world.send(Request::get("/api/v1/nothing").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (404, "not_found".into()));
    let answer = world.send(Request::delete("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (405, "method_not_allowed".into()));
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn bodies_are_bounded_typed_and_refused_by_name() {
    let world = World::new().await;
    let path = format!("/api/v1/agents/{}/contain", world.agent);
    let send = |kind: &'static str, body: Vec<u8>| {
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {}", world.token("agents.manage")))
            .header("content-type", kind);
        world.send(request.body(Body::from(body)).unwrap())
    };
    let form = send("application/x-www-form-urlencoded", b"reason=x".to_vec()).await;
    assert_eq!(form.problem(), (415, "unsupported_media_type".into()));
    let large = send("application/json", vec![b' '; 256 * 1024 + 1]).await;
    assert_eq!(large.problem(), (413, "body_too_large".into()));
    let strange = send("application/json", br#"{"reason":"x","force":true}"#.to_vec()).await;
    assert_eq!(strange.problem(), (400, "invalid_body".into()));
    assert!(strange.json()["detail"].as_str().unwrap().contains("`force`"));
    let broken = send("application/json", b"{\"reason\":\"\xff\"}".to_vec()).await;
    assert_eq!(broken.problem(), (400, "invalid_json".into()));
}

#[tokio::test]
async fn operations_answer_without_a_token() {
    let world = World::new().await;
    let get = |path: &'static str| world.send(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(get("/readyz").await.json(), json!({ "status": "ok" }));
    get("/no/such/path").await;
    let metrics = |address: Option<&str>| {
        let mut request = Request::get("/metrics").body(Body::empty()).unwrap();
        if let Some(address) = address {
            request.extensions_mut().insert(chancery_api::ClientAddress(address.parse().unwrap()));
        }
        world.send(request)
    };
    for stranger in [None, Some("192.0.2.1")] {
        assert_eq!(metrics(stranger).await.problem(), (404, "not_found".into()));
    }
    let metrics = metrics(Some("127.0.0.1")).await;
    let text = String::from_utf8(metrics.bytes).unwrap();
    for line in [
        "chancery_requests_total{route=\"/readyz\",method=\"GET\",status=\"200\"} 1\n",
        "chancery_requests_total{route=\"(none)\",method=\"GET\",status=\"404\"} 1\n",
        "# TYPE chancery_log_entries_total counter\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains(&world.org.to_string()));
    let document = get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let resource = get(chancery_api::routes::operations::resource::PATH).await;
    assert_eq!(resource.header("access-control-allow-origin"), "*");
    let metadata = resource.json();
    assert_eq!(metadata["resource"], "https://id.example/api/v1");
    assert_eq!(metadata["authorization_servers"][0], "https://id.example");
}

#[tokio::test]
async fn programs_of_any_origin_may_ask_for_metadata_and_preflights_are_answered() {
    let world = World::new().await;
    let answer = world
        .send(
            Request::get("/oauth2/keys").header("origin", "https://app.example").body(Body::empty()).unwrap(),
        )
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let preflight = Request::options("/oauth2/token")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST");
    let answer = world.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-methods")), (204, "GET, POST"));
    let answer = world.send(Request::get("/api/v1/events").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "", "the management API is nobody else's");
}
