//! `read`, page by page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::relations::{Drive, code, tuple};

impl Drive {
    /// Every page, with something done after the first.
    async fn pages(&self, key: Option<Value>, size: usize, between: impl AsyncFnOnce()) -> Vec<Value> {
        let (mut all, mut token, mut between) = (Vec::new(), String::new(), Some(between));
        loop {
            let mut question = json!({ "page_size": size, "continuation_token": token });
            if let Some(key) = &key {
                question["tuple_key"] = key.clone();
            }
            let page = self.ask("read", question).await.json();
            all.extend(page["tuples"].as_array().unwrap().iter().map(|tuple| tuple["key"].clone()));
            token = page["continuation_token"].as_str().unwrap().to_owned();
            if token.is_empty() {
                return all;
            }
            if let Some(between) = between.take() {
                between().await;
            }
        }
    }
}

fn counted(keys: &[Value]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for key in keys {
        *all.entry(format!("{}#{}@{}", key["object"], key["relation"], key["user"])).or_default() += 1;
    }
    all
}

fn many(object: impl Fn(usize) -> String, user: impl Fn(usize) -> String, count: usize) -> Vec<Value> {
    (0..count).map(|n| tuple(&object(n), "viewer", &user(n))).collect()
}

#[tokio::test]
async fn what_stands_throughout_is_read_exactly_once_whatever_is_written_between() {
    let drive = Drive::new().await;
    let tuples = many(|n| format!("document:{n}"), |_| "user:a".into(), 90);
    drive.write(json!(tuples)).await;
    // Written, deleted and written again, all in one moment: the clock of this server stands still.
    drive.delete(json!(tuples[3..6])).await;
    drive.write(json!(tuples[4..6])).await;
    for filter in [None, Some(json!({ "object": "document:", "user": "user:a" }))] {
        let read = drive
            .pages(filter.clone(), 20, async || {
                drive.delete(json!(tuples[80..82])).await;
                drive.write(json!(tuples[80..82])).await;
                drive.write(json!(many(|n| format!("document:new-{n}"), |_| "user:b".into(), 30))).await;
            })
            .await;
        let counts = counted(&read);
        assert!(counts.values().all(|count| *count == 1), "{filter:?}: {counts:?}");
        for (n, tuple) in tuples.iter().enumerate().filter(|(n, _)| *n != 3 && !(80..82).contains(n)) {
            assert!(
                counts.contains_key(&format!("{}#{}@{}", tuple["object"], tuple["relation"], tuple["user"])),
                "{n}"
            );
        }
        assert!(!counts.contains_key("\"document:3\"#\"viewer\"@\"user:a\""));
        drive.delete(json!(many(|n| format!("document:new-{n}"), |_| "user:b".into(), 30))).await;
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_store_and_its_filter_alone() {
    let drive = Drive::new().await;
    drive.write(json!(many(|_| "document:1".into(), |n| format!("user:{n}"), 10))).await;
    let by_object = |object: &str, token: &str| json!({ "tuple_key": { "object": object }, "page_size": 5, "continuation_token": token });
    let page = drive.ask("read", by_object("document:1", "")).await.json();
    let token = page["continuation_token"].as_str().unwrap().to_owned();
    assert_eq!(
        drive.ask("read", by_object("document:1", &token)).await.json()["tuples"].as_array().unwrap().len(),
        5
    );
    let bad = (400, "invalid_continuation_token".to_owned());
    assert_eq!(code(&drive.ask("read", by_object("document:2", &token)).await), bad);
    assert_eq!(code(&drive.ask("read", json!({ "continuation_token": token })).await), bad);
    let mut longer = token.clone();
    longer.insert(40, 'A');
    assert_eq!(code(&drive.ask("read", by_object("document:1", &longer)).await), bad);
    let other = drive.make("other").await;
    let elsewhere =
        drive.send("POST", &format!("/fga/stores/{other}/read"), by_object("document:1", &token)).await;
    assert_eq!(code(&elsewhere), bad);
}
