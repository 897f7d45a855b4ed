use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_agent_is_contained_once_released_and_its_tokens_die() {
    let world = World::new().await;
    let pos = world.decide("t1").await;
    let tokens = format!("/api/v1/agents/{}/tokens", world.agent);
    let live = world.get(&tokens, "agents.read").await.json();
    assert_eq!((live["items"][0]["jti"].as_str(), live["items"][0]["pos"].as_i64()), (Some("t1"), Some(pos)));
    let contain = format!("/api/v1/agents/{}/contain", world.agent);
    let first = world.post(&contain, "agents.manage", json!({ "reason": "it reads too much" })).await;
    assert_eq!(first.status, 200);
    let body = first.json();
    assert!(body["incident"].as_str().unwrap().starts_with("inc_") && body["pos"].as_i64().unwrap() > pos);
    assert_eq!(world.get(&tokens, "agents.read").await.json()["items"], json!([]));
    let second = world.post(&contain, "agents.manage", json!({ "reason": "again" })).await;
    assert_eq!(second.problem(), (409, "already_contained".into()));
    let release = format!("/api/v1/agents/{}/release", world.agent);
    let released = world.post(&release, "agents.manage", json!({ "reason": "mended" })).await.json();
    assert_eq!(released["incident"], body["incident"]);
    let silent = world.post(&contain, "agents.manage", json!({ "reason": " " })).await;
    assert_eq!(silent.problem(), (400, "reason_missing".into()));
}

#[tokio::test]
async fn runs_are_listed_and_unknown_ones_do_not_exist() {
    let world = World::new().await;
    let list = world.get(&format!("/api/v1/agents/{}/runs?limit=3", world.agent), "runs.read").await;
    assert_eq!(list.json(), json!({ "items": [] }));
    let run = "run_00000000000000000000000000";
    assert_eq!(world.get(&format!("/api/v1/runs/{run}"), "runs.read").await.problem().0, 404);
    let stop = world.post(&format!("/api/v1/runs/{run}/stop"), "runs.manage", json!({ "reason": "x" })).await;
    assert_eq!(stop.problem().0, 404);
}
