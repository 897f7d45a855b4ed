//! Clients of streams that take their time, before the real listener.

use std::time::Duration;

use chancery_testkit::Kit;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Store, tuple, writes};
use crate::world::World;

/// A store at a server that waits a second for a body; the server lives in the first.
async fn store(documents: usize) -> (World, Store, String, String) {
    let kit = Kit::start_with(|config| config.listen.body_timeout = 1).await.unwrap();
    let mut w = World::on(kit).await;
    let path = w.store("drive").await;
    let key = w.store_key(&path, "write").await;
    let store = Store::new(w.kit.base(), &path, &key);
    let name = |n: usize| format!("document:{n:05}-{}", "x".repeat(200));
    for batch in 0..documents / 100 {
        let all: Vec<Value> = (0..100).map(|n| tuple(&name(batch * 100 + n), "viewer", "user:a")).collect();
        assert_eq!(store.ask("write", writes(&all)).await.status, 200);
    }
    (w, store, path, key.token.unwrap())
}

fn head(path: &str, key: &str, what: &str, more: &str) -> String {
    format!("POST {path}/{what} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n{more}\r\n")
}

fn chunk(line: &Value) -> String {
    let line = format!("{line}\n");
    format!("{:x}\r\n{line}\r\n", line.len())
}

/// Reads until what was said ends like this.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut said = Vec::new();
    let mut some = [0; 4096];
    while !String::from_utf8_lossy(&said).ends_with(end) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut some)).await;
        let read = read.unwrap_or_else(|_| panic!("no answer in time")).unwrap();
        assert!(read > 0, "the connection ended: {}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&some[..read]);
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_for_longer_than_a_body_may_take() {
    let (w, _, path, key) = store(100).await;
    let mut stream = TcpStream::connect(w.kit.running.address).await.unwrap();
    let first = json!({ "users": ["user:a"], "relation": "viewer", "limit": 50 });
    let begin = head(&path, &key, "top-k", "transfer-encoding: chunked\r\n") + &chunk(&first);
    stream.write_all(begin.as_bytes()).await.unwrap();
    let mut said = until(&mut stream, "}\n\r\n").await;
    for page in 0..5 {
        // Each page comes in time; all of them together do not.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let name = format!("document:{page:05}-{}", "x".repeat(200));
        stream.write_all(chunk(&json!({ "objects": [name] })).as_bytes()).await.unwrap();
        said = until(&mut stream, "}\n\r\n").await;
        assert!(said.contains(&format!("\"have\":{}", page + 1)), "{said}");
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert!(until(&mut stream, "0\r\n\r\n").await.ends_with("0\r\n\r\n"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_in_the_middle_is_no_body_that_is_too_long() {
    let (w, store, path, key) = store(0).await;
    let half = "40\r\n{\"tuple_key\":";
    for (path, what) in
        [(&*path, "check"), (&*path, "write"), (&*path, "filter"), (&*path, "read"), ("/api/v1", "users")]
    {
        for leaves in [true, false] {
            let mut stream = TcpStream::connect(w.kit.running.address).await.unwrap();
            let json = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
            stream.write_all((head(path, &key, what, json) + half).as_bytes()).await.unwrap();
            if leaves {
                stream.shutdown().await.unwrap();
            }
            let mut said = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await;
            read.expect("the server does not let go").unwrap();
            let said = String::from_utf8(said).unwrap();
            if path == "/api/v1" {
                assert!(said.starts_with("HTTP/1.1 401"), "{said}");
                continue;
            }
            assert!(said.starts_with("HTTP/1.1 400") && said.contains("validation_error"), "{what}: {said}");
            assert!(said.contains("did not arrive whole"), "{what}: {said}");
        }
    }
    assert!(!store.views("user:a", "document:1").await);
}

/// Memory of this process, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_reads_nothing_costs_little_memory_and_holds_nobody_up() {
    const CROWD: usize = 100;
    let (w, store, path, key) = store(10_000).await;
    let question = json!({ "user": "user:a", "relation": "viewer", "type": "document" }).to_string();
    for what in ["streamed-list-objects", "follow"] {
        let before = memory();
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4_096).unwrap();
            let mut stream = socket.connect(w.kit.running.address).await.unwrap();
            let length = format!("content-length: {}\r\n", question.len());
            stream.write_all((head(&path, &key, what, &length) + &question).as_bytes()).await.unwrap();
            crowd.push(stream);
        }
        // Every one of them has begun.
        for stream in &mut crowd {
            let mut some = [0; 512];
            let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut some)).await;
            let read = read.expect("an answer in time").unwrap();
            let said = String::from_utf8_lossy(&some[..read]).into_owned();
            assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        }
        assert!(store.views("user:a", &format!("document:00001-{}", "x".repeat(200))).await);
        let grown = memory().saturating_sub(before);
        assert!(grown < CROWD * 1_024, "{what}: {grown} KiB for {CROWD} readers of a list of 2 MB");
    }
}
