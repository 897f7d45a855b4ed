use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// One call with the scope it needs; `version` is what `If-Match` says.
async fn call(world: &World, line: &str, scope: &str, version: Option<&str>, body: Value) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {}", world.token(scope)))
        .header("content-type", "application/json");
    if let Some(version) = version {
        request = request.header("if-match", version);
    }
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn made(world: &World, list: &str, body: Value) -> String {
    let scope = format!("{list}.manage");
    let answer = call(world, &format!("POST /{list}"), &scope, None, body).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
    let id = answer.json().get("id").and_then(Value::as_str).unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/{list}/{id}"));
    assert_eq!(answer.header("etag"), "\"v1\"");
    id
}

fn person(login: &str) -> Value {
    json!({ "login": login, "email": format!("{login}@acme.example"), "display_name": login })
}

#[tokio::test]
async fn a_person_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let (boss, id) =
        (made(&world, "users", person("boss")).await, made(&world, "users", person("Ann")).await);
    let path = format!("/users/{id}");
    let change = json!({ "manager": boss });
    let line = format!("PATCH {path}");
    let blind = call(&world, &line, "users.manage", None, change.clone()).await;
    assert_eq!(blind.status, 428);
    let changed = call(&world, &line, "users.manage", Some("\"v1\""), change.clone()).await;
    assert_eq!((changed.header("etag"), changed.json()["manager"].as_str()), ("\"v2\"", Some(boss.as_str())));
    let late = call(&world, &line, "users.manage", Some("\"v1\""), change).await;
    assert_eq!(late.problem(), (412, "stale".into()));
    let kept = call(&world, &line, "users.manage", Some("\"v2\""), json!({ "display_name": "Ann" })).await;
    assert_eq!(
        (kept.json()["manager"].as_str(), kept.json()["login"].as_str()),
        (Some(boss.as_str()), Some("ann"))
    );
    let gone = call(&world, &line, "users.manage", Some("\"v3\""), json!({ "manager": null })).await;
    assert_eq!(gone.json()["manager"], Value::Null);
    let password = json!({ "password": "every morning the same coffee" });
    let set = call(&world, &format!("PUT {path}/password"), "users.manage", None, password).await;
    assert_eq!(set.status, 204);
    let off =
        call(&world, &format!("POST {path}/disable"), "users.manage", None, json!({ "reason": "left" }))
            .await;
    assert_eq!(off.json()["status"], "disabled");
    let on = call(&world, &format!("POST {path}/enable"), "users.manage", None, Value::Null).await;
    assert_eq!(on.json()["status"], "active");
    let gone = call(&world, &format!("DELETE {path}"), "users.manage", None, Value::Null).await;
    assert_eq!((gone.status.as_u16(), gone.bytes.len()), (204, 0));
    assert_eq!(world.get(&format!("/api/v1{path}"), "users.read").await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn lists_filter_and_refuse_what_is_no_filter() {
    let world = World::new().await;
    let (ann, _ben) =
        (made(&world, "users", person("ann")).await, made(&world, "users", person("ben")).await);
    let group = made(&world, "groups", json!({ "name": "sales" })).await;
    let member = format!("/groups/{group}/members/{ann}");
    for _ in 0..2 {
        let joined = call(&world, &format!("PUT {member}"), "groups.manage", None, Value::Null).await;
        assert_eq!(joined.status, 204);
    }
    let by_group = world.get(&format!("/api/v1/users?group={group}"), "users.read").await.json();
    assert_eq!(by_group["items"][0]["id"], ann);
    let members = world.get(&format!("/api/v1/groups/{group}/members"), "groups.read").await.json();
    assert_eq!((members["items"].as_array().unwrap().len(), &members["items"][0]["id"]), (1, &json!(ann)));
    let own = world.get(&format!("/api/v1/users/{ann}/groups"), "groups.read").await.json();
    assert_eq!(own["items"][0]["name"], "sales");
    for query in ["group=grp_1", "status=asleep", "logn=ann"] {
        let answer = world.get(&format!("/api/v1/users?{query}"), "users.read").await;
        assert_eq!(answer.problem(), (400, "invalid_query".into()), "{query}");
    }
    let left = call(&world, &format!("DELETE {member}"), "groups.manage", None, Value::Null).await;
    assert_eq!(left.status, 204);
    let again = call(&world, &format!("DELETE {member}"), "groups.manage", None, Value::Null).await;
    assert_eq!(again.problem().0, 404);
}

#[tokio::test]
async fn a_secret_is_in_one_answer_and_in_no_other() {
    let world = World::new().await;
    let new = json!({ "name": "importer", "auth": "client_secret_basic", "grants": ["client_credentials"] });
    let answer = call(&world, "POST /clients", "clients.manage", None, new).await;
    let body = answer.json();
    let (id, secret) = (body["id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    assert!(secret.starts_with("chs_"));
    let path = format!("/clients/{id}");
    let read = world.get(&format!("/api/v1{path}"), "clients.read").await;
    let text = String::from_utf8(read.bytes.clone()).unwrap();
    assert!(!text.contains(secret) && !text.contains("hash"), "{text}");
    let added = call(&world, &format!("POST {path}/secrets"), "clients.manage", None, json!({})).await;
    assert_eq!(added.status, 201);
    let name = read.json()["secrets"][0]["name"].as_str().unwrap().to_owned();
    let line = format!("DELETE {path}/secrets/{name}");
    let left = call(&world, &line, "clients.manage", None, Value::Null).await.json();
    assert_eq!(left["secrets"][0]["name"], added.json()["name"]);
    assert_eq!(call(&world, &line, "clients.manage", None, Value::Null).await.problem().0, 404);
    let keys = json!({ "keys": [] });
    let other = call(&world, &format!("PUT {path}/keys"), "clients.manage", None, keys).await;
    assert_eq!(other.problem(), (400, "other_method".into()));
}

fn crm() -> Value {
    let rule =
        |name: &str, tier: &str| json!({ "name": name, "title": name, "action": "read", "tier": tier });
    json!({
        "name": "crm", "resource": "https://crm2.example",
        "scopes": [rule("read", "auto"), rule("write", "approval")],
    })
}

#[tokio::test]
async fn an_agent_is_registered_and_activated_when_it_is_ready() {
    let world = World::new().await;
    let owner = made(&world, "users", person("owner")).await;
    let new = json!({ "name": "helper", "purpose": "help", "owners": [owner], "sponsor": owner });
    let agent = made(&world, "agents", new).await;
    let early = json!({ "stage": "active", "why": "go" });
    let stage = format!("POST /agents/{agent}/stage");
    let refused = call(&world, &stage, "agents.manage", None, early.clone()).await;
    assert_eq!(refused.problem(), (409, "agent_not_ready".into()));
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let face = json!({
        "name": "helper", "agent": agent, "auth": "private_key_jwt", "grants": ["client_credentials"], "jwks": [key],
    });
    made(&world, "clients", face).await;
    assert_eq!(call(&world, &stage, "agents.manage", None, early).await.json()["stage"], "active");
    let history = world.get(&format!("/api/v1/agents/{agent}/versions"), "agents.read").await.json();
    assert_eq!(history["items"][0]["why"], "go");
}

#[tokio::test]
async fn an_agent_is_assigned_and_connected() {
    let world = World::new().await;
    let app = made(&world, "applications", crm()).await;
    let agent = made(&world, "agents", json!({ "name": "helper", "purpose": "help" })).await;
    let assigned = json!({ "principal": agent, "application": app, "scopes": "read" });
    let assignment = made(&world, "assignments", assigned).await;
    let line = format!("PATCH /assignments/{assignment}");
    let empty = call(&world, &line, "assignments.manage", Some("\"v1\""), json!({})).await;
    assert_eq!(empty.problem(), (400, "invalid_body".into()), "leaving the scopes out widens nothing");
    let all =
        call(&world, &line, "assignments.manage", Some("\"v1\""), json!({ "scopes": null })).await.json();
    assert_eq!((&all["principal"], all.get("scopes")), (&json!(agent), None));
    let found = world.get(&format!("/api/v1/assignments?principal={agent}"), "assignments.read").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);

    let group = made(&world, "groups", json!({ "name": "approvers" })).await;
    let reach = json!({ "agent": agent, "application": app, "auto": "read", "approver": group });
    let connection = made(&world, "connections", reach).await;
    let line = format!("PATCH /connections/{connection}");
    let two = call(&world, &line, "connections.manage", Some("\"v1\""), json!({ "never": "read" })).await;
    assert_eq!(two.problem(), (400, "two_tiers".into()));
    let fine = json!({ "approver": "agent_sponsor", "longest_lifetime": 60 });
    let fine = call(&world, &line, "connections.manage", Some("\"v1\""), fine).await.json();
    assert_eq!((&fine["approver"], &fine["longest_lifetime"]), (&json!("agent_sponsor"), &json!(60)));
    let line = format!("DELETE /connections/{connection}");
    assert_eq!(call(&world, &line, "connections.manage", None, Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_change_without_its_scope_is_refused() {
    let world = World::new().await;
    let answer = call(&world, "POST /users", "users.read", None, person("ann")).await;
    assert_eq!(answer.problem(), (403, "insufficient_scope".into()));
    let strange = json!({ "login": "a", "email": "a@b.example", "display_name": "A", "admin": true });
    let answer = call(&world, "POST /users", "users.manage", None, strange).await;
    assert_eq!(answer.problem(), (400, "invalid_body".into()));
}
