//! The listener under TLS: what holds for a client that speaks plainly holds for one that does not.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Site, echo, pair, site};
use crate::config::Config;

const LARGE: usize = 3_000_000;

/// A site with a certificate of its own, and a client that believes it.
struct Sealed {
    site: Site,
    connector: TlsConnector,
    _files: tempfile::TempDir,
}

async fn sealed(change: impl FnOnce(&mut Config), router: Router) -> Sealed {
    let folder = tempfile::tempdir().expect("folder");
    let pair = pair::write(folder.path());
    let change = |config: &mut Config| {
        config.tls = pair.tls();
        change(config);
    };
    let site = site(change, router).await;
    let mut roots = RootCertStore::empty();
    roots.add(pair.root.clone()).expect("root");
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Sealed { site, connector: TlsConnector::from(Arc::new(client)), _files: folder }
}

impl Sealed {
    async fn open(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.site.address).await.expect("connected");
        let name = ServerName::try_from("localhost").expect("name");
        self.connector.connect(name, stream).await.expect("hands shaken")
    }

    /// Sends all of it before reading anything, as simple clients do: one that is reset meanwhile may never look for an
    /// answer. What was said, and the end was announced (RFC 8446 §6.1), or somebody between may have taken the rest.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.open().await;
        stream.write_all(bytes).await.expect("sent to its end");
        stream.flush().await.expect("sent to its end");
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.expect("ended in order");
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// A request whose answer comes before all of it was read.
fn too_large() -> Vec<u8> {
    let head = format!("POST /small HTTP/1.1\r\nhost: x\r\ncontent-length: {LARGE}\r\n\r\n");
    [head.as_bytes(), &vec![b' '; LARGE]].concat()
}

fn small() -> Router {
    echo().route("/small", post(|body: String| async move { body }).layer(DefaultBodyLimit::max(1_000)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_answer_is_read_under_tls_too_by_who_was_still_sending() {
    let sealed = sealed(|_| {}, small()).await;
    for _ in 0..20 {
        let said = sealed.say(&too_large()).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
        assert!(said.contains("\r\nconnection: close\r\n"), "{said}");
    }
    let head = [b"GET /address HTTP/1.1\r\nhost: x\r\nx: ".as_slice(), &vec![b'y'; LARGE]].concat();
    let said = sealed.say(&head).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
}

// The clock stands still and jumps when everybody waits: no test sleeps.
#[tokio::test(start_paused = true)]
async fn who_goes_on_after_an_early_answer_has_two_seconds_and_then_gives_up_its_place() {
    let one_place = |config: &mut Config| config.listen.max_connections = 1;
    let sealed = sealed(one_place, small()).await;
    let mut stays = sealed.open().await;
    stays.write_all(&too_large()[..2_000]).await.expect("sent");
    let mut said = Vec::new();
    stays.read_to_end(&mut said).await.expect("answered, and ended in order");
    assert!(said.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&said));
    // Its own side stays open, and the one place with it, for that long and no longer.
    let begun = tokio::time::Instant::now();
    let said = sealed.say(b"GET /address HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(said.ends_with("127.0.0.1"), "{said}");
    assert_eq!(begun.elapsed().as_secs(), 2);
    drop(stays);
}

#[tokio::test(start_paused = true)]
async fn who_shakes_hands_slowly_or_speaks_plainly_is_cut_off() {
    let sealed = sealed(|_| {}, echo()).await;
    let hello = [&[0x16, 3, 1, 0, 200, 1, 0, 0][..], &[0; 20]].concat();
    for bytes in [b"".as_slice(), &hello, b"GET /address HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = TcpStream::connect(sealed.site.address).await.expect("connected");
        stream.write_all(bytes).await.expect("sent");
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        assert!(!said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));
    }
    let mut slow = sealed.open().await;
    slow.write_all(b"GET /address HT").await.expect("sent");
    let mut said = String::new();
    let _ = slow.read_to_string(&mut said).await;
    assert_eq!(said, "");
}
