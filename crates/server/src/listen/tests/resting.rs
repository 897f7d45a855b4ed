//! Answers that are waited for: nobody can tell from outside that the connection was taken apart meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::{get, post};
use axum::{Extension, Router};
use chancery_api::LongWait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use super::*;

/// Who waits, and the bell.
#[derive(Default)]
struct Room {
    inside: AtomicUsize,
    entered: Notify,
    left: Notify,
    bell: Notify,
}

struct Seat(Arc<Room>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
        self.0.left.notify_one();
    }
}

impl Room {
    async fn wait(self: Arc<Self>, long: LongWait, said: &'static str) -> &'static str {
        self.inside.fetch_add(1, Ordering::Relaxed);
        let seat = Seat(self);
        long.begin();
        seat.0.entered.notify_one();
        seat.0.bell.notified().await;
        said
    }
}

fn waiting(room: &Arc<Room>) -> Router {
    let (quick, slow) = (room.clone(), room.clone());
    Router::new()
        .route("/wait", get(move |Extension(long): Extension<LongWait>| quick.wait(long, "late")))
        .route("/tell", post(move |Extension(long): Extension<LongWait>, _: String| slow.wait(long, "heard")))
        .route("/now", get(async || "now"))
}

/// Reads one answer: its head, and as much of a body as it names.
async fn answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        said.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(said).expect("text").to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    stream.read_exact(&mut body).await.expect("a body");
    head + &String::from_utf8(body).expect("text")
}

async fn connected(site: &Site) -> TcpStream {
    TcpStream::connect(site.address).await.expect("connected")
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("sent");
}

#[tokio::test]
async fn a_connection_that_waited_goes_on_as_before() {
    let room = Arc::<Room>::default();
    let site = site(|_| {}, waiting(&room)).await;
    let mut stream = connected(&site).await;
    for _ in 0..3 {
        send(&mut stream, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        room.entered.notified().await;
        room.bell.notify_one();
        let said = answer(&mut stream).await;
        assert!(said.starts_with("http/1.1 200") && said.ends_with("\r\n\r\nlate"), "{said}");
        assert!(!said.contains("connection: close"), "{said}");
        send(&mut stream, "GET /now HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(answer(&mut stream).await.ends_with("now"));
    }
}

#[tokio::test]
async fn what_the_client_says_meanwhile_is_answered_afterwards_and_in_order() {
    let room = Arc::<Room>::default();
    let site = site(|_| {}, waiting(&room)).await;
    let mut stream = connected(&site).await;
    // One that comes in the same breath, and one that comes while the first is waited for.
    let told = "POST /tell HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    send(&mut stream, &format!("{told}GET /now HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    room.entered.notified().await;
    send(&mut stream, "GET /no").await;
    tokio::task::yield_now().await;
    send(&mut stream, "w HTTP/1.1\r\nhost: x\r\n\r\n").await;
    room.bell.notify_one();
    assert!(answer(&mut stream).await.ends_with("heard"));
    assert!(answer(&mut stream).await.ends_with("now"));
    assert!(answer(&mut stream).await.ends_with("now"));
}

#[tokio::test]
async fn an_answer_has_the_form_that_was_asked_for() {
    let room = Arc::<Room>::default();
    let site = site(|_| {}, waiting(&room)).await;
    for head in
        ["GET /wait HTTP/1.0\r\n\r\n", "GET /wait HTTP/1.1\r\nhost: x\r\nconnection: x, Close\r\n\r\n"]
    {
        let mut stream = connected(&site).await;
        send(&mut stream, head).await;
        room.entered.notified().await;
        room.bell.notify_one();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.expect("the server closes");
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("late"), "{said}");
    }
    let mut stream = connected(&site).await;
    send(&mut stream, "HEAD /wait HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    room.entered.notified().await;
    room.bell.notify_one();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("the server closes");
    assert!(said.contains("content-length: 4") && said.ends_with("\r\n\r\n"), "{said}");
}

#[tokio::test]
async fn nobody_works_for_a_client_that_has_gone() {
    let room = Arc::<Room>::default();
    let site = site(|_| {}, waiting(&room)).await;
    let mut stream = connected(&site).await;
    send(&mut stream, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    room.entered.notified().await;
    assert_eq!(room.inside.load(Ordering::Relaxed), 1);
    drop(stream);
    room.left.notified().await;
    assert_eq!(room.inside.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_server_that_stops_answers_and_closes() {
    let room = Arc::<Room>::default();
    let site = site(|_| {}, waiting(&room)).await;
    let mut stream = connected(&site).await;
    send(&mut stream, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    room.entered.notified().await;
    site.stopper.stop();
    room.bell.notify_one();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("the server closes");
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("late"), "{said}");
    assert!(site.served.await.expect("ended").is_ok());
}
