//! One connection, from its handshake to its end.
//!
//! A connection that talks has buffers of its own, some sixteen kilobytes. One that waits for a person's answer, for
//! minutes, gives them back: hyper's connection is taken apart, the request in progress is kept, and its answer goes out
//! through a new one, which is made to believe that it has just been asked.

use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use chancery_kernel::Cidr;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::exchange::{Answering, Desk, Exchange, Form};
use super::linger::linger;
use super::patience::Patient;
use super::rewound::Rewound;
use crate::config::Config;
use crate::supervisor::Stop;

/// What all connections share.
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

/// Bytes of what a client says while its answer is waited for; the rest stays with the system.
const EARLY: usize = 4 * 1024;

/// A connection whose answer takes long, while neither side has anything to say before it.
struct Resting<S> {
    answering: Answering,
    form: Form,
    stream: S,
    /// What the client said meanwhile.
    early: Vec<u8>,
}

type Talk<S> = http1::Connection<TokioIo<Rewound<S>>, Desk>;

impl Reception {
    /// Serves a connection to its end. What goes wrong with one is the client's affair, and told at debug level.
    pub async fn receive(self: Arc<Self>, stream: TcpStream, peer: IpAddr, stop: Stop) {
        let exchange = Arc::<Exchange>::default();
        let stream = Patient::new(stream, self.limits.stall, exchange.clone());
        let done = match self.tls.clone() {
            // In boxes: the task of a connection is as large as its largest moment, and stays so while it rests.
            None => self.serve(Box::new(stream), peer, exchange, stop).await,
            Some(tls) => Box::pin(self.shake_hands(tls, stream, peer, exchange, stop)).await,
        };
        if let Err(error) = done {
            tracing::debug!(%peer, "a connection ended: {error:#}");
        }
    }

    async fn shake_hands(
        self: Arc<Self>,
        tls: TlsAcceptor,
        stream: Patient<TcpStream>,
        peer: IpAddr,
        exchange: Arc<Exchange>,
        stop: Stop,
    ) -> anyhow::Result<()> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let stream = tokio::time::timeout(self.limits.header, tls.accept(stream)).await.map_err(late)??;
        self.serve(Box::new(stream), peer, exchange, stop).await
    }

    async fn serve(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        exchange: Arc<Exchange>,
        mut stop: Stop,
    ) -> anyhow::Result<()> {
        let mut stream = Rewound::new(Vec::new(), stream);
        loop {
            // In a box that goes when it is done: of a connection that rests nothing is kept but what is needed to wait.
            let talked = Box::pin(self.clone().converse(stream, peer, &exchange, &mut stop)).await?;
            let Some(mut resting) = talked else { return Ok(()) };
            let Some(answer) = resting.rest().await else { return Ok(()) };
            stream = resting.awake(stop.is_asked());
            exchange.give(answer);
        }
    }

    /// Talks until the connection ends, or rests.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin + 'static>(
        self: Arc<Self>,
        stream: Rewound<S>,
        peer: IpAddr,
        exchange: &Arc<Exchange>,
        stop: &mut Stop,
    ) -> anyhow::Result<Option<Resting<S>>> {
        let desk = Desk { reception: self.clone(), peer, exchange: exchange.clone() };
        let mut talk = self.talk(stream, desk);
        match talk_on(&mut talk, exchange, stop).await {
            Ok(Ended::Resting) => {}
            Ok(Ended::Over) if exchange.read.load(Ordering::Relaxed) => return Ok(None),
            Err(error) if !error.is_parse() => return Err(error.into()),
            over => {
                linger(talk.into_parts().io.into_inner()).await;
                return Ok(over.map(|_| None)?);
            }
        }
        let Some((answering, form)) = exchange.take() else { return Ok(None) };
        let http1::Parts { io, read_buf, .. } = talk.into_parts();
        let (unread, stream) = io.into_inner().into_parts();
        Ok(Some(Resting { answering, form, stream, early: [&read_buf[..], &unread[..]].concat() }))
    }

    fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: Rewound<S>, desk: Desk) -> Box<Talk<S>> {
        let talk = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header)
            .max_header_size(HEAD)
            .max_buf_size(BUFFER)
            // Answers are short: put together with their heads they go out by the cheaper call.
            .writev(false)
            .serve_connection(TokioIo::new(stream), desk);
        Box::new(talk)
    }
}

/// How a conversation ended.
enum Ended {
    Over,
    Resting,
}

async fn talk_on<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    talk: &mut Talk<S>,
    exchange: &Exchange,
    stop: &mut Stop,
) -> hyper::Result<Ended> {
    let mut talking = poll_fn(|cx| match Pin::new(&mut *talk).poll(cx) {
        Poll::Ready(done) => Poll::Ready(done.map(|()| Ended::Over)),
        // Looked at after everything was written that could be.
        Poll::Pending if exchange.may_rest() => Poll::Ready(Ok(Ended::Resting)),
        Poll::Pending => Poll::Pending,
    });
    tokio::select! {
        // First, so that an answer that was waited for is on its way before the server stops.
        biased;
        ended = &mut talking => return ended,
        () = stop.asked() => {}
    }
    Pin::new(&mut *talk).graceful_shutdown();
    let ended = poll_fn(|cx| Pin::new(&mut *talk).poll(cx)).await;
    ended.map(|()| Ended::Over)
}

impl<S: AsyncRead + Unpin> Resting<S> {
    /// Waits for the answer, or for the client to go away: then nobody works for it any longer.
    async fn rest(&mut self) -> Option<Response> {
        poll_fn(|cx| {
            if let Poll::Ready(answer) = Pin::new(&mut self.answering).poll(cx) {
                return Poll::Ready(Some(answer));
            }
            while self.early.len() < EARLY {
                let mut some = [0; 512];
                let mut some = ReadBuf::new(&mut some);
                match Pin::new(&mut self.stream).poll_read(cx, &mut some) {
                    Poll::Pending => break,
                    Poll::Ready(Ok(())) if !some.filled().is_empty() => {
                        self.early.extend_from_slice(some.filled());
                    }
                    Poll::Ready(_) => return Poll::Ready(None),
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The stream of a connection that believes to have just been asked.
    fn awake(mut self, stopping: bool) -> Rewound<S> {
        let mut first = self.form.again(stopping);
        first.append(&mut self.early);
        Rewound::new(first, self.stream)
    }
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::routing::get;
    use chancery_api::LongWait;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::supervisor::stop;

    /// Asks for the path, and says whether the connection rests; nothing where it goes on as it was.
    async fn asked(path: &str) -> Option<bool> {
        let waits = |Extension(long): Extension<LongWait>| async move {
            long.begin();
            std::future::pending::<String>().await
        };
        let router =
            Router::new().route("/wait", get(waits)).route("/slow", get(std::future::pending::<String>));
        let limits = Limits::of(&Config::default());
        let reception = Arc::new(Reception { router, tls: None, trusted: Vec::new(), limits });
        let exchange = Arc::<Exchange>::default();
        let (mut client, stream) = tokio::io::duplex(1024);
        client.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("sent");
        let (_stopper, mut stop) = stop();
        let stream = Rewound::new(Vec::new(), stream);
        let talked = reception.converse(stream, [127, 0, 0, 1].into(), &exchange, &mut stop);
        let ended = tokio::time::timeout(Duration::from_secs(5), talked).await.ok()?;
        Some(ended.expect("talked").is_some())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_rests_when_a_handler_says_that_it_waits_and_not_before() {
        assert_eq!(asked("/wait").await, Some(true));
        assert_eq!(asked("/slow").await, None);
    }

    #[tokio::test]
    async fn what_is_kept_of_a_connection_is_small() {
        let limits = Limits::of(&Config::default());
        let reception = Arc::new(Reception { router: Router::new(), tls: None, trusted: Vec::new(), limits });
        let (_stopper, stop) = stop();
        let exchange = Arc::<Exchange>::default();
        let served = reception.serve(Box::new(tokio::io::empty()), [127, 0, 0, 1].into(), exchange, stop);
        assert!(size_of_val(&served) <= 400, "{}", size_of_val(&served));
    }
}
