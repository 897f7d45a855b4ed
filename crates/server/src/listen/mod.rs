//! Taking connections: how many at a time, how patiently, plain or with TLS, until told to stop.

mod connection;
mod exchange;
mod linger;
mod patience;
mod rewound;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use connection::{Limits, Reception};
pub use tls::Certificates;

use crate::config::Config;
use crate::supervisor::Stop;

/// A bound socket that serves nothing yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    certificates: Option<Arc<Certificates>>,
}

impl Listener {
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let certificates = config.tls.files()?.map(Certificates::open).transpose()?;
        let wanted = config.listen.address;
        let socket = TcpListener::bind(wanted).await.with_context(|| {
            format!("cannot listen on {wanted}: is another server there? choose another with --listen")
        })?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address, certificates })
    }

    /// The address, with its real port if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn certificates(&self) -> Option<&Arc<Certificates>> {
        self.certificates.as_ref()
    }

    /// Serves until `stop` turns true; then requests in progress get the configured time to end.
    pub async fn serve(self, config: &Config, router: Router, mut stop: Stop) -> anyhow::Result<()> {
        let tls = self.certificates.as_ref().map(Certificates::acceptor).transpose()?;
        let (trusted, limits) = (config.proxy.trusted.clone(), Limits::of(config));
        let reception = Arc::new(Reception { router, tls, trusted, limits });
        let places = Arc::new(Semaphore::new(config.listen.max_connections));
        let mut connections = JoinSet::new();
        let stopping = stop.clone();
        loop {
            tokio::select! {
                () = stop.asked() => break,
                // Ended connections are let go of as they end.
                Some(_) = connections.join_next() => {}
                (stream, peer, place) = self.next(&places) => {
                    let served = reception.clone().receive(stream, peer.ip(), stopping.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
            }
        }
        drop(self.socket);
        drain(connections, config.listen.drain()).await;
        Ok(())
    }

    /// The next connection, once there is a place for it.
    async fn next(&self, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
        // The semaphore is never closed, so there is always a place in the end.
        let place = places.clone().acquire_owned().await.ok();
        loop {
            match self.socket.accept().await {
                Ok((stream, peer)) => {
                    // Answers are small and complete: waiting to fill a packet would only delay them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%peer, %error, "no TCP_NODELAY");
                    }
                    return (stream, peer, place);
                }
                Err(error) => {
                    // Out of file handles, mostly: trying again at once would only burn the processor.
                    tracing::warn!(%error, "cannot take a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn drain(mut connections: JoinSet<()>, patience: Duration) {
    let ended =
        tokio::time::timeout(patience, async { while connections.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::info!(open = connections.len(), "closing the connections that did not end in time");
        connections.shutdown().await;
    }
}
