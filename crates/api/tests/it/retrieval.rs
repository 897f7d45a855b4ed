//! What retrieval asks of relationships, and what is true while others write.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::relations::{Drive, code, tuple};

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
async fn ten_thousand_long_names_fit_in_one_question_and_a_misspelt_one_is_told() {
    let drive = Drive::new().await;
    let long = |n: usize| format!("document:{}-{n}", "x".repeat(240));
    drive.write(json!([tuple(&long(9_999), "viewer", "user:a")])).await;
    let all: Vec<String> = (0..10_000).map(long).collect();
    let mut question = json!({ "users": ["user:a"], "relation": "can_read", "objects": all });
    let answer = drive.ask("filter", question.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["objects"]), (200, &json!([long(9_999)])));
    question["objects"] = json!(["x".repeat(4 * 1024 * 1024)]);
    assert_eq!(code(&drive.ask("filter", question).await), (413, "resource_exhausted".into()));
    let without = drive.ask("filter", json!({ "users": ["user:a"], "objects": ["document:1"] })).await;
    assert_eq!(code(&without), (400, "validation_error".into()));
    let lines =
        [json!({ "users": ["user:a"], "relation": "can_read", "limit": 1 }), json!({ "objects": all })];
    let request = Request::post(format!("/fga/stores/{}/top-k", drive.store))
        .header("authorization", format!("Bearer {}", drive.token));
    let body = Body::from(lines.map(|line| line.to_string()).join("\n"));
    let told = String::from_utf8(drive.world.send(request.body(body).unwrap()).await.bytes).unwrap();
    let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!((&last["objects"], &last["next"]), (&json!([long(9_999)]), &json!(0)));
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
        text.lines().map(|line| without_token(serde_json::from_str(line).unwrap())).collect::<Vec<Value>>()
    };
    let first = [
        json!({ "restart": true }),
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
    let residue = json!({ "condition": "in_time", "context": { "until": "2027-01-01T00:00:00Z" }, "missing": ["now"],
        "tuple": tuple("document:4", "viewer", "user:a") });
    assert_eq!(next().await, [json!({ "insert": "document:4", "if": residue }), json!({ "version": 4 })]);
    drive.send("DELETE", &format!("/fga/stores/{}", drive.store), Value::Null).await;
    // The store's end reaches it at once.
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
    let own = json!({ "count": 3, "unnumbered": 1, "of": 5, "share": 0.6, "ids": "own", "ids_revision": 0,
        "complete": true, "version": 2 });
    assert_eq!(estimate, own);
}

fn without_token(mut line: Value) -> Value {
    let had = line.as_object_mut().unwrap().remove("token");
    assert_eq!(had.is_some(), line.get("version").is_some(), "{line}");
    line
}
