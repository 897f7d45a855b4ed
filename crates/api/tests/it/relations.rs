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
    token: String,
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

    async fn make(&self, name: &str) -> String {
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

    async fn key(&self, level: &str) -> String {
        let path = format!("/fga/stores/{}/keys", self.store);
        let answer = self.send("POST", &path, json!({ "name": level, "level": level })).await;
        assert_eq!(answer.status, 201);
        answer.json()["key"].as_str().unwrap().to_owned()
    }
}

/// Status, code and message of an error.
fn error(answer: &Answer) -> (u16, String, String) {
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (answer.status.as_u16(), text("code"), text("message"))
}

fn code(answer: &Answer) -> (u16, String) {
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
    assert_eq!(code(&page("continuation_token=rubbish!").await), (400, "invalid_continuation_token".into()));
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
async fn keys_open_their_own_store_as_far_as_they_go() {
    let drive = Drive::new().await;
    let (read, write) = (drive.key("read").await, drive.key("write").await);
    let other = drive.make("other").await;
    let at = |store: &str, what: &str| format!("/fga/stores/{store}/{what}");
    let question = json!({ "tuple_key": tuple("document:1", "viewer", "user:a") });
    let order = json!({ "writes": { "tuple_keys": [tuple("document:1", "viewer", "user:a")] } });
    assert_eq!(drive.send_as(&read, "POST", &at(&drive.store, "check"), question.clone()).await.status, 200);
    let refused = drive.send_as(&read, "POST", &at(&drive.store, "write"), order.clone()).await;
    assert_eq!(code(&refused), (403, "forbidden".into()));
    assert_eq!(drive.send_as(&write, "POST", &at(&drive.store, "write"), order).await.status, 200);
    // Of a store that is another's, of none, and of rubbish, a key learns nothing.
    let nowhere = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let mut told = Vec::new();
    for store in [other.as_str(), nowhere, "x"] {
        let answer = drive.send_as(&read, "POST", &at(store, "check"), question.clone()).await;
        told.push((error(&answer), answer.header("www-authenticate").to_owned()));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!(told[0].0.0, 401);
    // Neither lists stores, nor makes keys.
    assert_eq!(drive.send_as(&write, "GET", "/fga/stores", Value::Null).await.status, 401);
    let manage = drive.key("manage").await;
    let more = json!({ "name": "more", "level": "manage" });
    let refused = drive.send_as(&manage, "POST", &at(&drive.store, "keys"), more).await;
    assert_eq!(code(&refused), (403, "forbidden".into()));
    // Removed, it opens nothing from the answer on.
    let keys = drive.send("GET", &at(&drive.store, "keys"), Value::Null).await;
    assert!(!String::from_utf8_lossy(&keys.bytes).contains(&read), "shown once");
    let id = keys.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(drive.send("DELETE", &at(&drive.store, &format!("keys/{id}")), Value::Null).await.status, 204);
    assert_eq!(drive.send_as(&read, "POST", &at(&drive.store, "check"), question).await.status, 401);
    let log = drive.world.get("/api/v1/events?limit=100", "events.read").await;
    let text = String::from_utf8_lossy(&log.bytes).into_owned();
    assert!(text.contains("store_key_added") && text.contains("store_key_removed") && !text.contains(&read));
}

#[tokio::test]
async fn stores_and_models_of_others_look_like_none() {
    let drive = Drive::new().await;
    let other = drive.make("other").await;
    let question = json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "authorization_model_id": drive.model });
    // A model of another store.
    let foreign = drive.send("POST", &format!("/fga/stores/{other}/check"), question.clone()).await;
    assert_eq!(code(&foreign), (400, "authorization_model_not_found".into()));
    let mut unknown = question.clone();
    unknown["authorization_model_id"] = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let unknown = drive.send("POST", &format!("/fga/stores/{other}/check"), unknown).await;
    assert_eq!(error(&unknown).2.replace("01ARZ3NDEKTSV4RRFFQ69G5FAV", &drive.model), error(&foreign).2);
    let none = drive.send("POST", &format!("/fga/stores/{other}/check"), json!({ "tuple_key": {} })).await;
    assert_eq!(code(&none), (400, "latest_authorization_model_not_found".into()));
    let nowhere = drive.send("GET", "/fga/stores/01ARZ3NDEKTSV4RRFFQ69G5FAV", Value::Null).await;
    assert_eq!(code(&nowhere), (404, "store_id_not_found".into()));
    // Without the right, no store shows whether it is there.
    let weak = drive.world.token("events.read");
    let mut told = Vec::new();
    for store in [drive.store.as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"] {
        let answer =
            drive.send_as(&weak, "POST", &format!("/fga/stores/{store}/check"), question.clone()).await;
        told.push(error(&answer));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!((told[0].0, told[0].1.as_str()), (403, "forbidden"));
}

#[tokio::test]
async fn stores_are_listed_by_page_and_name_and_deleted_for_good() {
    let drive = Drive::new().await;
    for n in 0..4 {
        drive.make(if n % 2 == 0 { "even" } else { "odd" }).await;
    }
    let list =
        async |query: &str| drive.send("GET", &format!("/fga/stores?{query}"), Value::Null).await.json();
    assert_eq!(list("name=odd").await["stores"].as_array().unwrap().len(), 2, "names may repeat");
    let first = list("page_size=3").await;
    let token = first["continuation_token"].as_str().unwrap();
    let second = list(&format!("page_size=3&continuation_token={token}")).await;
    assert_eq!(
        (first["stores"].as_array().unwrap().len(), second["stores"].as_array().unwrap().len()),
        (3, 2)
    );
    assert_eq!(second["continuation_token"], "");
    drive.write(json!([tuple("document:1", "owner", "user:a")])).await;
    let path = format!("/fga/stores/{}", drive.store);
    assert_eq!(drive.send("GET", &path, Value::Null).await.json()["name"], "drive");
    for _ in 0..2 {
        assert_eq!(drive.send("DELETE", &path, Value::Null).await.status, 204);
    }
    let gone = drive.ask("check", json!({ "tuple_key": tuple("document:1", "owner", "user:a") })).await;
    assert_eq!(code(&gone), (404, "store_id_not_found".into()));
    let bad = drive.send("POST", "/fga/stores", json!({ "name": "x" })).await;
    assert_eq!(code(&bad), (400, "validation_error".into()));
}

#[tokio::test]
async fn models_are_kept_and_the_newest_answers() {
    let drive = Drive::new().await;
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let one = drive.send("GET", &format!("{path}/{}", drive.model), Value::Null).await.json();
    assert_eq!(one["authorization_model"]["id"], json!(drive.model));
    assert_eq!(one["authorization_model"]["type_definitions"].as_array().unwrap().len(), 3);
    drive.write(json!([tuple("document:1", "owner", "user:a")])).await;
    let smaller = json!({ "schema_version": "1.1", "type_definitions": [{ "type": "user" },
        { "type": "document", "relations": { "viewer": { "this": {} } },
          "metadata": { "relations": { "viewer": { "directly_related_user_types": [{ "type": "user" }] } } } }] });
    let second = drive.send("POST", &path, smaller).await.json()["authorization_model_id"].clone();
    assert!(
        !drive.allowed("document:1", "viewer", "user:a").await,
        "the tuple does not fit the newest model"
    );
    let old = json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "authorization_model_id": drive.model });
    assert_eq!(drive.ask("check", old).await.json()["allowed"], true);
    let listed = drive.send("GET", &format!("{path}?page_size=1"), Value::Null).await.json();
    assert_eq!(listed["authorization_models"][0]["id"], second);
    let token = listed["continuation_token"].as_str().unwrap();
    let rest = drive
        .send("GET", &format!("{path}?page_size=1&continuation_token={token}"), Value::Null)
        .await
        .json();
    assert_eq!(
        (&rest["authorization_models"][0]["id"], &rest["continuation_token"]),
        (&json!(drive.model), &json!(""))
    );
    let bad =
        json!({ "schema_version": "1.1", "type_definitions": [{ "type": "user" }, { "type": "user" }] });
    assert_eq!(code(&drive.send("POST", &path, bad).await).0, 400);
}

#[tokio::test]
async fn assertions_are_replaced_and_read_back() {
    let drive = Drive::new().await;
    let path = format!("/fga/stores/{}/assertions/{}", drive.store, drive.model);
    let none = drive.send("GET", &path, Value::Null).await.json();
    assert_eq!(none, json!({ "authorization_model_id": drive.model, "assertions": [] }));
    let one = json!({ "assertions": [{ "tuple_key": tuple("document:1", "owner", "user:a"), "expectation": true }] });
    assert_eq!(drive.send("PUT", &path, one).await.status, 204);
    let read = drive.send("GET", &path, Value::Null).await.json();
    assert_eq!(read["assertions"][0]["expectation"], true);
    let odd = json!({ "assertions": [{ "tuple_key": tuple("document:1", "edits", "user:a"), "expectation": true }] });
    assert_eq!(code(&drive.send("PUT", &path, odd).await), (400, "validation_error".into()));
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
async fn a_store_that_records_its_decisions_leaves_a_line_for_each() {
    let drive = Drive::new().await;
    drive.allowed("document:1", "viewer", "user:a").await;
    let path = format!("/fga/stores/{}/recording", drive.store);
    assert_eq!(drive.send("PUT", &path, json!({ "recorded": true })).await.status, 200);
    drive.allowed("document:1", "viewer", "user:a").await;
    let log = drive.world.get("/api/v1/events?kind=relation_decided", "events.read").await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    let data = &log["items"][0]["data"];
    assert_eq!((&data["object"], &data["allow"]), (&json!("document:1"), &json!(false)));
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
    assert_eq!(code(&missing), (400, "validation_error".into()));
    let odd = drive
        .ask("check", json!({ "tuple_key": tuple("document:1", "viewer", "user:a"), "consistency": "MAYBE" }))
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

#[tokio::test]
async fn a_filter_lets_pass_what_all_of_them_may_see_in_its_order_and_stops_when_it_has_enough() {
    let drive = Drive::new().await;
    let mut tuples = Vec::new();
    for n in 0..20 {
        tuples.push(tuple(&format!("document:{n}"), "viewer", "user:person"));
        if n % 3 == 0 {
            tuples.push(tuple(&format!("document:{n}"), "viewer", "user:agent"));
        }
    }
    assert_eq!(drive.write(json!(tuples)).await.status, 200);
    let candidates: Vec<String> =
        (0..20).rev().map(|n| format!("document:{n}")).chain(["folder:1".into()]).collect();
    let ask = async |users: Value, limit: Value| {
        let body = json!({ "users": users, "relation": "can_read", "objects": candidates, "limit": limit });
        drive.ask("filter", body).await.json()
    };
    let both = ask(json!(["user:person", "user:agent"]), json!(null)).await;
    let thirds: Vec<String> = [18, 15, 12, 9, 6, 3, 0].iter().map(|n| format!("document:{n}")).collect();
    assert_eq!(
        (&both["objects"], &both["examined"], &both["exhausted"]),
        (&json!(thirds), &json!(21), &json!(true))
    );
    let two = ask(json!(["user:person", "user:agent"]), json!(2)).await;
    assert_eq!(
        (&two["objects"], &two["examined"], &two["exhausted"]),
        (&json!(thirds[..2]), &json!(5), &json!(false))
    );
    assert_eq!(two["version"], json!(2));
    assert_eq!(ask(json!(["user:nobody"]), json!(null)).await["objects"], json!([]));
    assert_eq!(ask(json!([]), json!(null)).await["code"], "validation_error");
    assert_eq!(ask(json!(["nobody"]), json!(null)).await["code"], "validation_error");
    let many: Vec<String> = (0..10_001).map(|n| format!("document:{n}")).collect();
    let many =
        drive.ask("filter", json!({ "users": ["user:a"], "relation": "viewer", "objects": many })).await;
    assert_eq!(code(&many), (400, "validation_error".into()));
}

#[tokio::test]
async fn a_search_for_the_best_asks_for_as_many_as_it_takes() {
    let drive = Drive::new().await;
    let tuples: Vec<Value> =
        (0..50).map(|n| tuple(&format!("document:{}", n * 10), "viewer", "user:a")).collect();
    assert_eq!(drive.write(json!(tuples)).await.status, 200);
    let page = |from: usize, to: usize| json!({ "objects": (from..to).map(|n| format!("document:{n}")).collect::<Vec<_>>() });
    let begin = json!({ "users": ["user:a"], "relation": "can_read", "limit": 8 });
    let sent = [begin, page(0, 30), page(20, 60), page(60, 200)].map(|line| line.to_string()).join("\n");
    let request = Request::post(format!("/fga/stores/{}/top-k", drive.store))
        .header("authorization", format!("Bearer {}", drive.token));
    let answer = drive.world.send(request.body(Body::from(sent)).unwrap()).await;
    let text = String::from_utf8(answer.bytes).unwrap();
    let rounds: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let have: Vec<(u64, u64)> =
        rounds.iter().map(|r| (r["have"].as_u64().unwrap(), r["next"].as_u64().unwrap())).collect();
    // What was on a page before counts once; the tenth that pass make the next page.
    assert_eq!(have, [(0, 10), (3, 55), (6, 22), (8, 0)]);
    let found: Vec<&str> =
        rounds.iter().flat_map(|r| r["objects"].as_array().unwrap()).map(|o| o.as_str().unwrap()).collect();
    let best: Vec<String> = (0..8).map(|n| format!("document:{}", n * 10)).collect();
    assert_eq!(found, best);
    let request = Request::post(format!("/fga/stores/{}/top-k", drive.store))
        .header("authorization", format!("Bearer {}", drive.token));
    let bad = drive
        .world
        .send(
            request
                .body(Body::from("{\"users\":[\"user:a\"],\"relation\":\"viewer\",\"limit\":3}\n[1]\n"))
                .unwrap(),
        )
        .await;
    assert!(String::from_utf8(bad.bytes).unwrap().lines().last().unwrap().contains("\"error\""));
}

#[tokio::test]
async fn who_follows_a_subject_hears_what_comes_and_what_goes() {
    use futures_util::StreamExt;
    use tower::ServiceExt;
    let drive = Drive::new().await;
    drive
        .write(json!([tuple("document:1", "owner", "user:a"), tuple("document:2", "viewer", "user:*")]))
        .await;
    let body = json!({ "user": "user:a", "relation": "can_read", "type": "document" });
    let request = Request::post(format!("/fga/stores/{}/follow", drive.store))
        .header("authorization", format!("Bearer {}", drive.token));
    let response =
        drive.world.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await;
    let mut stream = response.unwrap().into_body().into_data_stream();
    let mut next = async || {
        let bytes = stream.next().await.unwrap().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let first = [
        json!({ "reset": true }),
        json!({ "insert": "document:1" }),
        json!({ "insert": "document:2" }),
        json!({ "version": 2 }),
    ];
    assert_eq!(next().await, first);
    drive
        .write(json!([tuple("document:2", "blocked", "user:a"), tuple("document:3", "owner", "user:a")]))
        .await;
    let then =
        [json!({ "delete": "document:2" }), json!({ "insert": "document:3" }), json!({ "version": 3 })];
    assert_eq!(next().await, then);
    let mut timed = tuple("document:4", "viewer", "user:a");
    timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
    drive.write(json!([timed])).await;
    assert_eq!(next().await, [json!({ "insert": "document:4", "if": "in_time" }), json!({ "version": 4 })]);
    drive.send("DELETE", &format!("/fga/stores/{}", drive.store), Value::Null).await;
    // The store's end reaches it with the next look.
    tokio::time::pause();
    assert_eq!(next().await[0]["error"]["code"], "store_id_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_revoked_is_denied_from_the_answer_on_under_load() {
    let drive = std::sync::Arc::new(Drive::new().await);
    let readers = (0..4).map(|_| {
        let drive = drive.clone();
        tokio::spawn(async move {
            for n in 0..400 {
                let question = json!({ "type": "document", "relation": "can_read", "user": "user:a" });
                if n % 4 == 0 {
                    assert_eq!(drive.ask("list-objects", question).await.status, 200);
                }
                drive.allowed("document:7", "can_read", &format!("user:{n}")).await;
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut stale = 0;
    for n in 0..150 {
        let group = n % 2 == 0;
        let key = || {
            if group { tuple("group:g", "member", "user:a") } else { tuple("document:7", "viewer", "user:a") }
        };
        if n == 0 {
            drive.write(json!([tuple("document:7", "viewer", "group:g#member")])).await;
        }
        assert_eq!(drive.write(json!([key()])).await.status, 200);
        stale += usize::from(!drive.allowed("document:7", "can_read", "user:a").await);
        assert_eq!(drive.delete(json!([key()])).await.status, 200);
        stale += usize::from(drive.allowed("document:7", "can_read", "user:a").await);
    }
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(stale, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_a_write_or_the_end_of_its_store_meets_is_of_one_version_or_says_no() {
    let drive = std::sync::Arc::new(Drive::new().await);
    // Pairs come and go together: a list of one version has both or none.
    let pair = |n: usize| {
        json!([
            tuple(&format!("document:a{n}"), "owner", "user:a"),
            tuple(&format!("document:b{n}"), "owner", "user:a")
        ])
    };
    let writer = {
        let drive = drive.clone();
        tokio::spawn(async move {
            for n in 0..60 {
                assert_eq!(drive.write(pair(n)).await.status, 200);
                if n % 3 == 2 {
                    assert_eq!(drive.delete(pair(n - 1)).await.status, 200);
                }
            }
            let path = format!("/fga/stores/{}", drive.store);
            assert_eq!(drive.send("DELETE", &path, Value::Null).await.status, 204);
        })
    };
    let mut ends = std::collections::BTreeSet::new();
    loop {
        let question = json!({ "type": "document", "relation": "owner", "user": "user:a" });
        let answer = drive.ask("list-objects", question).await;
        ends.insert(answer.status.as_u16());
        if answer.status != 200 {
            assert_eq!(code(&answer), (404, "store_id_not_found".into()));
            break;
        }
        let body = answer.json();
        let count = |letter: &str| {
            let start = format!("document:{letter}");
            body["objects"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|o| o.as_str().unwrap().starts_with(&start))
                .count()
        };
        assert_eq!(count("a"), count("b"), "{body}");
    }
    writer.await.unwrap();
    assert!(ends.contains(&404));
}

#[tokio::test]
async fn a_list_is_a_bitmap_over_ids_that_are_numbers_and_an_estimate_comes_without_it() {
    let drive = Drive::new().await;
    let mut tuples: Vec<Value> =
        [1, 2, 300].iter().map(|n| tuple(&format!("document:{n}"), "owner", "user:a")).collect();
    tuples.push(tuple("document:plan", "owner", "user:a"));
    tuples.push(tuple("document:9", "owner", "user:b"));
    assert_eq!(drive.write(json!(tuples)).await.status, 200);
    let mut question = json!({ "type": "document", "relation": "can_read", "user": "user:a" });
    let set = drive.ask("list-objects/set", question.clone()).await;
    assert_eq!(set.header("content-type"), "application/vnd.roaring");
    let (count, odd, complete) =
        (set.header("chancery-count"), set.header("chancery-unnumbered"), set.header("chancery-complete"));
    assert_eq!((count, odd, complete), ("3", "1", "true"));
    assert_eq!(set.bytes, [58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 1, 0, 2, 0, 44, 1]);
    question["estimate"] = json!(true);
    let estimate = drive.ask("list-objects/set", question).await.json();
    assert_eq!(estimate, json!({ "count": 3, "unnumbered": 1, "of": 5, "complete": true, "version": 2 }));
}
