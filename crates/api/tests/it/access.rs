//! AuthZEN 1.0, each store a policy decision point.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::relations::{Drive, tuple};

fn question(user: &str, action: &str, document: &str) -> Value {
    json!({ "subject": { "type": "user", "id": user }, "action": { "name": action },
        "resource": { "type": "document", "id": document } })
}

async fn drive() -> Drive {
    let drive = Drive::new().await;
    let tuples = json!([
        tuple("document:1", "owner", "user:a"),
        tuple("document:2", "viewer", "user:a"),
        tuple("document:2", "viewer", "user:b"),
        tuple("document:2", "blocked", "user:b")
    ]);
    assert_eq!(drive.write(tuples).await.status, 200);
    drive
}

#[tokio::test]
async fn a_denial_is_an_answer_and_a_gap_in_the_question_is_none() {
    let drive = drive().await;
    let ask = async |body: Value| drive.ask("access/v1/evaluation", body).await;
    assert_eq!(ask(question("a", "can_read", "2")).await.json(), json!({ "decision": true }));
    let denied = ask(question("b", "can_read", "2")).await;
    assert_eq!((denied.status.as_u16(), denied.json()), (200, json!({ "decision": false })));
    for gap in ["subject", "action", "resource"] {
        let mut body = question("a", "can_read", "1");
        body.as_object_mut().unwrap().remove(gap);
        let refused = ask(body).await;
        assert_eq!(refused.status, 400, "{gap}");
        assert!(refused.json()["message"].as_str().unwrap().contains(gap));
    }
    let nobody = Request::post(format!("/fga/stores/{}/access/v1/evaluation", drive.store));
    let nobody = drive.world.send(nobody.body(Body::from("{}")).unwrap()).await;
    assert_eq!(nobody.status, 401);
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn items_take_what_they_lack_from_the_request_and_each_semantic_ends_where_it_should() {
    let drive = drive().await;
    let ask = async |semantic: Option<&str>| {
        let on = |document: &str| json!({ "resource": { "type": "document", "id": document } });
        let mut body = question("b", "can_read", "9");
        body["evaluations"] = json!([on("1"), { "subject": { "type": "user", "id": "a" }, "resource": { "type": "document", "id": "2" } },
            { "action": { "name": "fly" } }, on("2")]);
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        drive.ask("access/v1/evaluations", body).await
    };
    let decisions = |answer: &crate::world::Answer| {
        let body = answer.json();
        body["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["decision"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    let all = ask(None).await;
    assert_eq!(decisions(&all), [false, true, false, false]);
    let error = &all.json()["evaluations"][2]["context"]["error"];
    assert_eq!(error["status"], 400);
    assert!(error["message"].as_str().unwrap().contains("fly"));
    assert_eq!(decisions(&ask(Some("execute_all")).await), [false, true, false, false]);
    assert_eq!(decisions(&ask(Some("deny_on_first_deny")).await), [false]);
    assert_eq!(decisions(&ask(Some("permit_on_first_permit")).await), [false, true]);
    assert_eq!(ask(Some("sometimes")).await.status, 400);
    // Without items it is a single question.
    let single = drive.ask("access/v1/evaluations", question("a", "owner", "1")).await;
    assert_eq!(single.json(), json!({ "decision": true }));
}

#[tokio::test]
async fn properties_and_context_reach_conditions_and_the_requests_own_context_wins() {
    let drive = Drive::new().await;
    let mut timed = tuple("document:1", "viewer", "user:a");
    timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
    assert_eq!(drive.write(json!([timed])).await.status, 200);
    let ask = async |context: Value| {
        let mut body = question("a", "viewer", "1");
        body["context"] = context;
        body["subject"]["properties"] = json!({ "now": "ignored under another name" });
        drive.ask("access/v1/evaluation", body).await
    };
    assert_eq!(ask(json!({ "now": "2026-01-01T00:00:00Z" })).await.json()["decision"], true);
    assert_eq!(ask(json!({ "now": "2028-01-01T00:00:00Z" })).await.json()["decision"], false);
    assert_eq!(ask(json!({})).await.status, 400);
}

#[tokio::test]
async fn what_a_search_finds_is_decided_alike_when_asked_singly() {
    let drive = drive().await;
    let ask =
        async |what: &str, body: Value| drive.ask(&format!("access/v1/search/{what}"), body).await.json();
    let mut by_subject = question("x", "viewer", "2");
    by_subject["subject"].as_object_mut().unwrap().remove("id");
    let found = ask("subject", by_subject.clone()).await;
    assert_eq!(found["results"], json!([{ "type": "user", "id": "a" }, { "type": "user", "id": "b" }]));
    assert_eq!(found["page"]["next_token"], "");
    by_subject["page"] = json!({ "limit": 1 });
    let first = ask("subject", by_subject.clone()).await;
    by_subject["page"] = json!({ "limit": 1, "token": first["page"]["next_token"] });
    assert_eq!(ask("subject", by_subject).await["results"], json!([{ "type": "user", "id": "b" }]));
    let mut by_resource = question("a", "can_read", "x");
    by_resource["resource"].as_object_mut().unwrap().remove("id");
    let found = ask("resource", by_resource).await;
    assert_eq!(
        found["results"],
        json!([{ "type": "document", "id": "1" }, { "type": "document", "id": "2" }])
    );
    let mut by_action = question("a", "x", "1");
    by_action.as_object_mut().unwrap().remove("action");
    let found = ask("action", by_action).await;
    assert_eq!(found["results"], json!([{ "name": "can_read" }, { "name": "owner" }, { "name": "viewer" }]));
    for one in found["results"].as_array().unwrap() {
        let again =
            drive.ask("access/v1/evaluation", question("a", one["name"].as_str().unwrap(), "1")).await;
        assert_eq!(again.json()["decision"], true);
    }
}

#[tokio::test]
async fn discovery_names_what_was_configured_whatever_the_host_header_says() {
    let drive = Drive::new().await;
    for path in [
        format!("/.well-known/authzen-configuration/fga/stores/{}", drive.store),
        format!("/fga/.well-known/authzen-configuration/{}", drive.store),
    ] {
        let request = Request::get(path).header("host", "evil.example").body(Body::empty()).unwrap();
        let document = drive.world.send(request).await.json();
        let point = format!("https://id.example/fga/stores/{}", drive.store);
        assert_eq!(document["policy_decision_point"], json!(point));
        assert_eq!(document["access_evaluation_endpoint"], json!(format!("{point}/access/v1/evaluation")));
        assert!(!document.to_string().contains("evil"));
    }
}

/// Also where it is refused; and what is too long to be an id, or meant for another door, is not given back.
#[tokio::test]
async fn a_caller_gets_the_id_of_its_request_back_whatever_the_answer_is() {
    let drive = drive().await;
    let token = drive.world.token("relations.read");
    let ask = async |path: &str, token: &str, id: &str, body: &Value| {
        let request = Request::post(format!("/fga/stores/{}/{path}", drive.store))
            .header("authorization", format!("Bearer {token}"))
            .header("x-request-id", id);
        let answer = drive.world.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (answer.status.as_u16(), answer.header("x-request-id").to_owned())
    };
    let (asked, evaluation) = (question("a", "owner", "1"), "access/v1/evaluation");
    for (token, body, status) in
        [(&*token, &asked, 200), (&token, &json!({}), 400), (&token, &json!([]), 400), ("wrong", &asked, 401)]
    {
        assert_eq!(ask(evaluation, token, "r-19", body).await, (status, "r-19".to_owned()));
    }
    assert!(ask(evaluation, &token, &"r".repeat(129), &asked).await.1.starts_with("rqt_"));
    assert!(ask("check", &token, "r-19", &asked).await.1.starts_with("rqt_"));
}

/// What another reader would refuse, or read otherwise.
#[tokio::test]
async fn a_question_is_made_of_objects_and_names_nothing_twice() {
    let drive = drive().await;
    let user = json!({ "type": "user", "id": "a" });
    let (name, document) = (json!({ "name": "owner" }), json!({ "type": "document", "id": "1" }));
    let of = |subject: &Value, resource: &Value| json!({ "subject": subject, "action": name, "resource": resource });
    assert_eq!(drive.ask("access/v1/evaluation", of(&user, &document)).await.json()["decision"], true);
    for (what, body) in [
        ("evaluation", json!([user, name, document, null])),
        ("evaluation", of(&json!(["user", "a", null]), &document)),
        ("evaluation", of(&user, &json!(["document", "1", null]))),
        ("evaluations", json!({ "evaluations": [[user, name, document, null]] })),
        ("evaluations", json!({ "options": ["execute_all"], "evaluations": [of(&user, &document)] })),
        ("search/action", json!({ "subject": user, "resource": document, "page": ["", 1] })),
        // A set of subjects is no subject.
        ("evaluation", of(&json!({ "type": "group", "id": "eng#member" }), &document)),
    ] {
        let answer = drive.ask(&format!("access/v1/{what}"), body.clone()).await;
        assert_eq!(crate::relations::code(&answer), (400, "validation_error".into()), "{body}");
    }
    for twice in
        [r#""subject":{"type":"user","id":"a","properties":{"x":1,"x":2}}"#, r#""context":{"x":1,"x":2}"#]
    {
        let body = format!(r#"{{"action":{name},"resource":{document},"subject":{user},{twice}}}"#);
        let request = Request::post(format!("/fga/stores/{}/access/v1/evaluation", drive.store))
            .header("authorization", format!("Bearer {}", drive.token));
        assert_eq!(drive.world.send(request.body(Body::from(body)).unwrap()).await.status, 400, "{twice}");
    }
}

/// What rests on something that was not said is left out, and it is said that something was.
#[tokio::test]
async fn a_search_for_actions_that_lacks_something_finds_the_others_and_says_so() {
    let drive = drive().await;
    let mut timed = tuple("document:3", "viewer", "user:a");
    timed["condition"] = json!({ "name": "in_time", "context": { "until": "2027-01-01T00:00:00Z" } });
    assert_eq!(drive.write(json!([timed, tuple("document:3", "blocked", "user:a")])).await.status, 200);
    let ask = async |context: Value, user: &str| {
        let mut body = question(user, "x", "3");
        body.as_object_mut().unwrap().remove("action");
        body["context"] = context;
        drive.ask("access/v1/search/action", body).await
    };
    let told = |answer: crate::world::Answer| {
        let body = answer.json();
        let names =
            body["results"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>().join(" "), body["context"]["complete"].as_bool().unwrap())
    };
    let early = json!({ "now": "2026-01-01T00:00:00Z" });
    assert_eq!(told(ask(json!({}), "a").await), ("blocked".to_owned(), false));
    assert_eq!(told(ask(early.clone(), "a").await), ("blocked viewer".to_owned(), true));
    // What is wrong with the question is an error, and no empty list.
    assert_eq!(ask(json!({ "now": "\u{1}" }), "a").await.status, 400);
    assert_eq!(ask(early, "a b").await.status, 400);
}
