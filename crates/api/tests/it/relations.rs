//! The relationship API as OpenFGA's clients meet it.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const ALL: &str = "relations.read relations.write relations.manage";

/// A world with one store that has a model.
pub struct Drive {
    pub world: World,
    pub store: String,
    pub model: String,
    pub token: String,
}

fn drive() -> Value {
    let direct = |types: Value| json!({ "directly_related_user_types": types });
    json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            { "type": "group", "relations": { "member": { "this": {} } },
              "metadata": { "relations": { "member": direct(json!([{ "type": "user" }, { "type": "group", "relation": "member" }])) } } },
            { "type": "document",
              "relations": {
                  "owner": { "this": {} },
                  "blocked": { "this": {} },
                  "viewer": { "union": { "child": [{ "this": {} }, { "computedUserset": { "relation": "owner" } }] } },
                  "can_read": { "difference": { "base": { "computedUserset": { "relation": "viewer" } },
                      "subtract": { "computedUserset": { "relation": "blocked" } } } },
              },
              "metadata": { "relations": {
                  "owner": direct(json!([{ "type": "user" }])),
                  "blocked": direct(json!([{ "type": "user" }])),
                  "viewer": direct(json!([{ "type": "user" }, { "type": "user", "wildcard": {} },
                      { "type": "group", "relation": "member" }, { "type": "user", "condition": "in_time" }])),
              } } },
        ],
        "conditions": { "in_time": { "name": "in_time", "expression": "now < until",
            "parameters": { "now": { "type_name": "TYPE_NAME_TIMESTAMP" }, "until": { "type_name": "TYPE_NAME_TIMESTAMP" } } } },
    })
}

pub fn tuple(object: &str, relation: &str, user: &str) -> Value {
    json!({ "user": user, "relation": relation, "object": object })
}

impl Drive {
    pub async fn new() -> Self {
        let world = World::new().await;
        let token = world.token(ALL);
        let mut drive = Self { world, store: String::new(), model: String::new(), token };
        drive.store = drive.make("drive").await;
        let path = format!("/fga/stores/{}/authorization-models", drive.store);
        let answer = drive.send("POST", &path, self::drive()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        drive.model = answer.json()["authorization_model_id"].as_str().unwrap().to_owned();
        drive
    }

    pub async fn make(&self, name: &str) -> String {
        let answer = self.send("POST", "/fga/stores", json!({ "name": name })).await;
        assert_eq!(answer.status, 201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// With the administrator's token.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_as(&self.token, method, path, body).await
    }

    pub async fn send_as(&self, bearer: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {bearer}"))
            .header("content-type", "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.world.send(request.body(body).unwrap()).await
    }

    /// Asks the store.
    pub async fn ask(&self, what: &str, body: Value) -> Answer {
        self.send("POST", &format!("/fga/stores/{}/{what}", self.store), body).await
    }

    pub async fn write(&self, tuples: Value) -> Answer {
        self.ask("write", json!({ "writes": { "tuple_keys": tuples } })).await
    }

    pub async fn delete(&self, tuples: Value) -> Answer {
        self.ask("write", json!({ "deletes": { "tuple_keys": tuples } })).await
    }

    pub async fn allowed(&self, object: &str, relation: &str, user: &str) -> bool {
        let answer = self.ask("check", json!({ "tuple_key": tuple(object, relation, user) })).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["allowed"].as_bool().unwrap()
    }

    pub async fn key(&self, level: &str) -> String {
        let path = format!("/fga/stores/{}/keys", self.store);
        let answer = self.send("POST", &path, json!({ "name": level, "level": level })).await;
        assert_eq!(answer.status, 201);
        answer.json()["key"].as_str().unwrap().to_owned()
    }
}

/// Status, code and message of an error.
pub fn error(answer: &Answer) -> (u16, String, String) {
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (answer.status.as_u16(), text("code"), text("message"))
}

pub fn code(answer: &Answer) -> (u16, String) {
    let (status, code, _) = error(answer);
    (status, code)
}

#[tokio::test]
async fn what_is_written_is_answered_and_what_is_deleted_is_not() {
    let drive = Drive::new().await;
    let written = drive
        .write(json!([
            tuple("document:plan", "viewer", "group:eng#member"),
            tuple("group:eng", "member", "user:anne")
        ]))
        .await;
    assert_eq!((written.status.as_u16(), written.json()), (200, json!({})));
    assert_eq!(written.header("openfga-store-id"), drive.store);
    assert_eq!(written.header("openfga-authorization-model-id"), drive.model);
    // The model was the first write.
    assert_eq!(written.header("chancery-version"), "2");
    assert!(drive.allowed("document:plan", "can_read", "user:anne").await);
    assert!(!drive.allowed("document:plan", "can_read", "user:bob").await);
    drive.write(json!([tuple("document:plan", "blocked", "user:anne")])).await;
    assert!(!drive.allowed("document:plan", "can_read", "user:anne").await);
    drive.delete(json!([tuple("document:plan", "blocked", "user:anne")])).await;
    assert!(drive.allowed("document:plan", "can_read", "user:anne").await);
    let log = drive.world.get("/api/v1/events?kind=tuples_written", "events.read").await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 3, "one line for each request");
    let first = &log["items"][2]["data"];
    assert_eq!((&first["writes"], &first["deletes"], &first["version"]), (&json!(2), &json!(0), &json!(2)));
}

#[tokio::test]
async fn a_write_is_whole_or_not_at_all_and_says_why_in_openfgas_words() {
    let drive = Drive::new().await;
    drive.write(json!([tuple("document:1", "owner", "user:a")])).await;
    let twice = drive
        .write(json!([tuple("document:2", "owner", "user:a"), tuple("document:1", "owner", "user:a")]))
        .await;
    let (status, code, message) = error(&twice);
    assert_eq!((status, code.as_str()), (400, "write_failed_due_to_invalid_input"));
    assert_eq!(
        message,
        "cannot write a tuple which already exists: user: 'user:a', relation: 'owner', object: 'document:1': tuple to \
         be written already existed or the tuple to be deleted did not exist"
    );
    assert!(!drive.allowed("document:2", "owner", "user:a").await, "nothing of it stands");
    let missing = drive.delete(json!([tuple("document:9", "owner", "user:a")])).await;
    assert_eq!(self::code(&missing), (400, "write_failed_due_to_invalid_input".into()));
    assert_eq!(self::code(&drive.ask("write", json!({})).await), (400, "invalid_write_input".into()));
    let same = json!({ "writes": { "tuple_keys": [tuple("document:3", "owner", "user:a")] },
        "deletes": { "tuple_keys": [tuple("document:3", "owner", "user:a")] } });
    let same = drive.ask("write", same).await;
    assert_eq!(self::code(&same), (400, "cannot_allow_duplicate_tuples_in_one_request".into()));
    let many: Vec<Value> = (0..101).map(|n| tuple(&format!("document:{n}"), "owner", "user:x")).collect();
    let (status, code, message) = error(&drive.write(json!(many)).await);
    assert_eq!((status, code.as_str()), (400, "exceeded_entity_limit"));
    assert_eq!(message, "The number of write operations exceeds the allowed limit of 100");
    for (bad, why) in [
        (
            tuple("document:1", "owner", "group:x"),
            "type 'group' is not an allowed type restriction for 'document#owner'",
        ),
        (tuple("folder:1", "owner", "user:x"), "type 'folder' not found"),
        (tuple("document:1", "editor", "user:x"), "relation 'document#editor' not found"),
    ] {
        let (status, code, message) = error(&drive.write(json!([bad])).await);
        assert_eq!((status, code.as_str()), (400, "validation_error"));
        assert!(message.ends_with(&format!("Reason: {why}")), "{message}");
    }
}

#[tokio::test]
async fn what_stands_already_may_be_ignored_and_another_condition_never() {
    let drive = Drive::new().await;
    let conditional = |until: &str| {
        let mut tuple = tuple("document:1", "viewer", "user:a");
        tuple["condition"] = json!({ "name": "in_time", "context": { "until": until } });
        tuple
    };
    let ignoring = |tuple: Value| json!({ "writes": { "tuple_keys": [tuple], "on_duplicate": "ignore" } });
    for _ in 0..2 {
        let answer = drive.ask("write", ignoring(conditional("2027-01-01T00:00:00Z"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("chancery-version")), (200, "2"));
    }
    let other = drive.ask("write", ignoring(conditional("2028-01-01T00:00:00Z"))).await;
    assert_eq!(code(&other), (409, "Aborted".into()));
    // In the other spelling, and of what is not there.
    let gone = json!({ "deletes": { "tupleKeys": [tuple("document:2", "owner", "user:a")], "onMissing": "ignore" } });
    assert_eq!(drive.ask("write", gone).await.status, 200);
    let odd = json!({ "deletes": { "tuple_keys": [tuple("document:2", "owner", "user:a")], "on_missing": "shrug" } });
    let (_, code, message) = error(&drive.ask("write", odd).await);
    assert_eq!((code.as_str(), message.as_str()), ("validation_error", "invalid on_missing option: shrug"));
    let changes =
        drive.send("GET", &format!("/fga/stores/{}/changes", drive.store), Value::Null).await.json();
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1, "what changed nothing is no change");
}

#[tokio::test]
async fn changes_come_in_order_page_by_page_and_then_the_same_token() {
    let drive = Drive::new().await;
    drive
        .write(json!([
            tuple("document:1", "owner", "user:a"),
            tuple("group:1", "member", "user:a"),
            tuple("document:2", "owner", "user:a")
        ]))
        .await;
    drive.delete(json!([tuple("document:1", "owner", "user:a")])).await;
    let page = async |query: &str| {
        drive.send("GET", &format!("/fga/stores/{}/changes?{query}", drive.store), Value::Null).await
    };
    let mut token = String::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let body = page(&format!("page_size=2&continuation_token={token}")).await.json();
        for change in body["changes"].as_array().unwrap() {
            seen.push(format!(
                "{} {}",
                change["operation"].as_str().unwrap(),
                change["tuple_key"]["object"].as_str().unwrap()
            ));
        }
        token = body["continuation_token"].as_str().unwrap().to_owned();
    }
    let wrote = |object: &str| format!("TUPLE_OPERATION_WRITE {object}");
    assert_eq!(
        seen,
        [
            wrote("document:1"),
            wrote("group:1"),
            wrote("document:2"),
            "TUPLE_OPERATION_DELETE document:1".into()
        ]
    );
    let again = page(&format!("continuation_token={token}")).await.json();
    assert_eq!(again, json!({ "changes": [], "continuation_token": token }));
    drive.write(json!([tuple("document:5", "owner", "user:a")])).await;
    let more = page(&format!("continuation_token={token}")).await.json();
    assert_eq!(more["changes"][0]["tuple_key"]["object"], "document:5");
    // Of one type only; the token keeps to it.
    let groups = page("type=group").await.json();
    assert_eq!(groups["changes"].as_array().unwrap().len(), 1);
    let token = groups["continuation_token"].as_str().unwrap();
    let other = page(&format!("type=document&continuation_token={token}")).await;
    assert_eq!(code(&other), (400, "query_string_type_continuation_token_mismatch".into()));
    assert_eq!(code(&page("continuation_token=rubbish").await), (400, "invalid_continuation_token".into()));
    assert_eq!(
        code(&page("continuation_token=rubbish!").await),
        (400, "validation_error".into()),
        "its spelling"
    );
    let now = drive.world.now();
    let later = drive
        .send("GET", &format!("/fga/stores/{}/changes?start_time={now}", drive.store), Value::Null)
        .await;
    assert_eq!(later.json()["changes"].as_array().unwrap().len(), 5);
    assert_eq!(code(&page("start_time=2099-01-01T00:00:00Z").await), (400, "validation_error".into()));
}

#[tokio::test]
async fn tuples_are_read_back_by_object_and_by_user() {
    let drive = Drive::new().await;
    let all: Vec<Value> =
        (0..7).map(|n| tuple(&format!("document:{n}"), "owner", &format!("user:{}", n % 2))).collect();
    drive.write(json!(all)).await;
    let read = async |body: Value| drive.ask("read", body).await;
    let by_object = read(json!({ "tuple_key": { "object": "document:3" } })).await.json();
    let key = &by_object["tuples"][0]["key"];
    assert_eq!(
        key,
        &json!({ "user": "user:1", "relation": "owner", "object": "document:3", "condition": null })
    );
    assert_eq!(by_object["continuation_token"], "");
    let by_user = read(json!({ "tuple_key": { "object": "document:", "user": "user:0" } })).await.json();
    assert_eq!(by_user["tuples"].as_array().unwrap().len(), 4);
    let mut seen = std::collections::BTreeSet::new();
    let mut token = String::new();
    loop {
        let page = read(json!({ "page_size": 3, "continuation_token": token })).await.json();
        for one in page["tuples"].as_array().unwrap() {
            assert!(seen.insert(one["key"]["object"].as_str().unwrap().to_owned()), "read twice");
        }
        token = page["continuation_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    for bad in [json!({ "relation": "owner" }), json!({ "object": "document:" }), json!({ "user": "user:1" })]
    {
        assert_eq!(code(&read(json!({ "tuple_key": bad })).await), (400, "validation_error".into()));
    }
    assert_eq!(code(&read(json!({ "page_size": 101 })).await), (400, "page_size_invalid".into()));
}

#[tokio::test]
async fn lists_say_whether_they_are_complete() {
    let drive = Drive::new().await;
    drive
        .write(json!([
            tuple("document:1", "viewer", "user:*"),
            tuple("document:2", "owner", "user:a"),
            tuple("document:3", "viewer", "group:g#member"),
            tuple("group:g", "member", "user:a"),
            tuple("document:1", "blocked", "user:b")
        ]))
        .await;
    let listed = drive
        .ask("list-objects", json!({ "type": "document", "relation": "can_read", "user": "user:a" }))
        .await
        .json();
    let mut objects: Vec<&str> =
        listed["objects"].as_array().unwrap().iter().map(|o| o.as_str().unwrap()).collect();
    objects.sort_unstable();
    assert_eq!(
        (objects, &listed["complete"]),
        (vec!["document:1", "document:2", "document:3"], &json!(true))
    );
    let streamed = drive
        .ask("streamed-list-objects", json!({ "type": "document", "relation": "can_read", "user": "user:b" }))
        .await;
    assert_eq!(String::from_utf8(streamed.bytes.clone()).unwrap(), "");
    let streamed = drive
        .ask("streamed-list-objects", json!({ "type": "document", "relation": "owner", "user": "user:a" }))
        .await;
    assert_eq!(
        String::from_utf8(streamed.bytes.clone()).unwrap(),
        "{\"result\":{\"object\":\"document:2\"}}\n"
    );
    let users = drive
        .ask("list-users", json!({ "object": { "type": "document", "id": "1" }, "relation": "viewer", "user_filters": [{ "type": "user" }] }))
        .await;
    assert_eq!(users.json(), json!({ "users": [{ "wildcard": { "type": "user" } }], "complete": true }));
    let sets = drive
        .ask("list-users", json!({ "object": { "type": "document", "id": "3" }, "relation": "viewer", "userFilters": [{ "type": "group", "relation": "member" }] }))
        .await;
    assert_eq!(
        sets.json()["users"],
        json!([{ "userset": { "type": "group", "id": "g", "relation": "member" } }])
    );
    let unknown =
        drive.ask("list-objects", json!({ "type": "folder", "relation": "x", "user": "user:a" })).await;
    assert_eq!(code(&unknown), (400, "type_not_found".into()));
    let unknown =
        drive.ask("list-objects", json!({ "type": "document", "relation": "x", "user": "user:a" })).await;
    assert_eq!(code(&unknown), (400, "relation_not_found".into()));
    let none = drive
        .ask("list-users", json!({ "object": { "type": "document", "id": "1" }, "relation": "viewer" }))
        .await;
    assert_eq!(code(&none), (400, "validation_error".into()));
}

#[tokio::test]
async fn a_batch_answers_each_of_its_questions() {
    let drive = Drive::new().await;
    drive.write(json!([tuple("document:1", "owner", "user:a")])).await;
    let item = |id: &str, key: Value| json!({ "tuple_key": key, "correlation_id": id });
    let batch = json!({ "checks": [
        item("yes", tuple("document:1", "viewer", "user:a")),
        item("no", tuple("document:1", "viewer", "user:b")),
        item("odd", tuple("document:1", "edits", "user:b")),
        { "tuple_key": tuple("document:1", "viewer", "user:b"), "correlationId": "given",
          "contextual_tuples": { "tuple_keys": [tuple("document:1", "viewer", "user:b")] } },
    ] });
    let answer = drive.ask("batch-check", batch).await.json();
    assert_eq!(answer["result"]["yes"], json!({ "allowed": true }));
    assert_eq!(answer["result"]["no"], json!({ "allowed": false }));
    assert_eq!(answer["result"]["given"], json!({ "allowed": true }));
    assert_eq!(answer["result"]["odd"]["error"]["input_error"], "validation_error");
    let refused =
        async |checks: Vec<Value>| error(&drive.ask("batch-check", json!({ "checks": checks })).await);
    let key = || tuple("document:1", "viewer", "user:a");
    let (_, _, message) = refused((0..51).map(|n| item(&n.to_string(), key())).collect()).await;
    assert_eq!(message, "batchCheck received 51 checks, the maximum allowed is 50");
    assert!(refused(vec![item("a", key()), item("a", key())]).await.2.contains("duplicate correlation id"));
    assert!(refused(vec![item("a b", key())]).await.2.contains("CorrelationId"));
    assert_eq!(refused(Vec::new()).await.0, 400);
}

#[tokio::test]
async fn conditions_take_what_the_request_brings() {
    let drive = Drive::new().await;
    let mut timed = tuple("document:1", "viewer", "user:a");
    timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
    assert_eq!(drive.write(json!([timed])).await.status, 200);
    let check = async |context: Value| {
        drive
            .ask(
                "check",
                json!({ "tuple_key": tuple("document:1", "can_read", "user:a"), "context": context }),
            )
            .await
    };
    assert_eq!(check(json!({ "now": "2026-06-01T00:00:00Z" })).await.json()["allowed"], true);
    assert_eq!(check(json!({ "now": "2028-06-01T00:00:00Z" })).await.json()["allowed"], false);
    let (status, code, message) = error(&check(json!({})).await);
    assert_eq!((status, code.as_str()), (400, "validation_error"));
    assert!(message.contains("missing context parameters '[now]'"), "{message}");
}

#[tokio::test]
async fn an_answer_waits_for_the_version_that_is_asked_for_or_says_that_it_did_not_come() {
    let drive = Drive::new().await;
    let written = drive.write(json!([tuple("document:1", "owner", "user:a")])).await;
    let version: u64 = written.header("chancery-version").parse().unwrap();
    let asked = async |at_least: String| {
        let request = Request::post(format!("/fga/stores/{}/check", drive.store))
            .header("authorization", format!("Bearer {}", drive.token))
            .header("chancery-at-least", at_least);
        let body = json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "consistency": "HIGHER_CONSISTENCY" });
        drive.world.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let answer = asked(version.to_string()).await;
    assert_eq!(
        (answer.json()["allowed"].clone(), answer.header("chancery-version")),
        (json!(true), written.header("chancery-version"))
    );
    let (late, _) = tokio::join!(
        asked((version + 1).to_string()),
        drive.write(json!([tuple("document:2", "owner", "user:a")]))
    );
    assert_eq!(late.header("chancery-version"), (version + 1).to_string());
    let never = asked((version + 100).to_string()).await;
    assert_eq!(code(&never), (503, "version_not_reached".into()));
    assert_eq!(code(&asked("soon".into()).await), (400, "validation_error".into()));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_openfgas_form() {
    let drive = Drive::new().await;
    let path = format!("/fga/stores/{}/check", drive.store);
    let send = async |method: &str, path: &str, body: Body| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", drive.token));
        drive.world.send(request.body(body).unwrap()).await
    };
    assert_eq!(code(&send("POST", &path, Body::from("{")).await), (400, "validation_error".into()));
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(616_448));
    assert_eq!(code(&send("POST", &path, Body::from(huge)).await), (413, "resource_exhausted".into()));
    assert_eq!(code(&send("GET", &path, Body::empty()).await), (404, "unimplemented".into()));
    assert_eq!(code(&send("GET", "/fga/nothing", Body::empty()).await), (404, "undefined_endpoint".into()));
    let answer = send("GET", "/fga/healthz", Body::empty()).await;
    assert_eq!(answer.json(), json!({ "status": "SERVING" }));
    let missing = drive.ask("check", json!({})).await;
    assert_eq!(code(&missing), (400, "tuple_key_value_not_specified".into()));
    let odd = drive
        .ask("check", json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "consistency": 300 }))
        .await;
    assert_eq!(code(&odd), (400, "validation_error".into()));
    // What nobody knows offends nobody.
    let extra = drive
        .ask(
            "check",
            json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "later": 1, "context": null }),
        )
        .await;
    assert_eq!(extra.status, 200);
}
