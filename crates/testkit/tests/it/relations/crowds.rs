//! Crowds of long questions before the real listener: they leave room for other organizations and for short questions of their
//! own, are told to come again, and give their places back when nobody waits for the answers.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use chancery_testkit::Api;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::{Store, tuple, writes};
use crate::walls::isolation::{second_organization, their_token};
use crate::world::{Reply, World};

/// More than there are places of one organization on any machine.
const CROWD: usize = 120;

/// One crowd at a time: each keeps all of the machine at work.
static ALONE: Mutex<()> = Mutex::const_new(());

/// For how long a question is worked at.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each relation stands on both sides of the next: a list of users finds no end of them.
fn doubling() -> Value {
    let of = |at: usize| json!({ "computedUserset": { "relation": format!("r{at}") } });
    let either = |a: Value, b: Value| json!({ "union": { "child": [a, b] } });
    let both = |a: Value, b: Value| json!({ "intersection": { "child": [a, b] } });
    let users = json!({ "directly_related_user_types": [{ "type": "user" }] });
    let mut relations = json!({ "r0": { "this": {} } });
    let mut related = json!({ "r0": users });
    for at in 1..=30 {
        let rewrite = both(either(json!({ "this": {} }), of(at - 1)), either(of(at - 1), of(at - 1)));
        relations[format!("r{at}")] = rewrite;
        related[format!("r{at}")] = users.clone();
    }
    json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            { "type": "document", "relations": relations, "metadata": { "relations": related } },
        ],
    })
}

/// A store of such a model in the organization whose token that is.
async fn store(w: &World, token: String) -> Arc<Store> {
    let api = Api::new(w.kit.base(), Some(token)).unwrap();
    let made = async |path: &str, body: Value| api.post(path, body).await.unwrap().ok().unwrap().body;
    let id = made("/fga/stores", json!({ "name": "drive" })).await["id"].as_str().unwrap().to_owned();
    let path = format!("/fga/stores/{id}");
    made(&format!("{path}/authorization-models"), doubling()).await;
    let key = made(&format!("{path}/keys"), json!({ "name": "app", "level": "write" })).await;
    let key = Api::new(w.kit.base(), Some(key["key"].as_str().unwrap().to_owned())).unwrap();
    let store = Store::new(w.kit.base(), &path, &key);
    assert_eq!(store.ask("write", writes(&[tuple("document:1", "r0", "user:a")])).await.status, 200);
    Arc::new(store)
}

/// Takes as long as it may.
fn long() -> Value {
    let object = json!({ "type": "document", "id": "1" });
    json!({ "object": object, "relation": "r30", "user_filters": [{ "type": "user" }] })
}

/// What came of it, and after how long.
async fn timed(store: &Store, what: &str, body: Value) -> (Reply, Duration) {
    let began = Instant::now();
    let reply = store.ask(what, body).await;
    (reply, began.elapsed())
}

/// A list that is known at once.
async fn short(store: &Store) -> (Reply, Duration) {
    timed(store, "list-objects", json!({ "type": "document", "relation": "r0", "user": "user:a" })).await
}

/// A page of tuples, which has to have a place.
async fn page(store: &Store) -> (Reply, Duration) {
    timed(store, "read", json!({ "tuple_key": tuple("document:1", "r0", "user:a") })).await
}

/// Waits until a crowd has taken all places of its organization.
async fn until_taken(store: &Store) {
    while tokio::time::timeout(Duration::from_millis(250), page(store)).await.is_ok() {}
}

fn crowd(store: &Arc<Store>) -> JoinSet<(Reply, Duration)> {
    let ask = |_| {
        let store = store.clone();
        async move { timed(&store, "list-users", long()).await }
    };
    (0..CROWD).map(ask).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_long_questions_is_told_to_come_again_and_leaves_room_for_another_organization() {
    let _alone = ALONE.lock().await;
    let mut w = World::start().await;
    let other = second_organization(&w).await;
    let theirs = store(&w, their_token(&w, &other).await).await;
    let token = w.api().await.token.unwrap();
    let ours = store(&w, token).await;
    let mut crowd = crowd(&ours);
    let (mut answers, mut meanwhile) = (Vec::new(), Vec::new());
    while !crowd.is_empty() {
        while let Some(answer) = crowd.try_join_next() {
            answers.push(answer.unwrap());
        }
        meanwhile.push(short(&theirs).await);
    }
    let (refused, worked): (Vec<_>, Vec<_>) = answers.iter().partition(|(reply, _)| reply.status == 429);
    // Whoever comes to a place so late that nothing could be done there is refused too.
    assert!(refused.len() > CROWD / 2 && !worked.is_empty(), "{} of {CROWD} refused", refused.len());
    for (reply, _) in worked {
        assert_eq!((reply.status, &reply.body["complete"]), (200, &false.into()), "{}", reply.text);
    }
    for (reply, took) in refused {
        assert_eq!(reply.body["code"], "resource_exhausted");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(*took > PATIENCE / 2, "they were not waited for: {took:?}");
    }
    for (reply, took) in meanwhile {
        assert_eq!((reply.status, &reply.body["complete"]), (200, &true.into()), "{}", reply.text);
        assert!(took < PATIENCE * 2 / 3, "another organization waited: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_whose_callers_went_away_ends_long_before_its_time_is_over() {
    let _alone = ALONE.lock().await;
    let mut w = World::start().await;
    let token = w.api().await.token.unwrap();
    let store = store(&w, token).await;
    let began = Instant::now();
    let mut crowd = crowd(&store);
    until_taken(&store).await;
    crowd.shutdown().await;
    let (reply, took) = page(&store).await;
    assert_eq!(
        (reply.status, reply.body["tuples"].as_array().map(Vec::len)),
        (200, Some(1)),
        "{}",
        reply.text
    );
    assert!(began.elapsed() < PATIENCE, "after {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn short_lists_do_not_wait_for_a_crowd_of_long_ones_of_their_organization() {
    let _alone = ALONE.lock().await;
    let mut w = World::start().await;
    let token = w.api().await.token.unwrap();
    let store = store(&w, token).await;
    let mut crowd = JoinSet::new();
    // As many as there are places of one organization, and some who wait.
    let places = (available_parallelism().map_or(1, usize::from) * 12).min(48);
    for _ in 0..places + 16 {
        let store = store.clone();
        crowd.spawn(async move {
            // Whoever is told to come again does, at once.
            loop {
                let reply = store.ask("list-users", long()).await;
                assert_eq!(reply.body["users"].as_array().map_or(0, Vec::len), 0, "{}", reply.text);
                assert_ne!(reply.body["complete"], true, "{}", reply.text);
            }
        });
    }
    until_taken(&store).await;
    let objects = json!({ "type": "document", "relation": "r0", "user": "user:a" });
    let users = json!({
        "object": { "type": "document", "id": "1" }, "relation": "r0", "user_filters": [{ "type": "user" }],
    });
    let user = json!([{ "object": { "type": "user", "id": "a" } }]);
    let mut late = Vec::new();
    for n in 0..20 {
        for (what, body, field, right) in [
            ("list-objects", &objects, "/objects", json!(["document:1"])),
            ("list-users", &users, "/users", user.clone()),
            ("streamed-list-objects", &objects, "/result/object", json!("document:1")),
        ] {
            let (reply, took) = timed(&store, what, body.clone()).await;
            if reply.status == 429 || took > Duration::from_secs(1) {
                late.push(format!("{what} {n}: {} after {took:?}", reply.status));
            }
            if reply.status != 429 {
                let whole = reply.body["complete"] == true || what.starts_with("streamed");
                assert!(whole && reply.body.pointer(field) == Some(&right), "{what} {n}: {}", reply.text);
            }
        }
    }
    // One whose thread the system let wait in its moment is done when there is a place.
    assert!(late.len() <= 6, "{} of 60 waited: {late:?}", late.len());
    assert!(crowd.try_join_next().is_none(), "the crowd went away");
    crowd.shutdown().await;
}
