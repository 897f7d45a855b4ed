//! Stores, models and keys of the relationship API.

use serde_json::{Value, json};

use crate::relations::{Drive, code, error, tuple};

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
    let key = json!({ "tuple_key": tuple("document:1", "viewer", "user:a") });
    let none = drive.send("POST", &format!("/fga/stores/{other}/check"), key).await;
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
async fn a_modular_model_comes_back_with_its_modules_and_files() {
    let drive = Drive::new().await;
    let module = |name: &str, file: &str| json!({ "module": name, "source_info": { "file": file } });
    let team = json!({
        "type": "team",
        "relations": { "member": { "this": {} }, "can_note": { "computedUserset": { "relation": "member" } } },
        "metadata": {
            "module": "core", "source_info": { "file": "core.fga" },
            "relations": {
                "member": { "directly_related_user_types": [{ "type": "user" }] },
                "can_note": module("notes", "notes.fga"),
            },
        },
    });
    let model = json!({
        "schema_version": "1.2",
        "type_definitions": [{ "type": "user", "metadata": module("core", "core.fga") }, team],
    });
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let written = drive.send("POST", &path, model).await;
    assert_eq!(written.status, 201, "{written:?}");
    let id = written.json()["authorization_model_id"].as_str().unwrap().to_owned();
    let read = drive.send("GET", &format!("{path}/{id}"), Value::Null).await.json();
    let read = &read["authorization_model"];
    assert_eq!(read["schema_version"], "1.2");
    let metadata = &read["type_definitions"][1]["metadata"];
    assert_eq!((&metadata["module"], &metadata["source_info"]["file"]), (&json!("core"), &json!("core.fga")));
    let added = &metadata["relations"]["can_note"];
    assert_eq!((&added["module"], &added["source_info"]["file"]), (&json!("notes"), &json!("notes.fga")));
    assert_eq!(drive.write(json!([tuple("team:red", "member", "user:a")])).await.status, 200);
    assert!(drive.allowed("team:red", "can_note", "user:a").await);
}
