//! Bad input and trouble at the relationship API, as a client meets it: a right answer, or an error with a code that names what
//! is wrong, and the server answers on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::relations::{Drive, code, tuple};
use crate::world::Answer;

impl Drive {
    async fn model_of(&self, relations: Value, metadata: Value, conditions: Value) -> (u16, String) {
        let model = json!({
            "schema_version": "1.1",
            "type_definitions": [
                { "type": "user" },
                { "type": "folder", "relations": relations, "metadata": { "relations": metadata } },
            ],
            "conditions": conditions,
        });
        let path = format!("/fga/stores/{}/authorization-models", self.store);
        let answer = self.send("POST", &path, model).await;
        let said = answer.json();
        (answer.status.as_u16(), said["code"].as_str().unwrap_or_default().to_owned())
    }

    /// A model as text, taken by the store.
    async fn take(&self, text: &str) {
        let model = chancery_rebac::dsl::parse(text).unwrap().to_json();
        let path = format!("/fga/stores/{}/authorization-models", self.store);
        let answer = self.send("POST", &path, model).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    async fn still_answers(&self) {
        let answer = self.ask("check", json!({ "tuple_key": tuple("document:1", "owner", "user:a") })).await;
        assert_eq!((answer.status.as_u16(), answer.json()["allowed"].clone()), (200, json!(false)));
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

fn direct(types: &[&str]) -> Value {
    let types: Vec<Value> = types.iter().map(|name| json!({ "type": name })).collect();
    json!({ "directly_related_user_types": types })
}

fn computed(relation: &str) -> Value {
    json!({ "computedUserset": { "relation": relation } })
}

#[tokio::test]
async fn hostile_models_are_refused_with_a_code_and_the_server_answers_on() {
    let drive = Drive::new().await;
    let none = || json!({});
    let circle = json!({ "a": computed("b"), "b": computed("c"), "c": computed("a") });
    let itself = json!({ "a": { "union": { "child": [computed("a"), computed("a")] } } });
    let mut deep = json!({ "this": {} });
    for _ in 0..60 {
        deep = json!({ "difference": { "base": deep, "subtract": { "this": {} } } });
    }
    let wide: Vec<Value> = (0..5_000).map(|_| computed(&"b".repeat(50))).collect();
    let wide = json!({ "a": { "union": { "child": wide } } });
    let condition = |expression: &str| json!({ "c": { "name": "c", "expression": expression, "parameters": { "x": { "type_name": "TYPE_NAME_INT" } } } });
    let users = || json!({ "a": direct(&["user"]) });
    let plain = || json!({ "a": { "this": {} } });
    let cases = [
        ("a circle", circle, none(), none()),
        ("a relation of itself", itself, none(), none()),
        ("a union of thousands", wide, users(), none()),
        ("a condition that is too long", plain(), users(), condition(&format!("x > {}", "1".repeat(600)))),
        ("a condition that nests", plain(), users(), condition(&"(".repeat(400))),
        ("a condition of no truth", plain(), users(), condition("x + 1")),
        ("a name of another alphabet", json!({ "a b": { "this": {} } }), none(), none()),
    ];
    for (what, relations, metadata, conditions) in cases {
        let (status, code) = drive.model_of(relations, metadata, conditions).await;
        assert_eq!(status, 400, "{what}: {code}");
        assert!(!code.is_empty() && !code.contains("internal"), "{what}: {code}");
        drive.still_answers().await;
    }
    let (status, code) = drive.model_of(json!({ "a": deep }), users(), none()).await;
    assert_eq!(status, 201, "rewrites in rewrites can be answered: {code}");
    let key = tuple("folder:1", "a", "user:a");
    let answer = drive.ask("check", json!({ "tuple_key": key })).await;
    assert_eq!(answer.json()["allowed"], false, "{answer:?}");
    drive
        .take("model\n  schema 1.1\ntype user\ntype document\n  relations\n    define owner: [user]\n")
        .await;
    // So deep that reading it must not go down with it.
    let deeper = format!(
        "{{\"schema_version\":\"1.1\",\"type_definitions\":[{{\"type\":\"a\",\"relations\":{{\"a\":{}{}}}}}]}}",
        "{\"union\":{\"child\":[".repeat(20_000),
        "]}}".repeat(20_000)
    );
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let request = http::Request::post(path).header("authorization", format!("Bearer {}", drive.token));
    let answer = drive.world.send(request.body(axum::body::Body::from(deeper)).unwrap()).await;
    assert!([400, 413].contains(&answer.status.as_u16()), "{answer:?}");
    drive.still_answers().await;
}

#[tokio::test]
async fn a_context_of_the_wrong_type_is_refused_by_the_name_of_its_parameter() {
    let drive = Drive::new().await;
    let mut timed = tuple("document:1", "viewer", "user:a");
    timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
    assert_eq!(drive.write(json!([timed])).await.status, 200);
    let key = tuple("document:1", "can_read", "user:a");
    for wrong in [json!(5), json!({}), json!([]), json!("yesterday"), json!(true), json!(null)] {
        let context = json!({ "now": wrong });
        let check = drive.ask("check", json!({ "tuple_key": key, "context": context })).await;
        let list =
            json!({ "type": "document", "relation": "can_read", "user": "user:a", "context": context });
        let list = drive.ask("list-objects", list).await;
        for answer in [check, list] {
            assert_eq!(code(&answer), (400, "validation_error".into()), "{context}");
            assert!(answer.json()["message"].as_str().unwrap().contains("now"), "{answer:?}");
        }
    }
    for wrong in [json!(5), json!("text"), json!([1])] {
        let answer = drive.ask("check", json!({ "tuple_key": key, "context": wrong })).await;
        assert_eq!(code(&answer), (400, "validation_error".into()), "{wrong}");
    }
    for context in [json!({ "until": 5 }), json!({ "until": "2027-01-01T00:00:00Z", "other": 1 })] {
        let mut odd = tuple("document:2", "viewer", "user:a");
        odd["condition"] = json!({ "name": "in_time", "context": context });
        assert_eq!(drive.write(json!([odd])).await.status, 400, "{context}");
    }
}

#[tokio::test]
async fn what_is_over_a_limit_is_refused_and_writes_nothing() {
    let drive = Drive::new().await;
    let many = |count: usize| -> Vec<Value> {
        (0..count).map(|n| tuple(&format!("document:{n}"), "owner", "user:a")).collect()
    };
    let key = tuple("document:1", "owner", "user:a");
    let long = |length: usize| format!("document:{}", "x".repeat(length));
    let checks: Vec<Value> =
        (0..51).map(|n| json!({ "tuple_key": key, "correlation_id": format!("c{n}") })).collect();
    let twice =
        json!([{ "tuple_key": key, "correlation_id": "c" }, { "tuple_key": key, "correlation_id": "c" }]);
    let filter = |users: usize, objects: usize| {
        let objects: Vec<String> = (0..objects).map(|n| format!("document:{n}")).collect();
        json!({ "users": vec!["user:a"; users], "relation": "owner", "objects": objects })
    };
    let cases = [
        ("write", json!({ "writes": { "tuple_keys": many(101) } })),
        ("write", json!({ "writes": { "tuple_keys": [tuple(&long(300), "owner", "user:a")] } })),
        (
            "write",
            json!({ "writes": { "tuple_keys": [tuple("document:1", "owner", &format!("user:{}", "x".repeat(600)))] } }),
        ),
        ("batch-check", json!({ "checks": checks })),
        ("batch-check", json!({ "checks": twice })),
        ("batch-check", json!({ "checks": [] })),
        ("check", json!({ "tuple_key": key, "contextual_tuples": { "tuple_keys": many(101) } })),
        ("read", json!({ "page_size": 101 })),
        ("read", json!({ "continuation_token": "x".repeat(6_000) })),
        ("filter", filter(11, 1)),
        ("filter", filter(0, 1)),
        ("filter", filter(1, 10_001)),
    ];
    for (operation, body) in cases {
        let answer = drive.ask(operation, body.clone()).await;
        let text = body.to_string();
        assert_eq!(answer.status, 400, "{operation} {:.200}: {answer:?}", text);
        assert!(answer.json()["message"].as_str().is_some_and(|text| text.len() > 10), "{answer:?}");
    }
    let read = drive.ask("read", json!({})).await.json();
    assert_eq!(read["tuples"], json!([]), "nothing of it was written");
    drive.still_answers().await;
}

#[tokio::test]
async fn ids_of_every_script_go_in_and_come_out_as_they_were() {
    let drive = Drive::new().await;
    let names =
        ["日本語", "العربية", "हिन्दी", "emoji-🦀🦀", "a|b*c@d.e+f/g-h", "ё", "e\u{301}", "\u{202e}abc"];
    let tuples: Vec<Value> = names
        .iter()
        .map(|name| tuple(&format!("document:{name}"), "owner", &format!("user:{name}")))
        .collect();
    assert_eq!(drive.write(json!(tuples)).await.status, 200);
    for name in names {
        for other in names {
            let key = tuple(&format!("document:{name}"), "can_read", &format!("user:{other}"));
            let allowed = drive.ask("check", json!({ "tuple_key": key })).await.json()["allowed"].clone();
            assert_eq!(allowed, json!(name == other), "{name} {other}");
        }
        let list = json!({ "type": "document", "relation": "can_read", "user": format!("user:{name}") });
        let objects = drive.ask("list-objects", list).await.json()["objects"].clone();
        assert_eq!(objects, json!([format!("document:{name}")]));
        let read = drive.ask("read", json!({ "tuple_key": { "object": format!("document:{name}") } })).await;
        assert_eq!(read.json()["tuples"][0]["key"]["user"], json!(format!("user:{name}")));
    }
}

/// Groups of ten thousand, chains of twenty-five and more, circles: answered over HTTP, all of it.
#[tokio::test]
async fn wide_groups_deep_chains_and_circles_are_answered() {
    let drive = Drive::new().await;
    for lot in 0..100 {
        let members: Vec<Value> =
            (0..100).map(|n| tuple("group:wide", "member", &format!("user:{}", lot * 100 + n))).collect();
        assert_eq!(drive.write(json!(members)).await.status, 200);
    }
    let mut chain: Vec<Value> =
        (0..60).map(|n| tuple(&format!("group:{n}"), "member", &format!("group:{}#member", n + 1))).collect();
    chain.push(tuple("group:60", "member", "group:0#member"));
    chain.push(tuple("group:60", "member", "group:wide#member"));
    chain.push(tuple("document:1", "viewer", "group:0#member"));
    assert_eq!(drive.write(json!(chain)).await.status, 200);
    let check = async |user: &str| {
        let key = tuple("document:1", "can_read", user);
        drive.ask("check", json!({ "tuple_key": key })).await.json()["allowed"].clone()
    };
    assert_eq!((check("user:9999").await, check("user:10000").await), (json!(true), json!(false)));
    let list = json!({ "object": { "type": "document", "id": "1" }, "relation": "can_read", "user_filters": [{ "type": "user" }] });
    let listed = drive.ask("list-users", list).await.json();
    assert_eq!(
        (listed["users"].as_array().unwrap().len(), listed["complete"].clone()),
        (1_000, json!(false))
    );
    let list = json!({ "type": "group", "relation": "member", "user": "user:5" });
    let listed = drive.ask("list-objects", list).await.json();
    assert_eq!((listed["objects"].as_array().unwrap().len(), listed["complete"].clone()), (62, json!(true)));
}

/// Everybody owns some folder, each of which is below twenty others, in a web of `and` and `but not`: no answer is in sight.
#[tokio::test]
async fn a_question_without_end_is_given_up_at_its_deadline_and_holds_up_nobody() {
    let drive = Drive::new().await;
    drive
        .take(
            "model\n  schema 1.1\ntype user\ntype folder\n  relations\n    define parent: [folder]\n    define owner: [user]\n    \
             define a: owner or (a from parent but not b from parent)\n    \
             define b: owner or (b from parent but not a from parent)\n",
        )
        .await;
    let folder = |n: usize| format!("folder:{}", n % 400);
    let mut all: Vec<Value> =
        (0..400).map(|n| tuple(&folder(n), "owner", &format!("user:{}", n % 5))).collect();
    all.extend(
        (0..400).flat_map(|n| (1..20).map(move |next| tuple(&folder(n), "parent", &folder(n + next * 7)))),
    );
    for lot in all.chunks(100) {
        assert_eq!(drive.write(json!(lot)).await.status, 200);
    }
    let began = Instant::now();
    let check = drive.ask("check", json!({ "tuple_key": tuple("folder:0", "a", "user:9") }));
    let list = drive.ask("list-objects", json!({ "type": "folder", "relation": "a", "user": "user:1" }));
    let quick = async {
        let quick = drive.ask("check", json!({ "tuple_key": tuple("folder:1", "owner", "user:1") })).await;
        (quick.json()["allowed"].clone(), began.elapsed())
    };
    let (check, list, (quick, took)) = tokio::join!(check, list, quick);
    assert_eq!(code(&check), (500, "deadline_exceeded".to_owned()));
    assert!(list.status != 200 || list.json()["complete"] == json!(false), "{list:?}");
    assert_eq!(quick, json!(true));
    assert!(took < Duration::from_secs(2), "others waited {took:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

/// Each way of asking, about an object whose condition leads to the user, and one whose condition does not.
#[tokio::test]
async fn a_check_a_list_a_filter_and_a_set_say_the_same_of_a_condition_that_is_open() {
    let drive = Drive::new().await;
    drive
        .take(
            "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user]\ntype document\n  relations\n    \
             define viewer: [user]\n    define blocked: [group#member with big]\n    define can_read: viewer but not blocked\n\
             condition big(x: int) {\n  x > 3\n}\n",
        )
        .await;
    let mut blocked = tuple("document:1", "blocked", "group:eng#member");
    blocked["condition"] = json!({ "name": "big" });
    let eve = tuple("group:eng", "member", "user:eve");
    let viewers = ["user:anne", "user:eve"].map(|user| tuple("document:1", "viewer", user));
    assert_eq!(drive.write(json!([blocked, eve, viewers[0], viewers[1]])).await.status, 200);
    for (user, open) in [("user:anne", false), ("user:eve", true)] {
        let key = tuple("document:1", "can_read", user);
        let list = json!({ "type": "document", "relation": "can_read", "user": user });
        let check = drive.ask("check", json!({ "tuple_key": key })).await;
        let batch = json!({ "checks": [{ "tuple_key": key, "correlation_id": "1" }] });
        let batch = drive.ask("batch-check", batch).await.json();
        let filter = json!({ "users": [user], "relation": "can_read", "objects": ["document:1"] });
        let filter = drive.ask("filter", filter).await.json();
        let lists = [
            drive.ask("list-objects", list.clone()).await,
            drive.ask("streamed-list-objects", list.clone()).await,
            drive.ask("list-objects/set", list.clone()).await,
        ];
        if open {
            let message = "tuple 'document:1#blocked@group:eng#member' is missing context parameters '[x]'";
            for answer in [&check].into_iter().chain(&lists) {
                assert!(text(answer).contains(message), "{answer:?}");
            }
            assert!(batch["result"]["1"]["error"]["message"].as_str().unwrap().contains(message), "{batch}");
            assert_eq!(filter["objects"], json!([]));
            assert_eq!(filter["undecided"][0]["object"], "document:1", "{filter}");
        } else {
            assert_eq!(
                (check.json()["allowed"].clone(), filter["objects"].clone()),
                (json!(true), json!(["document:1"]))
            );
            assert_eq!(batch["result"]["1"]["allowed"], true, "{batch}");
            assert_eq!(lists[0].json()["objects"], json!(["document:1"]));
            assert!(text(&lists[1]).contains("document:1") && lists[2].status == 200);
        }
    }
}
