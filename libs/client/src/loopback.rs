//! Receiving the answer of a sign-in on this machine (RFC 8252 §7.3).

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

/// Listens on a free port of 127.0.0.1 for one callback.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    port: u16,
}

/// A browser sends no more than this before the query is complete.
const LONGEST: usize = 16 * 1024;

impl Loopback {
    /// Takes a free port. The address is a number, not `localhost`, so that no resolver can send the code elsewhere
    /// (RFC 8252 §8.3).
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// For [`crate::AuthorizeRequest::redirect_uri`].
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }

    /// Waits for the browser and returns the whole callback address, for [`crate::Client::redeem`]. What else comes
    /// to the port (an icon, a stray connection) is answered and passed over.
    pub async fn wait(self) -> io::Result<String> {
        let origin = format!("http://127.0.0.1:{}", self.port);
        let (found, mut callback) = mpsc::channel(1);
        let accepting = tokio::spawn(async move {
            // Each connection by itself: browsers open spare ones and leave them silent.
            while let Ok((stream, _)) = self.listener.accept().await {
                let found = found.clone();
                tokio::spawn(async move {
                    let target = timeout(Duration::from_secs(10), answer(stream)).await;
                    if let Ok(Ok(Some(target))) = target {
                        let _ = found.send(target).await;
                    }
                });
            }
        });
        let target = callback.recv().await;
        accepting.abort();
        target
            .map(|target| format!("{origin}{target}"))
            .ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }
}

/// Reads one request and answers it; the target if it is the callback.
async fn answer(mut stream: TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await?;
        if count == 0 || head.len() > LONGEST {
            return Ok(None);
        }
        head.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
    let target = target(&head);
    let (status, text) = match target {
        Some(_) => ("200 OK", "Signed in. You can close this window."),
        None => ("404 Not Found", "Nothing here."),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(target)
}

/// The target of `GET /callback?…`.
fn target(head: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let target = line.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?;
    target.starts_with("/callback?").then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_is_taken() {
        assert_eq!(target(b"GET /callback?code=1 HTTP/1.1\r\nhost: x"), Some("/callback?code=1".into()));
        for other in
            ["GET /callback HTTP/1.1", "POST /callback?a HTTP/1.1", "GET /favicon.ico HTTP/1.1", "\u{1}", ""]
        {
            assert_eq!(target(other.as_bytes()), None, "{other}");
        }
    }
}
