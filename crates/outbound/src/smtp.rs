//! Mail to the operator's relay: RFC 5321, STARTTLS (RFC 3207) or TLS from the beginning (RFC 8314), AUTH PLAIN (RFC 4616).
//!
//! The relay is configuration, not data: the egress guard does not judge it. A password is never sent without TLS, and a
//! relay that is to encrypt and does not gets nothing.

use std::path::Path;
use std::time::Duration;

use chancery_kernel::Secret;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fault::NetFault;
use crate::tls::Trust;

/// For one message, from the connection to the relay's receipt.
const PATIENCE: Duration = Duration::from_secs(25);
/// Lines and replies that are longer are no SMTP (RFC 5321 §4.5.3.1.5).
const LONGEST_LINE: usize = 2_048;
const MOST_LINES: usize = 100;

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    #[default]
    Starttls,
    Implicit,
    /// For a relay on this machine.
    None,
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// Name and password, if the relay wants them.
    pub login: Option<(String, Secret)>,
    /// Our own name, for the greeting.
    pub own_name: String,
}

/// One message to one person; `body` is the whole of it, headers and all, with lines ended by CRLF.
#[derive(Clone, Debug)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub body: String,
}

/// Sends mail; made once.
pub struct Mailer {
    relay: Relay,
    trust: Trust,
}

impl Mailer {
    pub fn new(relay: Relay, authorities: Option<&Path>) -> Result<Self, NetFault> {
        Ok(Self { relay, trust: Trust::new(authorities)? })
    }

    /// Sent, or not at all as far as can be known.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let slow = || MailFault::Later(format!("{} took too long", self.relay.host));
        timeout(PATIENCE, self.deliver(letter)).await.unwrap_or_else(|_| Err(slow()))
    }

    async fn deliver(&self, letter: &Letter) -> Result<(), MailFault> {
        let Relay { host, port, encryption, .. } = &self.relay;
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|e| lost(host, &e))?;
        match encryption {
            Encryption::Implicit => {
                let stream =
                    self.trust.connect(stream, host).await.map_err(|e| MailFault::Later(e.to_string()))?;
                let mut talk = Talk::new(stream);
                talk.expect(220).await?;
                self.converse(&mut talk, letter, true).await
            }
            Encryption::Starttls => {
                let mut open = Talk::new(stream);
                open.expect(220).await?;
                open.say(&format!("EHLO {}", self.relay.own_name)).await?;
                open.expect(250).await?;
                open.say("STARTTLS").await?;
                open.expect(220).await?;
                let stream = open.into_inner()?;
                let stream =
                    self.trust.connect(stream, host).await.map_err(|e| MailFault::Later(e.to_string()))?;
                self.converse(&mut Talk::new(stream), letter, true).await
            }
            Encryption::None => {
                let mut talk = Talk::new(stream);
                talk.expect(220).await?;
                self.converse(&mut talk, letter, false).await
            }
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk<S>,
        letter: &Letter,
        encrypted: bool,
    ) -> Result<(), MailFault> {
        talk.say(&format!("EHLO {}", self.relay.own_name)).await?;
        talk.expect(250).await?;
        if let Some((name, password)) = &self.relay.login {
            if !encrypted {
                return Err(MailFault::Never("a password is not sent without TLS".into()));
            }
            let plain = Secret::new(format!("\0{name}\0{}", password.expose()));
            let coded = Secret::new(base64(plain.expose().as_bytes()));
            talk.say(&format!("AUTH PLAIN {}", coded.expose())).await?;
            talk.expect(235).await?;
        }
        talk.say(&format!("MAIL FROM:<{}>", address(&letter.from)?)).await?;
        talk.expect(250).await?;
        talk.say(&format!("RCPT TO:<{}>", address(&letter.to)?)).await?;
        talk.expect(250).await?;
        talk.say("DATA").await?;
        talk.expect(354).await?;
        talk.say(&format!("{}.", stuffed(&letter.body))).await?;
        talk.expect(250).await?;
        // The relay has taken it: whether it also says goodbye is its affair.
        drop(talk.say("QUIT").await);
        Ok(())
    }
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    #[error("{0}")]
    Later(String),
    #[error("{0}")]
    Never(String),
}

fn lost(host: &str, error: &std::io::Error) -> MailFault {
    MailFault::Later(format!("{host} cannot be reached: {}", error.kind()))
}

/// One that cannot end its command early (RFC 5321 §4.1.2).
fn address(text: &str) -> Result<&str, MailFault> {
    let fits =
        |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '(' | ')' | ',' | ';' | ':');
    let sound = text.len() <= 254 && text.matches('@').count() == 1 && text.chars().all(fits);
    if sound {
        Ok(text)
    } else {
        Err(MailFault::Never("the address is none that mail can be sent to".into()))
    }
}

/// Lines that begin with a dot get another one (RFC 5321 §4.5.2), and the last line ends.
fn stuffed(body: &str) -> String {
    let mut out = String::with_capacity(body.len() + 16);
    for line in body.split("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        // A lone CR or LF would be a line of its own to some relays.
        out.extend(line.chars().filter(|c| !matches!(c, '\r' | '\n')));
        out.push_str("\r\n");
    }
    out
}

/// RFC 4648 §4.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let six = (word >> (18 - 6 * place)) & 63;
            let letter = LETTERS.get(six as usize).map_or('=', |b| char::from(*b));
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

struct Talk<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// What was read ahead would have come without TLS: then somebody else says it (CVE-2011-0411).
    fn into_inner(self) -> Result<S, MailFault> {
        if self.0.buffer().is_empty() {
            return Ok(self.0.into_inner());
        }
        Err(MailFault::Never("the relay went on talking before the connection was encrypted".into()))
    }

    async fn say(&mut self, line: &str) -> Result<(), MailFault> {
        let gone = |e: std::io::Error| MailFault::Later(format!("the relay broke off: {}", e.kind()));
        let line = Secret::new(format!("{line}\r\n"));
        self.0.write_all(line.expose().as_bytes()).await.map_err(gone)?;
        self.0.flush().await.map_err(gone)
    }

    /// A reply with this code; others say whether to try again (RFC 5321 §4.2.1).
    async fn expect(&mut self, wanted: u16) -> Result<(), MailFault> {
        for _ in 0..MOST_LINES {
            let line = self.line().await?;
            let (code, rest) = line.split_at_checked(3).unwrap_or(("", ""));
            if rest.starts_with('-') {
                continue;
            }
            let code =
                code.parse::<u16>().map_err(|_| MailFault::Later("the relay speaks no SMTP".into()))?;
            // What the relay says may quote what it was sent: only its code is told on.
            let said = format!("the relay answered {code}");
            return match code {
                code if code == wanted => Ok(()),
                500..=599 => Err(MailFault::Never(said)),
                _ => Err(MailFault::Later(said)),
            };
        }
        Err(MailFault::Later("the relay does not stop talking".into()))
    }

    async fn line(&mut self) -> Result<String, MailFault> {
        let mut line = Vec::new();
        loop {
            let ready = self.0.fill_buf().await.map_err(|e| lost("the relay", &e))?;
            let end = ready.iter().position(|b| *b == b'\n').map(|at| at + 1);
            let some = ready.get(..end.unwrap_or(ready.len())).unwrap_or_default();
            let taken = some.len();
            line.extend_from_slice(some);
            self.0.consume(taken);
            if taken == 0 || line.len() > LONGEST_LINE {
                return Err(MailFault::Later("the relay broke off".into()));
            }
            if end.is_some() {
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_end_the_letter_and_an_address_cannot_end_the_command() {
        assert_eq!(stuffed("a\r\n.\r\n..b\r\n"), "a\r\n..\r\n...b\r\n\r\n");
        assert_eq!(stuffed("a\n.\nQUIT"), "a.QUIT\r\n");
        for bad in ["a@b>\r\nRCPT TO:<c@d", "a b@c", "a@b@c", "nobody", "", "\"a\"@b", "a@b\n"] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert!(address("alice+x@corp.example").is_ok());
    }

    #[test]
    fn base64_is_as_published() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
