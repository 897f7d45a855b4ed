//! Somebody's endpoint: what a server calls, and answers as a test wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    pub path: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Heard {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// How a call is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Status(u16),
    /// To another address.
    Redirect(String),
    /// Never.
    Silence,
}

/// A server on this machine.
pub struct Endpoint {
    pub url: String,
    script: Arc<Mutex<VecDeque<Answer>>>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

impl Endpoint {
    pub async fn start() -> anyhow::Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", socket.local_addr()?);
        let (told, heard) = mpsc::unbounded_channel();
        let script: Arc<Mutex<VecDeque<Answer>>> = Arc::default();
        let answers = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (told, answers) = (told.clone(), answers.clone());
                tokio::spawn(async move { serve(stream, &told, &answers).await });
            }
        });
        Ok(Self { url, script, heard })
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The next calls are answered so, in this order; those after them with 204.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).extend(answers);
    }

    /// The next call.
    pub async fn next(&mut self) -> anyhow::Result<Heard> {
        let patience = std::time::Duration::from_secs(20);
        let heard = tokio::time::timeout(patience, self.heard.recv()).await;
        heard.context("nobody called")?.context("the endpoint has ended")
    }

    /// Whether a call has come that nobody took.
    pub fn has_more(&mut self) -> bool {
        !self.heard.is_empty()
    }
}

async fn serve(
    mut stream: TcpStream,
    told: &mpsc::UnboundedSender<Heard>,
    script: &Mutex<VecDeque<Answer>>,
) -> Option<()> {
    let heard = read(&mut stream).await?;
    let answer = script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let answer = answer.unwrap_or(Answer::Status(204));
    let head = match &answer {
        Answer::Status(status) => format!("HTTP/1.1 {status} x\r\n"),
        Answer::Redirect(to) => format!("HTTP/1.1 307 x\r\nlocation: {to}\r\n"),
        Answer::Silence => String::new(),
    };
    // A test that has ended listens no longer.
    told.send(heard).ok()?;
    if head.is_empty() {
        std::future::pending::<()>().await;
    }
    stream.write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let (mut all, mut buffer) = (Vec::new(), [0; 16_384]);
    loop {
        let n = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        all.extend_from_slice(buffer.get(..n)?);
        let Some(at) = all.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(all.get(..at)?).into_owned();
        let body = all.get(at + 4..)?.to_vec();
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(Some(0), |n| n.parse::<usize>().ok())?;
        if body.len() >= length {
            let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
            return Some(Heard { method, path, headers, body });
        }
    }
}
