//! Bodies that cannot be read: what is said of them names the place.

use reqwest::header::CONTENT_TYPE;

use super::Store;
use crate::world::{Reply, World};

/// Where reading ended.
const HERE: char = '‸';

/// Bodies, with what is said of each.
const UNREAD: &[(&str, &str, &str)] = &[
    (
        "check",
        r#"{"tuple_key":{"user":"user:a","relation":v‸iewer,"object":"document:1"}}"#,
        "expected value",
    ),
    ("check", "{\n  \"tuple_key\": {\n    \"user\";‸ \"user:a\"\n  }\n}", "expected `:`"),
    ("check", "{\r\n\t\"tuple_key\": {},\r\n}‸", "trailing comma"),
    ("check", "{\n\"tuple_key\":{\"user\":\"user:a\"‸", "EOF while parsing an object"),
    ("check", "{\n\"trace\":‸", "EOF while parsing a value"),
    ("check", "{\"tuple_key\":\n‸", "EOF while parsing a value"),
    ("check", "{}\n{‸}", "trailing characters"),
    ("check", "{\"tuple_key\":{\n  \"user\": 5‸\n}}", "invalid type: integer `5`, expected a string"),
    ("check", "{\"context\":{\"a\":1,\n\"a\"‸: 2}\n}", "duplicate map key \"a\""),
    ("check", "{\"trace\":true,\n\"trace\"‸:true}", "duplicate field `trace`"),
    ("check", "\n [‸]", "the body is no object: send `{…}`"),
    ("write", "{\"writes\":{\"tuple_keys\":[\n{}\n{‸}]}}", "expected `,` or `]`"),
    ("write", "{\n \"writes\": ‸[]\n}", "invalid type: sequence, expected an object"),
    (
        "read",
        "{\n\"page_size\": \"many\"‸\n}",
        "invalid value: string \"many\", expected a whole number of 32 bits",
    ),
    ("read", "{\n\"page_size\": [‸1]\n}", "invalid type: sequence, expected a whole number of 32 bits"),
    (
        "read",
        "{\n\"page_size\": 1.5‸\n}",
        "invalid value: floating point `1.5`, expected a whole number of 32 bits",
    ),
    (
        "list-objects",
        "{\"consistency\": false‸\n}",
        "invalid type: boolean `false`, expected a name or a whole number of 32 bits",
    ),
    (
        "list-users",
        "{\"object\":{\"type\":\"document\"},\n\n\"user_filters\":‸{}}",
        "invalid type: map, expected a sequence",
    ),
    ("authorization-models", "{\"schema_version\":\n\"1.1‸", "EOF while parsing a string"),
];

impl Store {
    /// The request with exactly these bytes.
    async fn post(&self, what: &str, body: String) -> Reply {
        let request = self.http.post(format!("{}/{what}", self.url)).bearer_auth(&self.key);
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        Reply::read(request.send().await.unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_body_that_cannot_be_read_names_the_line_and_the_column() {
    let mut w = World::start().await;
    let path = w.store("drive").await;
    let key = w.store_key(&path, "manage").await;
    let store = Store::new(w.kit.base(), &path, &key);
    for (what, body, why) in UNREAD {
        let before = body.split_once(HERE).unwrap().0;
        let (line, column) = (before.split('\n').count(), before.rsplit('\n').next().unwrap().len());
        let reply = store.post(what, body.replace(HERE, "")).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &"validation_error".into()), "{what} {body}");
        assert_eq!(reply.body["message"], format!("(line {line}:{column}): {why}"), "{what} {body}");
    }
}
