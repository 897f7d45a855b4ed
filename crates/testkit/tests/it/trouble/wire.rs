//! Bytes that are no HTTP, or come slowly, before the real listener.

use std::time::{Duration, Instant};

use chancery_testkit::Kit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

async fn server() -> World {
    let kit = Kit::start_with(|config| {
        config.listen.header_timeout = 1;
        config.listen.body_timeout = 1;
        config.listen.max_connections = 64;
    });
    World::on(kit.await.unwrap()).await
}

/// Sends bytes and reads until the server closes; what it said.
async fn say(w: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(w.kit.running.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await;
    assert!(read.is_ok(), "the server does not let go");
    String::from_utf8_lossy(&said).into_owned()
}

/// Asked on a connection of its own: one that was kept may be closed at the moment in which it is asked again, since this
/// server waits for a second only.
async fn health(w: &World) -> u16 {
    status(&say(w, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await)
}

fn status(said: &str) -> u16 {
    said.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_or_two_requests_in_one_is_refused_and_the_connection_ends() {
    let w = server().await;
    let head = |more: &str| format!("POST /oauth2/token HTTP/1.1\r\nHost: x\r\n{more}\r\n");
    let long = "a".repeat(100_000);
    let cases = [
        ("noise", "\x16\x03\x01\x02\x00\x01\x00".to_owned()),
        ("no version", "GET /\r\n\r\n".to_owned()),
        ("another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("a bare line feed in a name", head("X-\nY: 1\r\n")),
        ("a nul", head("X: a\0b\r\n")),
        ("two lengths", head("Content-Length: 1\r\nContent-Length: 2\r\n")),
        ("a length that is none", head("Content-Length: -1\r\n")),
        ("a signed length", head("Content-Length: +4\r\n")),
        ("a space before the colon", head("Content-Length : 4\r\n")),
        ("an unknown coding", head("Transfer-Encoding: gzip\r\n")),
        ("a coding before the last", head("Transfer-Encoding: chunked, identity\r\n")),
        ("a chunk that is none", head("Transfer-Encoding: chunked\r\n") + "zz\r\nx\r\n0\r\n\r\n"),
        (
            "a chunk without end",
            head("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff1\r\nx\r\n0\r\n\r\n",
        ),
        ("a long header", head(&format!("X: {long}\r\n"))),
        ("a long address", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n")),
        ("many headers", head(&"X: 1\r\n".repeat(500))),
    ];
    for (what, bytes) in cases {
        let said = say(&w, bytes.as_bytes()).await;
        assert!(said.is_empty() || (400..500).contains(&status(&said)), "{what}: {said}");
        assert!(!said.contains("200 OK"), "{what}: {said}");
    }
    // A length and chunks at once: one reading of it, and nothing behind it is taken for a second request.
    let both = head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
        + "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let said = say(&w, both.as_bytes()).await;
    assert!(!said.contains("\"status\":\"ok\""), "{said}");
    assert_eq!(health(&w).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_request_that_is_too_large_arrives_although_the_client_was_still_sending() {
    let w = server().await;
    let cases = [
        (
            400,
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3000000\r\n\r\n",
            3_000_000,
        ),
        (431, "X: ", 3_000_000),
    ];
    for (wanted, head, more) in cases {
        let head = format!("POST /oauth2/introspect HTTP/1.1\r\nHost: x\r\n{head}");
        let bytes = [head.as_bytes(), &vec![b' '; more]].concat();
        for _ in 0..20 {
            let said = say(&w, &bytes).await;
            assert_eq!(status(&said), wanted, "{said}");
            // Or a client takes the connection for one that it can ask again (RFC 9112 §9.6).
            assert!(said.contains("\r\nconnection: close\r\n"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_dawdle_are_cut_off_and_hold_nobody_up() {
    let w = server().await;
    let begun = Instant::now();
    let mut dawdlers = tokio::task::JoinSet::new();
    for at in 0..60 {
        let address = w.kit.running.address;
        dawdlers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let text: &[u8] = match at % 3 {
                0 => b"",
                1 => b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nX-Slow: ",
                _ => b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=",
            };
            stream.write_all(text).await.unwrap();
            let mut said = Vec::new();
            drop(stream.read_to_end(&mut said).await);
            String::from_utf8_lossy(&said).into_owned()
        });
    }
    // Meanwhile there is service: four places are left.
    let waited = Instant::now();
    assert_eq!(health(&w).await, 200);
    assert!(waited.elapsed() < Duration::from_secs(3), "{:?}", waited.elapsed());
    for said in dawdlers.join_all().await {
        assert!(said.is_empty() || (400..500).contains(&status(&said)), "{said}");
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_secs(15), "{took:?}");
    assert_eq!(health(&w).await, 200);
}
