//! Forms that are none, at every endpoint that reads one.

use chancery_api::routes::TABLE;
use chancery_api::routes::row::Gives;

use crate::walls::calls::{body, every_scope, path};
use crate::walls::served::OF_CLIENTS;
use crate::world::{Reply, World};

const JSON: &str = "application/json";
const CODED: &str = "application/x-www-form-urlencoded";

/// A body, its type, and what is wrong with it.
fn bad(form: &str) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let with = |more: &[u8]| [form.as_bytes(), more].concat();
    vec![
        ("text", "text/plain", with(b"")),
        ("xml", "application/xml", with(b"")),
        ("parts", "multipart/form-data; boundary=x", with(b"")),
        ("no type", "", with(b"")),
        ("json that is a list", "application/json", b"[]".to_vec()),
        ("json that ends early", "application/json", b"{\"token\":".to_vec()),
        ("json of other than texts", "application/json", b"{\"token\":{\"a\":1}}".to_vec()),
        ("json with a repeated member", "application/json", b"{\"token\":\"x\",\"token\":\"y\"}".to_vec()),
        ("json without end", "application/json", b"{\"a\":".repeat(5_000)),
        ("a repeated parameter", CODED, with(b"&token=x&token=y")),
        ("a repeated parameter, one of them empty", CODED, with(b"&state=&state=")),
        ("bytes that are no text", CODED, with(b"&scope=\xff\xfe")),
        ("escapes of bytes that are no text", CODED, with(b"&scope=%ff")),
        ("an overlong escape", CODED, with(b"&scope=%c0%af")),
        ("half an escape", CODED, with(b"&scope=%4")),
        ("no escape", CODED, with(b"&scope=%zz")),
        ("a nul", CODED, with(b"&scope=a%00b")),
        ("a nul in a name", CODED, with(b"&sc%00ope=a")),
        (
            "a flood of parameters",
            CODED,
            [form.as_bytes().to_vec(), (0..100).flat_map(|n| format!("&p{n}=1").into_bytes()).collect()]
                .concat(),
        ),
        ("a long value", CODED, with(&[b"&scope=".to_vec(), vec![b'a'; 20_000]].concat())),
        ("a large body", CODED, with(&[b"&x=".to_vec(), vec![b'a'; 200_000]].concat())),
        ("a huge body", CODED, with(&[b"&x=".to_vec(), vec![b'a'; 600_000]].concat())),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_of_clients_refuses_what_is_no_form_in_the_words_of_oauth() {
    let mut w = World::start().await;
    let (_, _, agent) = w.trio().await;
    let (id, secret) = (&agent.client.id, &agent.client.secret);
    let form = format!("client_id={id}&client_secret={secret}&grant_type=client_credentials");
    for (path, _) in OF_CLIENTS {
        for (what, kind, body) in bad(&form) {
            let mut request = w.http.post(w.kit.url(path)).body(body);
            if !kind.is_empty() {
                request = request.header("content-type", kind);
            }
            let reply = w.send(request).await;
            assert_eq!(reply.outcome(), (400, "invalid_request"), "{path} {what}: {}", reply.text);
            told(&reply, secret, &format!("{path} {what}"));
        }
        let in_address = w.http.post(w.kit.url(&format!("{path}?{form}"))).form(&[("token", "x")]);
        let reply = w.send(in_address).await;
        assert!([400, 401].contains(&reply.status), "{path}: {}", reply.text);
        told(&reply, secret, path);
        let twice = w
            .http
            .post(w.kit.url(path))
            .basic_auth(id, Some(secret))
            .form(&agent.client.with(&[("token", "x")]));
        assert_eq!(w.send(twice).await.outcome(), (400, "invalid_request"), "{path} with two proofs");
        let two = w
            .http
            .post(w.kit.url(path))
            .header("authorization", "Basic eDp5")
            .header("authorization", "Basic eDp5");
        assert_eq!(
            w.send(two.form(&[("token", "x")])).await.outcome(),
            (400, "invalid_request"),
            "{path} with two headers"
        );
        for broken in ["Basic", "Basic !!!", "Basic eA==", "Basic =", "Digest x", "Bearer x"] {
            let request =
                w.http.post(w.kit.url(path)).header("authorization", broken).form(&[("token", "x")]);
            let reply = w.send(request).await;
            assert!([400, 401].contains(&reply.status), "{path} {broken}: {}", reply.text);
            told(&reply, secret, path);
        }
    }
    assert!(!w.alive(&agent.client, "still answered").await);
}

/// An error of OAuth: JSON that nobody stores, a sentence, and no secret.
fn told(reply: &Reply, secret: &str, what: &str) {
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        ("application/json", "no-store"),
        "{what}"
    );
    let sentence = reply.body["error_description"].as_str().unwrap_or_default();
    assert!(sentence.len() > 10 && sentence.len() <= 512, "{what}: {}", reply.text);
    // RFC 6749 §5.2: neither quotes nor backslashes nor anything beyond ASCII.
    assert!(
        sentence.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'),
        "{what}: {sentence}"
    );
    assert!(!reply.text.contains(secret), "{what}: {}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_reads_json_of_the_right_shape_and_nothing_else() {
    let mut w = World::start().await;
    let token = w.scoped("users.read users.manage").await;
    let post = |kind: &'static str, body: Vec<u8>| {
        w.http.post(w.kit.url("/api/v1/users")).bearer_auth(&token).header("content-type", kind).body(body)
    };
    let json = "application/json";
    let right = br#"{"login":"x","email":"x@corp.example","display_name":"X"}"#;
    let cases: Vec<(&str, &str, Vec<u8>, u16)> = vec![
        ("a form", "application/x-www-form-urlencoded", b"login=x".to_vec(), 415),
        ("text", "text/plain", right.to_vec(), 415),
        ("empty", json, Vec::new(), 400),
        ("cut off", json, right[..20].to_vec(), 400),
        ("no text", json, b"{\"login\":\"\xff\"}".to_vec(), 400),
        (
            "a lone surrogate",
            json,
            br#"{"login":"\ud800","email":"x@corp.example","display_name":"X"}"#.to_vec(),
            400,
        ),
        ("a list", json, b"[]".to_vec(), 400),
        ("a text", json, b"\"x\"".to_vec(), 400),
        ("null", json, b"null".to_vec(), 400),
        ("another type", json, br#"{"login":1,"email":"x@corp.example","display_name":"X"}"#.to_vec(), 400),
        (
            "a member too many",
            json,
            br#"{"login":"x","email":"x@corp.example","display_name":"X","administrator":true}"#.to_vec(),
            400,
        ),
        (
            "a repeated member",
            json,
            br#"{"login":"x","login":"y","email":"x@corp.example","display_name":"X"}"#.to_vec(),
            400,
        ),
        ("something behind it", json, [right.as_slice(), b"{}"].concat(), 400),
        ("deep", json, b"[".repeat(100_000), 400),
        ("large", json, vec![b' '; 300_000], 413),
    ];
    for (what, kind, body, wanted) in cases {
        let reply = w.send(post(kind, body)).await;
        assert_eq!(reply.status, wanted, "{what}: {}", reply.text);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
        assert!(reply.body["detail"].as_str().unwrap().len() > 10, "{what}");
    }
    assert_eq!(w.send(post(json, right.to_vec())).await.status, 201);
    for query in [
        "limit=0",
        "limit=-1",
        "limit=1e3",
        "limit=10000",
        "after=%ff",
        "after=x",
        "nmae=x",
        "name=%00",
        "limit=1&limit=2",
    ] {
        let reply = w.get_with(&format!("/api/v1/agents?{query}"), &token).await;
        // Asked by somebody who may not read agents: first things first.
        assert!([400, 403].contains(&reply.status), "{query}: {}", reply.text);
        let reply = w.get_with(&format!("/api/v1/users?{query}"), &token).await;
        assert_eq!(reply.status, 400, "{query}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_that_takes_a_body_refuses_what_is_none_and_does_nothing() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let token = w.scoped(&every_scope().join(" ")).await;
    let log =
        async |w: &World| w.get_with("/api/v1/events?limit=1", &token).await.body["items"][0]["id"].clone();
    let before = log(&w).await;
    let mut tried = 0;
    for row in TABLE {
        let Some(right) = body(row, &scene) else { continue };
        let right = right.to_string().into_bytes();
        let cases = [
            ("a form", "application/x-www-form-urlencoded", b"a=b".to_vec()),
            ("nothing", JSON, Vec::new()),
            ("half of it", JSON, right[..right.len() - 1].to_vec()),
            ("something behind it", JSON, [right.as_slice(), b"{}"].concat()),
            ("bytes that are no text", JSON, [b"{\"\xff\":".as_slice(), &right, b"}"].concat()),
            ("a member of another name", JSON, [b"{\"never_heard_of\":1,".as_slice(), &right[1..]].concat()),
            ("a text", JSON, b"\"x\"".to_vec()),
            ("deep", JSON, b"[".repeat(100_000)),
            ("large", JSON, vec![b' '; 3_000_000]),
        ];
        for (what, kind, sent) in cases {
            // OpenFGA's clients send members that others may not know, and may leave out a body that would be empty.
            if row.path.starts_with("/fga/") && ["a member of another name", "nothing"].contains(&what) {
                continue;
            }
            let request =
                w.http.request(row.verb.method(), w.kit.url(&path(row, &scene))).bearer_auth(&token);
            let mut request = request.header("content-type", kind).body(sent);
            if row.versioned {
                request = request.header("if-match", "\"v1\"");
            }
            let reply = w.send(request).await;
            assert!(
                [400, 413, 415].contains(&reply.status),
                "{row:?} {what}: {} {}",
                reply.status,
                reply.text
            );
            let sentence =
                reply.body["detail"].as_str().or(reply.body["message"].as_str()).unwrap_or_default();
            assert!(sentence.len() > 10, "{row:?} {what}: {}", reply.text);
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(log(&w).await, before, "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_refuses_what_is_no_page_and_no_filter_of_its_own() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let token = w.scoped(&every_scope().join(" ")).await;
    let mut tried = 0;
    for row in TABLE.iter().filter(|row| matches!(row.gives, Gives::List(_))) {
        let path = path(row, &scene);
        assert_eq!(w.get_with(&path, &token).await.status, 200, "{row:?}");
        let sign = if path.contains('?') { '&' } else { '?' };
        for query in
            ["limit=0", "limit=-1", "limit=1e3", "limit=100000", "after=%ff", "limit=1&limit=2", "nmae=x"]
        {
            let reply = w.get_with(&format!("{path}{sign}{query}"), &token).await;
            assert_eq!(reply.status, 400, "{row:?} {query}: {}", reply.text);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}
