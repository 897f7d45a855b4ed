//! A relay between guards and the server that can fall silent while every connection stays open, as networks do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

#[derive(Clone, Default)]
pub struct Relay {
    silent: Arc<AtomicBool>,
}

impl Relay {
    /// Relays from one address to another for as long as the runtime lives.
    pub async fn start(from: SocketAddr, to: SocketAddr) -> anyhow::Result<Self> {
        let (relay, socket) = (Self::default(), TcpListener::bind(from).await?);
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = socket.accept().await {
                if let Ok(far) = TcpStream::connect(to).await {
                    serving.join(near, far);
                }
            }
        });
        Ok(relay)
    }

    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    fn join(&self, near: TcpStream, far: TcpStream) {
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        Handle::current().spawn(carry(near_read, far_write, self.silent.clone()));
        Handle::current().spawn(carry(far_read, near_write, self.silent.clone()));
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    silent: Arc<AtomicBool>,
) -> Option<()> {
    let mut part = vec![0; 16 * 1_024];
    loop {
        let count = from.read(&mut part).await.ok().filter(|count| *count > 0)?;
        if silent.load(Ordering::SeqCst) {
            // A connection that was cut stays cut; what comes after the silence comes on a new one.
            std::future::pending::<()>().await;
        }
        to.write_all(part.get(..count)?).await.ok()?;
    }
}
