//! A single call, for setting worlds up and pulling triggers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};

use super::answer;

/// An answer with its headers.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// The value of a header, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{}: {}", self.status, self.body))
    }

    /// The answer, if it is this one.
    pub fn wants(self, status: u16) -> anyhow::Result<Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.body);
        Ok(self)
    }
}

/// Sends one request on a connection of its own and reads the answer.
pub fn call(address: SocketAddr, request: &[u8]) -> anyhow::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request)?;
    let (mut bytes, mut part) = (Vec::new(), [0; 16 * 1_024]);
    loop {
        let count = stream.read(&mut part)?;
        bytes.extend_from_slice(part.get(..count).unwrap_or_default());
        if let Some(found) = answer::read(&bytes)? {
            let head = answer::head(&bytes).map(|(head, _)| String::from_utf8_lossy(head).into_owned());
            let body = String::from_utf8_lossy(&found.body).into_owned();
            return Ok(Reply { status: found.status, head: head.unwrap_or_default(), body });
        }
        ensure!(count > 0, "the server closed the connection: {}", String::from_utf8_lossy(&bytes));
    }
}
