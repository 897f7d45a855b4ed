//! Numbers that a caller registers for objects, and sets over them.

use serde_json::{Value, json};

use crate::relations::{Drive, code, tuple};
use crate::world::Answer;

impl Drive {
    async fn ids(&self, method: &str, rest: &str, body: Value) -> Answer {
        self.send(method, &format!("/fga/stores/{}/object-ids{rest}", self.store), body).await
    }

    async fn register(&self, pairs: &[(&str, u32)]) -> Answer {
        let ids: Vec<Value> =
            pairs.iter().map(|(object, id)| json!({ "object": object, "id": id })).collect();
        self.ids("PUT", "", json!({ "ids": ids })).await
    }

    async fn set(&self, more: Value) -> Answer {
        let mut question = json!({ "type": "document", "relation": "can_read", "user": "user:a" });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask("list-objects/set", question).await
    }
}

/// Numbers of a bitmap of one short container.
fn numbers(bitmap: &[u8]) -> Vec<u32> {
    let word = |at: usize| u32::from(u16::from_le_bytes([bitmap[at], bitmap[at + 1]]));
    if word(4) == 0 {
        return Vec::new();
    }
    assert_eq!((word(0), word(4)), (12_346, 1), "one container");
    let (high, count) = (word(8) << 16, word(10) as usize + 1);
    (0..count).map(|n| high | word(16 + 2 * n)).collect()
}

#[tokio::test]
async fn a_set_is_over_the_numbers_that_the_caller_registered_and_says_what_has_none() {
    let drive = Drive::new().await;
    let owned = ["document:7", "document:b", "document:c", "document:d"];
    let tuples: Vec<Value> = owned.iter().map(|object| tuple(object, "owner", "user:a")).collect();
    drive.write(json!(tuples)).await;
    let done = drive
        .register(&[("document:7", 70_000), ("document:b", 70_001), ("document:x", 3), ("group:g", 3)])
        .await;
    assert_eq!((done.status.as_u16(), done.json()), (200, json!({ "registered": 4, "ids_revision": 1 })));
    let estimate = drive.set(json!({ "estimate": true })).await.json();
    let expected = json!({ "count": 2, "unnumbered": 2, "of": 3, "share": 2.0 / 3.0, "ids": "registered",
        "ids_revision": 1, "complete": true, "version": 2 });
    assert_eq!(
        estimate, expected,
        "document:x is registered and not seen, c and d are seen and not registered"
    );
    let set = drive.set(json!({})).await;
    assert_eq!(numbers(&set.bytes), [70_000, 70_001]);
    let told =
        ["chancery-count", "chancery-unnumbered", "chancery-of", "chancery-ids", "chancery-ids-revision"];
    assert_eq!(told.map(|name| set.header(name)), ["2", "2", "3", "registered", "1"]);
    // Who wants ids that are numbers says so; who wants registered ones gets no others.
    assert_eq!(numbers(&drive.set(json!({ "ids": "own" })).await.bytes), [7]);
    let groups = drive.ask(
        "list-objects/set",
        json!({ "type": "group", "relation": "member", "user": "user:a",
        "ids": "registered", "estimate": true }),
    );
    assert_eq!(groups.await.json()["of"], 1);
}

#[tokio::test]
async fn numbers_are_given_once_taken_back_and_given_again() {
    let drive = Drive::new().await;
    drive
        .write(json!([tuple("document:a", "owner", "user:a"), tuple("document:b", "owner", "user:a")]))
        .await;
    drive.register(&[("document:a", 1)]).await;
    let again = drive.register(&[("document:a", 1)]).await.json();
    assert_eq!(again, json!({ "registered": 0, "ids_revision": 1 }), "what is so already is no change");
    for (pairs, why) in [([("document:a", 2)], "has the id 1"), ([("document:b", 1)], "that of document:a")] {
        let refused = drive.register(&pairs).await;
        assert_eq!(code(&refused), (409, "object_id_taken".into()));
        assert!(refused.json()["message"].as_str().unwrap().contains(why), "{}", refused.json());
    }
    // All of a batch, or none.
    drive.register(&[("document:b", 2), ("document:c", 1)]).await;
    assert_eq!(numbers(&drive.set(json!({})).await.bytes), [1]);
    let removed =
        drive.ids("POST", "/remove", json!({ "objects": ["document:a", "document:a", "document:q"] })).await;
    assert_eq!(removed.json(), json!({ "removed": 1, "ids_revision": 2 }));
    assert_eq!(drive.set(json!({ "ids": "registered", "estimate": true })).await.json()["unnumbered"], 2);
    drive.register(&[("document:b", 1), ("document:a", 9)]).await;
    assert_eq!(numbers(&drive.set(json!({})).await.bytes), [1, 9]);
}

#[tokio::test]
async fn numbers_are_listed_page_by_page_and_die_with_their_store() {
    let drive = Drive::new().await;
    let pairs: Vec<(String, u32)> = (0..120).map(|n| (format!("document:{n}"), 1_000 - n)).collect();
    let pairs: Vec<(&str, u32)> = pairs.iter().map(|(object, id)| (object.as_str(), *id)).collect();
    drive.register(&pairs).await;
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page = drive
            .ids("GET", &format!("?type=document&page_size=50&continuation_token={token}"), Value::Null)
            .await;
        let page = page.json();
        assert_eq!(page["total"], 120);
        ids.extend(page["ids"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
        token = page["continuation_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(ids, (881..=1_000).collect::<Vec<_>>());
    let bad = drive.ids("GET", "?type=group&continuation_token=MXxkb2N1bWVudA", Value::Null).await;
    assert_eq!(code(&bad), (400, "invalid_continuation_token".into()));
    drive.send("DELETE", &format!("/fga/stores/{}", drive.store), Value::Null).await;
    assert_eq!(drive.ids("GET", "?type=document", Value::Null).await.status, 404);
}

#[tokio::test]
async fn bad_batches_are_refused_and_the_good_ones_are_in_the_log() {
    let drive = Drive::new().await;
    let many: Vec<Value> =
        (0..1_001).map(|n| json!({ "object": format!("document:{n}"), "id": n })).collect();
    let one = |object: &str, id: Value| json!({ "ids": [{ "object": object, "id": id }] });
    let twice = json!({ "ids": [{ "object": "document:a", "id": 1 }, { "object": "document:b", "id": 1 }] });
    for (body, wanted) in [
        (json!({ "ids": many }), "exceeded_entity_limit"),
        (json!({ "ids": [] }), "validation_error"),
        (one("document", json!(1)), "validation_error"),
        (one("document:*", json!(1)), "validation_error"),
        (one("document:a", json!(-1)), "validation_error"),
        (one("document:a", json!(4_294_967_296u64)), "validation_error"),
        (one("document:a", json!("1")), "validation_error"),
        (twice, "validation_error"),
    ] {
        assert_eq!(code(&drive.ids("PUT", "", body.clone()).await), (400, wanted.into()), "{body}");
    }
    let reader = drive.key("read").await;
    let path = format!("/fga/stores/{}/object-ids", drive.store);
    let refused = drive.send_as(&reader, "PUT", &path, one("document:a", json!(1))).await;
    assert_eq!(code(&refused), (403, "forbidden".into()));
    drive.register(&[("document:a", 1), ("document:b", 2)]).await;
    let log = drive.world.get("/api/v1/events?kind=object_ids_changed", "events.read").await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    let data = &log["items"][0]["data"];
    assert_eq!((&data["registered"], &data["removed"], &data["rev"]), (&json!(2), &json!(0), &json!(1)));
}
