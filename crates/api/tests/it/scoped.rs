//! Tokens for one store.

use chancery_api::routes::{Gate, TABLE};
use serde_json::{Value, json};

use crate::relations::{Drive, code, tuple};
use crate::world::Answer;

const NOWHERE: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const ALL: &str = "relations.read relations.write relations.manage";

/// What an answer tells, without the id of the request.
fn told(answer: &Answer) -> (u16, Vec<u8>, String) {
    (answer.status.as_u16(), answer.bytes.clone(), answer.header("www-authenticate").to_owned())
}

#[tokio::test]
async fn a_token_for_one_store_opens_no_other_on_any_route_and_all_others_look_alike() {
    let drive = Drive::new().await;
    let other = drive.make("other").await;
    let app = drive.world.stand_for(&drive.store).await;
    let token = drive.world.token_at(&drive.store, app, ALL);
    let mut routes = 0;
    for row in TABLE.iter().filter(|row| row.path.contains("/fga/") && row.gate != Gate::Open) {
        let mut refusals = Vec::new();
        for store in [other.as_str(), NOWHERE, "x", &drive.store.to_lowercase(), "%30"] {
            let path =
                row.path.replace("{store}", store).replace("{model}", &drive.model).replace("{key}", "x");
            let answer = drive.send_as(&token, row.verb.method().as_str(), &path, json!({})).await;
            refusals.push(told(&answer));
        }
        assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{row:?}: {refusals:?}");
        assert_eq!(refusals[0].0, 401, "{row:?}");
        routes += 1;
    }
    assert!(routes >= 30, "{routes}");
    // Nor anything else of the server.
    for row in TABLE.iter().filter(|row| !row.path.contains("/fga/") && row.gate != Gate::Open) {
        let answer = drive.send_as(&token, row.verb.method().as_str(), row.path, json!({})).await;
        assert_eq!(answer.status, 401, "{row:?}");
    }
    assert_eq!(
        drive.send_as(&drive.token, "GET", &format!("/fga/stores/{other}"), Value::Null).await.status,
        200
    );
}

#[tokio::test]
async fn a_token_for_one_store_does_there_what_its_scopes_say() {
    let drive = Drive::new().await;
    let app = drive.world.stand_for(&drive.store).await;
    let token = |scopes: &str| drive.world.token_at(&drive.store, app, scopes);
    let at = |what: &str| format!("/fga/stores/{}{what}", drive.store);
    let order = json!({ "writes": { "tuple_keys": [tuple("document:1", "viewer", "user:a")] } });
    let (read, write, manage) =
        (token("relations.read"), token("relations.write"), token("relations.manage"));
    let refused = drive.send_as(&read, "POST", &at("/write"), order.clone()).await;
    assert_eq!(code(&refused), (403, "forbidden".into()));
    assert_eq!(drive.send_as(&write, "POST", &at("/write"), order).await.status, 200);
    let question = json!({ "tuple_key": tuple("document:1", "viewer", "user:a") });
    let checked = drive.send_as(&read, "POST", &at("/check"), question.clone()).await;
    assert_eq!((checked.status.as_u16(), checked.json()["allowed"].clone()), (200, json!(true)));
    let evaluated = json!({ "subject": { "type": "user", "id": "a" }, "action": { "name": "viewer" },
        "resource": { "type": "document", "id": "1" } });
    let decided = drive.send_as(&read, "POST", &at("/access/v1/evaluation"), evaluated).await;
    assert_eq!((decided.status.as_u16(), decided.json()["decision"].clone()), (200, json!(true)));
    let refused = drive.send_as(&write, "DELETE", &at(""), Value::Null).await;
    assert_eq!(code(&refused), (403, "forbidden".into()));
    // Stores are neither listed nor made with it.
    for method in ["GET", "POST"] {
        let answer = drive.send_as(&manage, method, "/fga/stores", json!({ "name": "more" })).await;
        assert_eq!(answer.status, 401, "{method}");
    }
    // A store that is gone is gone for it too.
    assert_eq!(drive.send_as(&manage, "DELETE", &at(""), Value::Null).await.status, 204);
    assert_eq!(
        code(&drive.send_as(&read, "POST", &at("/check"), question).await),
        (404, "store_id_not_found".into())
    );
}

#[tokio::test]
async fn an_application_of_another_resource_lends_its_tokens_to_no_store() {
    let drive = Drive::new().await;
    let other = drive.make("other").await;
    let app = drive.world.stand_for(&other).await;
    // The right audience, by an application that stands for something else.
    let forged = drive.world.token_at(&drive.store, app, ALL);
    let answer = drive.send_as(&forged, "GET", &format!("/fga/stores/{}", drive.store), Value::Null).await;
    assert_eq!(answer.status, 401);
    let log = drive.world.get("/api/v1/events?kind=access_denied", "events.read").await.json();
    assert_eq!(log["items"][0]["data"]["reason"], "the token is for another audience");
}
