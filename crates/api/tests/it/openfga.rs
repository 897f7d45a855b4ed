//! Requests of every kind, good and bad, with what OpenFGA's own server answers: status, code and words, or the body.

use serde_json::{Value, json};

use crate::relations::Drive;
use crate::world::Answer;

const TABLE: &str = include_str!("../data/openfga.txt");

/// Fields of ours, which OpenFGA's clients pass over.
const ADDED: [&str; 2] = ["complete", "recorded"];

/// `⟨x*3⟩` written out.
fn expanded(text: &str) -> String {
    let mut parts = text.split('⟨');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (run, rest) = part.split_once('⟩').unwrap();
        let (character, times) = run.rsplit_once('*').unwrap();
        out.push_str(&character.repeat(times.parse().unwrap()));
        out.push_str(rest);
    }
    out
}

/// The line of the table that begins so.
fn told(name: &str) -> Value {
    let line = TABLE.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    serde_json::from_str(line).unwrap()
}

async fn filled() -> Drive {
    let mut drive = Drive::new().await;
    let path = format!("/fga/stores/{}/authorization-models", drive.store);
    let made = drive.send("POST", &path, told("model ")).await;
    drive.model = made.json()["authorization_model_id"].as_str().unwrap().to_owned();
    let written = drive.write(told("tuples ")).await;
    assert_eq!(written.status, 200, "{}", written.json());
    drive
}

/// An answer as the table tells one.
fn shown(answer: &Answer, with_body: bool) -> String {
    let status = answer.status.as_u16();
    let mut body = if answer.bytes.is_empty() { Value::Null } else { answer.json() };
    if let (Some(code), Some(message)) = (body["code"].as_str(), body["message"].as_str()) {
        return format!("{status} {code} {message}");
    }
    if let (Some(fields), true) = (body.as_object_mut(), with_body) {
        fields.retain(|name, _| !ADDED.contains(&name.as_str()));
        return format!("{status} {}", sorted(body));
    }
    status.to_string()
}

/// Lists without an order of their own in one.
fn sorted(mut body: Value) -> Value {
    for name in ["objects", "users"] {
        if let Some(list) = body.get_mut(name).and_then(Value::as_array_mut) {
            list.sort_by_key(Value::to_string);
        }
    }
    body
}

#[tokio::test]
async fn every_request_of_the_table_is_answered_as_openfga_answers_it() {
    let (mut asked, mut other) = (0, Vec::new());
    for section in TABLE.split("\n## ").skip(1) {
        let drive = filled().await;
        let lines: Vec<&str> = section.lines().skip(1).filter(|line| !line.is_empty()).collect();
        for pair in lines.chunks(2) {
            let [request, expected] = pair else { panic!("{pair:?}") };
            let (request, expected) = (expanded(request), expanded(expected.trim_start()));
            let mut parts = request.splitn(3, ' ');
            let (method, what) = (parts.next().unwrap(), parts.next().unwrap());
            let body = parts.next().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
            let path = format!("/fga/stores/{}/{}", drive.store, what.replace("{{model}}", &drive.model));
            let answer = drive.send(method, &path, body).await;
            let (status, body) = expected.split_once(' ').unwrap_or((&expected, ""));
            let expected = match serde_json::from_str::<Value>(body) {
                Ok(body) => format!("{status} {}", sorted(body)),
                Err(_) => expected.clone(),
            };
            let found = shown(&answer, body.starts_with('{'));
            if found != expected {
                other.push(format!("{request}\n  {found}\n  instead of {expected}"));
            }
            asked += 1;
        }
    }
    assert!(other.is_empty(), "{} of {asked}:\n{}", other.len(), other.join("\n"));
    assert!(asked > 300, "{asked}");
}

/// What the table cannot hold: bodies that are not what they should be.
#[tokio::test]
async fn what_is_no_message_is_refused_whatever_else_would_read_it() {
    let drive = filled().await;
    let key = json!({ "user": "user:carl", "relation": "viewer", "object": "document:plan" });
    for body in [
        json!([]),
        json!([key]),
        json!({ "tuple_key": ["user:carl", "viewer", "document:plan"] }),
        json!({ "tuple_key": key, "contextual_tuples": [] }),
        json!({ "tuple_key": key, "contextual_tuples": { "tuple_keys": [null] } }),
        json!({ "tuple_key": key, "consistency": [] }),
        json!({ "tuple_key": key, "context": "x" }),
    ] {
        let answer = drive.ask("check", body.clone()).await;
        assert_eq!(crate::relations::code(&answer), (400, "validation_error".into()), "{body}");
    }
    let twice = r#"{"tuple_key":KEY,"context":{"a":1,"a":2}}"#.replace("KEY", &key.to_string());
    let path = format!("/fga/stores/{}/check", drive.store);
    let request = http::Request::post(&path)
        .header("authorization", format!("Bearer {}", drive.token))
        .body(axum::body::Body::from(twice));
    let answer = drive.world.send(request.unwrap()).await;
    let (status, _, message) = crate::relations::error(&answer);
    assert_eq!(status, 400, "{message}");
    assert!(message.contains("duplicate map key \"a\""), "{message}");
    // Fields that nobody knows are passed over, and so are names of a preference that nobody knows.
    let fine = json!({ "tuple_key": key, "unknown": [1], "consistency": "SOME_OTHER" });
    assert_eq!(drive.ask("check", fine).await.json()["allowed"], true);
}
