//! The listener against clients that behave and clients that do not.

mod encrypted;
pub(super) mod pair;
mod resting;

use axum::routing::{get, post};
use axum::{Extension, Router};
use chancery_api::ClientAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::supervisor::{Stopper, stop};

struct Site {
    address: SocketAddr,
    stopper: Stopper,
    served: JoinHandle<anyhow::Result<()>>,
}

async fn site(change: impl FnOnce(&mut Config), router: Router) -> Site {
    let mut config = Config::default();
    config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
    change(&mut config);
    let listener = Listener::bind(&config).await.expect("bound");
    let (stopper, stop) = stop();
    let address = listener.address();
    Site {
        address,
        stopper,
        served: tokio::spawn(async move { listener.serve(&config, router, stop).await }),
    }
}

async fn say(site: &Site, request: &str) -> String {
    let mut stream = TcpStream::connect(site.address).await.expect("connected");
    // Cut off while sending or while reading: both are the server's right.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn echo() -> Router {
    Router::new()
        .route(
            "/address",
            get(|Extension(ClientAddress(ip)): Extension<ClientAddress>| async move { ip.to_string() }),
        )
        .route("/body", post(|body: String| async move { body }))
}

#[tokio::test]
async fn only_a_trusted_proxy_may_say_where_a_request_came_from() {
    let request =
        "GET /address HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 198.51.100.7\r\n\r\n";
    let plain = site(|_| {}, echo()).await;
    assert!(say(&plain, request).await.ends_with("127.0.0.1"));
    let trust = |config: &mut Config| config.proxy.trusted = vec!["127.0.0.0/8".parse().expect("network")];
    let trusting = site(trust, echo()).await;
    assert!(say(&trusting, request).await.ends_with("198.51.100.7"));
}

// The clock stands still and jumps when everybody waits: no test sleeps.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_finish_its_head_is_cut_off() {
    let site = site(|_| {}, echo()).await;
    assert_eq!(say(&site, "GET /address HT").await, "");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let site = site(|_| {}, echo()).await;
    let answer = say(&site, "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn a_head_larger_than_the_limit_is_refused() {
    let site = site(|_| {}, echo()).await;
    let answer = say(&site, &format!("GET /address HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(80 * 1024))).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn stopping_lets_a_request_in_progress_end() {
    let (entered, is_in) = oneshot::channel();
    let (leave, may_leave) = oneshot::channel::<()>();
    let door = Arc::new(std::sync::Mutex::new(Some((entered, may_leave))));
    let slow = move || {
        let pair = door.lock().expect("lock").take();
        async move {
            let (entered, may_leave) = pair.expect("one request");
            entered.send(()).expect("somebody waits");
            may_leave.await.expect("told");
            "done"
        }
    };
    let site = site(|_| {}, Router::new().route("/slow", get(slow))).await;
    let address = site.address;
    let request = tokio::spawn(async move {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("read");
        answer
    });
    is_in.await.expect("begun");
    site.stopper.stop();
    leave.send(()).expect("it waits");
    assert!(request.await.expect("answered").ends_with("done"));
    assert!(site.served.await.expect("ended").is_ok());
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_ever() {
    let site = site(|_| {}, Router::new().route("/never", get(std::future::pending::<String>))).await;
    let mut stream = TcpStream::connect(site.address).await.expect("connected");
    stream.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    site.stopper.stop();
    assert!(site.served.await.expect("ended").is_ok());
}

#[tokio::test]
async fn tls_is_spoken_with_the_certificate_of_the_files() {
    let folder = tempfile::tempdir().expect("folder");
    let pair = pair::write(folder.path());
    let site = site(|config| config.tls = pair.tls(), echo()).await;
    let root = reqwest::Certificate::from_der(&pair.root).expect("root");
    let client = reqwest::Client::builder().tls_certs_only([root]).build().expect("client");
    let url = format!("https://localhost:{}/address", site.address.port());
    let answer = client.get(&url).send().await.expect("answered");
    assert_eq!(answer.text().await.expect("text"), "127.0.0.1");
}
