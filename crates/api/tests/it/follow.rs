//! Streams of what a subject may see: taken up again, and not read.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::relations::{Drive, tuple};

impl Drive {
    /// A stream that has begun.
    async fn stream(&self, what: &str, body: Value) -> BodyDataStream {
        let request = Request::post(format!("/fga/stores/{}/{what}", self.store))
            .header("authorization", format!("Bearer {}", self.token));
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream()
    }

    /// What comes first on a stream up to the line that names the version; with the token of that.
    async fn begin(&self, token: &str, more: Value) -> (Vec<Value>, String) {
        let mut body =
            json!({ "user": "user:a", "relation": "can_read", "type": "document", "token": token });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut stream = self.stream("follow", body).await;
        let mut lines = Vec::new();
        loop {
            let portion = stream.next().await.unwrap().unwrap();
            for line in String::from_utf8(portion.to_vec()).unwrap().lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                assert!(line.get("error").is_none(), "{line}");
                if line.get("version").is_some() {
                    return (lines, line["token"].as_str().unwrap().to_owned());
                }
                lines.push(line);
            }
        }
    }
}

fn restart() -> Value {
    json!({ "restart": true })
}

#[tokio::test]
async fn who_comes_back_hears_the_difference_whatever_was_written_in_between() {
    let drive = Drive::new().await;
    drive
        .write(json!([tuple("document:1", "owner", "user:a"), tuple("document:2", "owner", "user:a")]))
        .await;
    let (first, token) = drive.begin("", json!({})).await;
    assert_eq!(first, [restart(), json!({ "insert": "document:1" }), json!({ "insert": "document:2" })]);
    let (nothing, _) = drive.begin(&token, json!({})).await;
    assert_eq!(nothing, [] as [Value; 0]);
    drive.delete(json!([tuple("document:1", "owner", "user:a")])).await;
    drive
        .write(json!([tuple("document:3", "viewer", "user:*"), tuple("document:4", "owner", "user:a")]))
        .await;
    drive.write(json!([tuple("document:4", "blocked", "user:a")])).await;
    let changes = [json!({ "delete": "document:1" }), json!({ "insert": "document:3" })];
    assert_eq!(drive.begin(&token, json!({})).await.0, changes);
    // A token is good for its question alone: of another, all of it follows.
    let (other, _) = drive.begin(&token, json!({ "user": "user:b" })).await;
    assert_eq!(other, [restart(), json!({ "insert": "document:3" })]);
    for odd in ["rubbish", "OTk5OTk"] {
        assert_eq!(drive.begin(odd, json!({})).await.0[0], restart(), "{odd}");
    }
}

#[tokio::test]
async fn what_a_condition_leaves_open_comes_with_its_context_and_goes_when_the_context_says_no() {
    let drive = Drive::new().await;
    let timed = |until: &str| {
        let mut timed = tuple("document:1", "viewer", "user:a");
        timed["condition"] = json!({ "name": "in_time", "context": { "until": until } });
        json!([timed])
    };
    drive.write(timed("2027-01-01T00:00:00Z")).await;
    let (first, token) = drive.begin("", json!({})).await;
    let residue = |until: &str| {
        json!({ "insert": "document:1", "if": { "condition": "in_time",
        "context": { "until": until }, "missing": ["now"], "tuple": tuple("document:1", "viewer", "user:a") } })
    };
    assert_eq!(first, [restart(), residue("2027-01-01T00:00:00Z")]);
    // The same grant under another context is news.
    drive.delete(json!([tuple("document:1", "viewer", "user:a")])).await;
    drive.write(timed("2028-01-01T00:00:00Z")).await;
    assert_eq!(drive.begin(&token, json!({})).await.0, [residue("2028-01-01T00:00:00Z")]);
    let late = json!({ "context": { "now": "2029-01-01T00:00:00Z" } });
    assert_eq!(drive.begin("", late).await.0, [restart()]);
    let early = json!({ "context": { "now": "2026-01-01T00:00:00Z" } });
    assert_eq!(drive.begin("", early).await.0, [restart(), json!({ "insert": "document:1" })]);
}

#[tokio::test]
async fn every_condition_that_an_answer_rests_on_is_named_those_that_go_together_and_those_that_are_enough() {
    let drive = Drive::new().await;
    let named = json!({ "directly_related_user_types": [{ "type": "user", "condition": "in_time" }] });
    let of = |relation: &str| json!({ "computedUserset": { "relation": relation } });
    let both = json!({ "intersection": { "child": [of("viewer"), of("approved")] } });
    let model = json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            { "type": "document",
              "relations": { "viewer": { "this": {} }, "approved": { "this": {} }, "backup": { "this": {} },
                  "can_read": { "union": { "child": [both, of("backup")] } } },
              "metadata": { "relations": { "viewer": named, "approved": named, "backup": named } } },
        ],
        "conditions": { "in_time": { "name": "in_time", "expression": "now < until",
            "parameters": { "now": { "type_name": "TYPE_NAME_TIMESTAMP" }, "until": { "type_name": "TYPE_NAME_TIMESTAMP" } } } },
    });
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let made = drive.send("POST", &path, model).await;
    assert_eq!(made.status, 201, "{made:?}");
    let timed = |object: &str, relation: &str| {
        let mut timed = tuple(object, relation, "user:a");
        timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
        timed
    };
    let all: Vec<Value> = [
        ("document:1", "viewer"),
        ("document:1", "approved"),
        ("document:1", "backup"),
        ("document:2", "viewer"),
        ("document:2", "backup"),
    ]
    .map(|(object, relation)| timed(object, relation))
    .to_vec();
    let written = json!({ "writes": { "tuple_keys": all } });
    let answer = drive.send("POST", &format!("/fga/stores/{}/write", drive.store), written).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (lines, _) = drive.begin("", json!({})).await;
    let rests = |line: &Value| {
        let open = &line["if"];
        assert!(open.get("complete").is_none(), "{line}");
        let others = open["others"].as_array().cloned().unwrap_or_default();
        let mut relations: Vec<String> = std::iter::once(open.clone())
            .chain(others)
            .map(|one| {
                assert_eq!((&one["condition"], &one["missing"]), (&json!("in_time"), &json!(["now"])));
                one["tuple"]["relation"].as_str().unwrap().to_owned()
            })
            .collect();
        relations.sort();
        (line["insert"].as_str().unwrap().to_owned(), relations.join(" "))
    };
    let told: Vec<_> = lines.iter().skip(1).map(rests).collect();
    let expected = [("document:1", "approved backup viewer"), ("document:2", "backup")];
    assert_eq!(told, expected.map(|(object, relations)| (object.to_owned(), relations.to_owned())));
}

#[tokio::test]
async fn a_new_model_is_news_to_who_follows_the_newest() {
    let drive = Drive::new().await;
    drive.write(json!([tuple("document:1", "viewer", "user:a")])).await;
    let (_, token) = drive.begin("", json!({})).await;
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let mut model = drive.send("GET", &format!("{path}/{}", drive.model), Value::Null).await.json()["authorization_model"].clone();
    model.as_object_mut().unwrap().remove("id");
    let documents =
        model["type_definitions"].as_array_mut().unwrap().iter_mut().find(|t| t["type"] == "document");
    documents.unwrap()["relations"]["can_read"] = json!({ "computedUserset": { "relation": "owner" } });
    assert_eq!(drive.send("POST", &path, model).await.status, 201);
    assert_eq!(drive.begin(&token, json!({})).await.0, [json!({ "delete": "document:1" })]);
}

#[tokio::test]
async fn a_reader_that_never_reads_is_cut_off_holds_no_lock_and_finds_a_last_line_that_says_so() {
    let drive = Drive::new().await;
    let object = |n: usize| format!("document:{n}-{}", "x".repeat(200));
    for batch in 0..40 {
        let tuples: Vec<Value> =
            (0..100).map(|n| tuple(&object(batch * 100 + n), "owner", "user:a")).collect();
        assert_eq!(drive.write(json!(tuples)).await.status, 200);
    }
    let question = json!({ "user": "user:a", "relation": "can_read", "type": "document" });
    for what in ["streamed-list-objects", "follow"] {
        let mut stream = drive.stream(what, question.clone()).await;
        let mut text = stream.next().await.unwrap().unwrap().to_vec();
        // Nobody reads on; everybody else goes on.
        assert_eq!(
            drive.write(json!([tuple(&format!("document:{what}"), "owner", "user:b")])).await.status,
            200
        );
        assert!(drive.allowed(&format!("document:{what}"), "can_read", "user:b").await);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(31)).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::time::resume();
        while let Some(portion) = stream.next().await {
            text.extend_from_slice(&portion.unwrap());
        }
        assert!(text.len() < 300_000, "{what}: {} bytes waited", text.len());
        let lines: Vec<Value> = String::from_utf8(text)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.last().unwrap()["error"]["code"], "reader_too_slow", "{what}");
        assert!(lines.len() < 4_000);
    }
}
