//! A relay that keeps every letter (RFC 5321), and can speak TLS from the beginning or after STARTTLS.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub body: String,
    pub encrypted: bool,
    /// What was said to prove who sends.
    pub auth: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Starttls,
    Implicit,
    /// Says that it will encrypt, and goes on talking in the open.
    Injected,
}

pub struct Sink {
    pub address: SocketAddr,
    taken: mpsc::UnboundedReceiver<Taken>,
}

/// Answers `command` with this line instead of the usual one, as often as it comes.
pub type Odd = Option<(&'static str, &'static str)>;

impl Sink {
    pub async fn start(style: Style, acceptor: Option<TlsAcceptor>, odd: Odd) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (told, taken) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (told, acceptor) = (told.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match (style, acceptor) {
                        (Style::Implicit, Some(acceptor)) => {
                            let stream = acceptor.accept(stream).await.ok()?;
                            talk(&mut BufStream::new(stream), &told, true, true, odd).await.map(drop)
                        }
                        (Style::Starttls | Style::Injected, Some(acceptor)) => {
                            let mut open = BufStream::new(stream);
                            open.write_all(b"220 sink\r\n").await.ok()?;
                            open.flush().await.ok()?;
                            line(&mut open).await?;
                            open.write_all(b"250-sink\r\n250 STARTTLS\r\n").await.ok()?;
                            open.flush().await.ok()?;
                            line(&mut open).await.filter(|l| l == "STARTTLS")?;
                            let more: &[u8] = if style == Style::Injected {
                                b"220 go\r\n250 mine\r\n"
                            } else {
                                b"220 go\r\n"
                            };
                            open.write_all(more).await.ok()?;
                            open.flush().await.ok()?;
                            let stream = acceptor.accept(open.into_inner()).await.ok()?;
                            talk(&mut BufStream::new(stream), &told, true, false, odd).await.map(drop)
                        }
                        _ => talk(&mut BufStream::new(stream), &told, false, true, odd).await.map(drop),
                    }
                });
            }
        });
        Self { address, taken }
    }

    pub async fn next(&mut self) -> Taken {
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, self.taken.recv()).await.unwrap().unwrap()
    }

    pub fn has_more(&self) -> bool {
        !self.taken.is_empty()
    }
}

async fn line<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> Option<String> {
    let mut text = String::new();
    let n = stream.read_line(&mut text).await.ok()?;
    (n > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    told: &mpsc::UnboundedSender<Taken>,
    encrypted: bool,
    greets: bool,
    odd: Odd,
) -> Option<()> {
    let mut letter =
        Taken { from: String::new(), to: Vec::new(), body: String::new(), encrypted, auth: None };
    let mut say = if greets { "220 sink".to_owned() } else { String::new() };
    loop {
        if !say.is_empty() {
            stream.write_all(format!("{say}\r\n").as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
        }
        let said = line(stream).await?;
        let word = said.split([' ', ':']).next().unwrap_or_default().to_owned();
        say = match word.as_str() {
            other if odd.is_some_and(|(command, _)| command == other) => odd.unwrap().1.to_owned(),
            "EHLO" => "250-sink\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" => {
                letter.auth = said.strip_prefix("AUTH PLAIN ").map(str::to_owned);
                "235 ok".to_owned()
            }
            "MAIL" => {
                letter.from = said;
                "250 ok".to_owned()
            }
            "RCPT" => {
                letter.to.push(said);
                "250 ok".to_owned()
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n").await.ok()?;
                stream.flush().await.ok()?;
                loop {
                    let next = line(stream).await?;
                    if next == "." {
                        break;
                    }
                    letter.body.push_str(next.strip_prefix('.').unwrap_or(&next));
                    letter.body.push_str("\r\n");
                }
                told.send(letter.clone()).ok()?;
                "250 taken".to_owned()
            }
            "QUIT" => return Some(()),
            _ => "500 what".to_owned(),
        };
    }
}
