//! One connection, from its handshake to its end.

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use chancery_kernel::Cidr;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::patience::{Patient, Timely};
use crate::config::Config;
use crate::supervisor::Stop;

/// What all connections share.
#[derive(Clone)]
pub struct Reception {
    pub router: Router,
    pub tls: Option<TlsAcceptor>,
    pub trusted: Vec<Cidr>,
    pub limits: Limits,
}

/// How long a client is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub header: Duration,
    pub body: Duration,
    pub stall: Duration,
}

impl Limits {
    pub fn of(config: &Config) -> Self {
        let listen = &config.listen;
        let seconds = Duration::from_secs;
        Self {
            header: seconds(listen.header_timeout),
            body: seconds(listen.body_timeout),
            stall: seconds(listen.stall_timeout),
        }
    }
}

/// Bytes of a request's head. Tokens, cookies and client assertions travel there; nothing larger has to.
const HEAD: usize = 32 * 1024;
/// Bytes kept of what was read or is to be written; whoever sends more waits.
const BUFFER: usize = 64 * 1024;

impl Reception {
    /// Serves a connection to its end. What goes wrong with one is the client's affair, and told at debug level.
    pub async fn receive(self, stream: TcpStream, peer: IpAddr, stop: Stop) {
        let stream = Patient::new(stream, self.limits.stall);
        let done = match self.tls.clone() {
            None => self.serve(stream, peer, stop).await,
            Some(tls) => match tokio::time::timeout(self.limits.header, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve(stream, peer, stop).await,
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            },
        };
        if let Err(error) = done {
            tracing::debug!(%peer, "a connection ended: {error:#}");
        }
    }

    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        mut stop: Stop,
    ) -> anyhow::Result<()> {
        let Self { router, trusted, limits, .. } = self;
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
            let client = chancery_api::client_address(peer, request.headers(), is_trusted);
            request.extensions_mut().insert(client);
            let request = request.map(|body| Body::new(Timely::new(body, limits.body)));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header)
            .max_header_size(HEAD)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            done = connection.as_mut() => return Ok(done?),
            () = stop.asked() => connection.as_mut().graceful_shutdown(),
        }
        Ok(connection.await?)
    }
}
