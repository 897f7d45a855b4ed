//! Explanations over HTTP: for a yes the way, for a no what is missing, and never more than the asker may read.

use serde_json::{Value, json};

use crate::relations::{Drive, tuple};

async fn explained(drive: &Drive, object: &str, relation: &str, user: &str) -> Value {
    let answer = drive.ask("explain", json!({ "tuple_key": tuple(object, relation, user) })).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

/// Kind and sentence of each step, by depth.
fn picture(told: &Value) -> Vec<String> {
    let line = |step: &Value| {
        let depth = usize::try_from(step["depth"].as_u64().unwrap()).unwrap();
        format!(
            "{}{} {} {}",
            "  ".repeat(depth),
            step["kind"].as_str().unwrap(),
            step["allowed"],
            step["says"].as_str().unwrap()
        )
    };
    told["steps"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_yes_is_explained_by_the_tuples_that_made_it_true() {
    let drive = Drive::new().await;
    let tuples = [
        tuple("document:plan", "viewer", "group:eng#member"),
        tuple("group:eng", "member", "group:core#member"),
        tuple("group:core", "member", "user:anne"),
    ];
    drive.write(json!(tuples)).await;
    let told = explained(&drive, "document:plan", "can_read", "user:anne").await;
    assert_eq!((&told["allowed"], &told["complete"]), (&json!(true), &json!(true)));
    assert_eq!(
        picture(&told),
        [
            "relation true user:anne has can_read on document:plan",
            "  relation true user:anne has viewer on document:plan",
            "    tuple true document:plan#viewer@group:eng#member leads on to group:eng#member",
            "      relation true user:anne has member on group:eng",
            "        tuple true group:eng#member@group:core#member leads on to group:core#member",
            "          relation true user:anne has member on group:core",
            "            tuple true group:core#member@user:anne names the user",
            "  except false and is not taken out again",
            "    relation false user:anne does not have blocked on document:plan",
            "      missing false no tuple of document:plan#blocked names user:anne or leads on",
        ]
    );
    assert_eq!(told["steps"][2]["tuple_key"], tuples[0]);
    // OpenFGA's own question carries the same as one line, if it asks for it.
    let asked = json!({ "tuple_key": tuple("document:plan", "viewer", "user:anne"), "trace": true });
    let traced = drive.ask("check", asked.clone()).await.json();
    let way = "document:plan#viewer > document:plan#viewer@group:eng#member > group:eng#member@group:core#member > \
               group:core#member@user:anne";
    assert_eq!(traced, json!({ "allowed": true, "resolution": way }));
    drive.delete(json!([tuple("group:eng", "member", "group:core#member")])).await;
    assert_eq!(drive.ask("check", asked).await.json(), json!({ "allowed": false, "resolution": "" }));
}

#[tokio::test]
async fn a_no_is_explained_by_what_was_tried_and_what_is_missing() {
    let drive = Drive::new().await;
    let blocked = [
        tuple("document:plan", "owner", "user:bob"),
        tuple("document:plan", "blocked", "user:bob"),
        tuple("document:plan", "viewer", "group:eng#member"),
    ];
    drive.write(json!(blocked)).await;
    let bob = explained(&drive, "document:plan", "can_read", "user:bob").await;
    let lines = picture(&bob);
    assert!(lines.iter().any(|line| line == "  except true and is taken out again"), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("document:plan#blocked@user:bob names the user")),
        "{lines:?}"
    );
    let cy = explained(&drive, "document:plan", "viewer", "user:cy").await;
    assert_eq!(cy["allowed"], json!(false));
    assert_eq!(
        picture(&cy),
        [
            "relation false user:cy does not have viewer on document:plan",
            "  tuple false document:plan#viewer@group:eng#member leads on to group:eng#member",
            "    relation false user:cy does not have member on group:eng",
            "      missing false no tuple of group:eng#member names user:cy or leads on",
            "  relation false user:cy does not have owner on document:plan",
            "    missing false no tuple of document:plan#owner names user:cy or leads on",
        ]
    );
}

#[tokio::test]
async fn a_condition_says_what_it_needs_and_whether_it_is_met() {
    let drive = Drive::new().await;
    let until = json!({ "name": "in_time", "context": { "until": "2026-01-01T00:00:00Z" } });
    let mut granted = tuple("document:plan", "viewer", "user:anne");
    granted["condition"] = until;
    assert_eq!(drive.write(json!([granted])).await.status, 200);
    let told = explained(&drive, "document:plan", "viewer", "user:anne").await;
    assert_eq!((&told["allowed"], &told["error"]["code"]), (&json!(null), &json!("validation_error")));
    assert_eq!(told["steps"][1]["missing"], json!(["now"]));
    let says = "the condition in_time of document:plan#viewer@user:anne needs now: give it in the context";
    assert_eq!(told["steps"][1]["says"], says);
    let asked = |now: &str| json!({ "tuple_key": tuple("document:plan", "viewer", "user:anne"), "context": { "now": now } });
    let late = drive.ask("explain", asked("2026-02-01T00:00:00Z")).await.json();
    assert_eq!(late["allowed"], json!(false));
    assert!(picture(&late)[1].ends_with("is not met"), "{late}");
    let early = drive.ask("explain", asked("2025-02-01T00:00:00Z")).await.json();
    assert_eq!(early["allowed"], json!(true));
    assert!(picture(&early)[1].ends_with("under the condition in_time, which is met"), "{early}");
}

#[tokio::test]
async fn a_circle_is_named_and_a_long_explanation_is_cut_and_says_so() {
    let drive = Drive::new().await;
    let round = [tuple("group:a", "member", "group:b#member"), tuple("group:b", "member", "group:a#member")];
    drive.write(json!(round)).await;
    let told = explained(&drive, "group:a", "member", "user:anne").await;
    assert!(picture(&told).iter().any(|line| line.contains("goes round in a circle")), "{told}");
    assert_eq!(told["complete"], json!(true));
    for block in 0..5 {
        let many = |n: usize| tuple("document:wide", "viewer", &format!("group:{}#member", block * 100 + n));
        assert_eq!(drive.write(json!((0..100).map(many).collect::<Vec<_>>())).await.status, 200);
    }
    let told = explained(&drive, "document:wide", "viewer", "user:anne").await;
    assert_eq!((&told["allowed"], &told["complete"]), (&json!(false), &json!(false)));
    assert!(told["steps"].as_array().unwrap().len() <= 500);
    // However many ways lead nowhere, the one that allows is found.
    drive.write(json!([tuple("group:499", "member", "user:anne")])).await;
    let told = explained(&drive, "document:wide", "viewer", "user:anne").await;
    assert_eq!((&told["allowed"], &told["complete"]), (&json!(true), &json!(true)));
    assert_eq!(told["steps"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn who_may_not_read_hears_nothing_and_a_recorded_store_records_the_decision() {
    let drive = Drive::new().await;
    drive.write(json!([tuple("document:plan", "viewer", "user:anne")])).await;
    let path = format!("/fga/stores/{}/explain", drive.store);
    let asked = json!({ "tuple_key": tuple("document:plan", "viewer", "user:anne") });
    let other = drive.world.token("agents.read");
    assert_eq!(drive.send_as(&other, "POST", &path, asked.clone()).await.status, 403);
    let second = drive.make("second").await;
    let key = drive.key("read").await;
    let elsewhere = format!("/fga/stores/{second}/explain");
    assert_eq!(drive.send_as(&key, "POST", &elsewhere, asked.clone()).await.status, 401);
    let recording = format!("/fga/stores/{}/recording", drive.store);
    drive.send("PUT", &recording, json!({ "recorded": true })).await;
    assert_eq!(drive.send_as(&key, "POST", &path, asked).await.status, 200);
    let log = drive.world.get("/api/v1/events?kind=relation_decided", "events.read").await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    let unknown =
        drive.ask("explain", json!({ "tuple_key": tuple("document:plan", "flies", "user:anne") })).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["code"]), (400, &json!("validation_error")));
}
