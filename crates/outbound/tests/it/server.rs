//! Servers that say exactly what a test wants.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chancery_outbound::{Names, Outbound, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every request with the same bytes, and keeps what it was sent.
pub struct Scripted {
    pub address: SocketAddr,
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let (answer, heard) = (Arc::new(answer.into()), Arc::new(Mutex::new(Vec::new())));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = socket.accept().await {
                let (answer, kept) = (answer.clone(), kept.clone());
                tokio::spawn(async move {
                    let mut read = vec![0; 65_536];
                    let mut length = 0;
                    loop {
                        let n = stream.read(&mut read[length..]).await.unwrap_or(0);
                        length += n;
                        let text = String::from_utf8_lossy(&read[..length]).into_owned();
                        if n == 0 || whole(&text) {
                            kept.lock().unwrap().push(text);
                            break;
                        }
                    }
                    let _ = stream.write_all(&answer).await;
                    // An answer that is not whole is never ended.
                    if answer.is_empty() || answer.ends_with("…".as_bytes()) {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { address, heard }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn calls(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

fn whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    body.len() >= length.map_or(0, |n| n.parse().unwrap())
}

/// A fetcher that may call this machine, and that without TLS.
pub fn local() -> Outbound {
    Outbound::new(settings()).unwrap()
}

pub fn settings() -> Settings {
    let here: Vec<_> = ["127.0.0.0/8", "::1"].iter().map(|n| n.parse().unwrap()).collect();
    Settings { allow: here.clone(), plain: here, ..Settings::default() }
}

/// Answers the n-th question about a name with the n-th list.
pub struct Told(pub Vec<Vec<IpAddr>>, pub Arc<AtomicUsize>);

impl Names for Told {
    fn resolve(&self, _: String) -> chancery_outbound::Resolved {
        let n = self.1.fetch_add(1, Ordering::SeqCst);
        let answer = self.0[n.min(self.0.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}
