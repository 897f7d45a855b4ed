//! Requests whose answers are awaited by all connections at once, and nobody reads.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::Context;

/// Connections on which a request has been sent.
pub struct Waiting(Vec<TcpStream>);

/// Sends each request on a connection of its own.
pub fn hold(address: SocketAddr, requests: &[Vec<u8>]) -> anyhow::Result<Waiting> {
    let mut open = Vec::with_capacity(requests.len());
    for request in requests {
        let mut stream = TcpStream::connect(address)
            .with_context(|| format!("connection {}: raise the limit of open files", open.len() + 1))?;
        stream.write_all(request)?;
        open.push(stream);
    }
    Ok(Waiting(open))
}

impl Waiting {
    /// On how many of them neither an answer nor the end has come.
    pub fn still_open(&self) -> anyhow::Result<usize> {
        let mut open = 0;
        for stream in &self.0 {
            stream.set_nonblocking(true)?;
            let found = stream.peek(&mut [0]);
            open += usize::from(found.is_err_and(|e| e.kind() == ErrorKind::WouldBlock));
        }
        Ok(open)
    }
}
