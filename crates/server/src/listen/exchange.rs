//! The request in progress on a connection. It stands beside hyper's connection and not in it: an answer that takes
//! minutes is waited for without that connection's buffers, and given out through a new one.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use chancery_api::{LongWait, comes_later};
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::Service;
use hyper::{Method, Request, Version};
use tower::ServiceExt;

use super::connection::Reception;
use super::patience::Timely;

/// A request that the router works on, or what it left to be waited for.
pub(super) struct Answering(Pin<Box<dyn Future<Output = Response> + Send>>);

impl Answering {
    fn by(router: Router, request: Request<Body>) -> Self {
        Self(Box::pin(async {
            let Ok(answer) = router.oneshot(request).await;
            answer
        }))
    }
}

impl Future for Answering {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        loop {
            let mut answer = ready!(self.0.as_mut().poll(cx));
            match comes_later(&mut answer) {
                // The router and all that it held go here.
                Some(later) => self.0 = later,
                None => return Poll::Ready(answer),
            }
        }
    }
}

/// What the connection, its streams and the router know of each other.
#[derive(Default)]
pub(super) struct Exchange {
    now: Mutex<Now>,
    long: LongWait,
    /// The request has been read to its end: nothing that still comes belongs to it.
    pub read: AtomicBool,
    /// Something is to be written that the client does not take yet.
    pub stalled: AtomicBool,
}

#[derive(Default)]
struct Now {
    answering: Option<Answering>,
    /// An answer that was waited for: it goes to the next request, which is [`Form::again`].
    answer: Option<Response>,
    form: Form,
}

/// What the form of an answer depends on (RFC 9112 §6.3, §9.3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    is_head: bool,
    keeps: bool,
}

impl Form {
    fn of<B>(request: &Request<B>) -> Self {
        let closes = |value: &HeaderValue| {
            let text = value.to_str().unwrap_or_default();
            text.split(',').any(|option| option.trim().eq_ignore_ascii_case("close"))
        };
        let asked = request.headers().get_all(header::CONNECTION).iter().any(closes);
        Self {
            is_head: request.method() == Method::HEAD,
            keeps: request.version() == Version::HTTP_11 && !asked,
        }
    }

    /// A head that asks for an answer of the same form.
    pub(super) fn again(self, stopping: bool) -> Vec<u8> {
        let method = if self.is_head { "HEAD" } else { "GET" };
        let connection = if self.keeps && !stopping { "keep-alive" } else { "close" };
        format!("{method} / HTTP/1.1\r\nconnection: {connection}\r\n\r\n").into_bytes()
    }
}

impl Exchange {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the client has nothing to read and nothing to say until an answer comes that takes long.
    pub(super) fn may_rest(&self) -> bool {
        self.long.has_begun()
            && self.read.load(Ordering::Relaxed)
            && !self.stalled.load(Ordering::Relaxed)
            && self.now().answering.is_some()
    }

    /// Whether whoever answers waits for the client in a way of its own.
    pub(super) fn converses(&self) -> bool {
        self.long.converses()
    }

    /// Takes the request in progress out of the connection's hands.
    pub(super) fn take(&self) -> Option<(Answering, Form)> {
        let mut now = self.now();
        let form = now.form;
        now.answering.take().map(|answering| (answering, form))
    }

    /// The answer for the next request that comes.
    pub(super) fn give(&self, answer: Response) {
        self.now().answer = Some(answer);
    }
}

/// Hands requests to the router.
pub(super) struct Desk {
    pub reception: Arc<Reception>,
    pub peer: IpAddr,
    pub exchange: Arc<Exchange>,
}

impl Service<Request<Incoming>> for Desk {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<Incoming>) -> Answer {
        let Self { reception, peer, exchange } = self;
        let mut now = exchange.now();
        exchange.long.forget();
        if now.answer.is_none() {
            let is_trusted = |ip: IpAddr| reception.trusted.iter().any(|network| network.contains(ip));
            let client = chancery_api::client_address(*peer, request.headers(), is_trusted);
            now.form = Form::of(&request);
            exchange.read.store(request.body().is_end_stream(), Ordering::Relaxed);
            request.extensions_mut().insert(client);
            request.extensions_mut().insert(exchange.long.clone());
            let limit = reception.limits.body;
            let request = request.map(|body| Body::new(Timely::new(body, limit, exchange.clone())));
            now.answering = Some(Answering::by(reception.router.clone(), request));
        }
        drop(now);
        Answer(exchange.clone())
    }
}

/// The answer to the request in progress. Nobody works on it once this is dropped, unless it was taken out before.
pub(super) struct Answer(Arc<Exchange>);

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut now = self.0.now();
        if let Some(answer) = now.answer.take() {
            return Poll::Ready(Ok(answer));
        }
        let Some(answering) = &mut now.answering else { return Poll::Pending };
        let mut answer = ready!(Pin::new(answering).poll(cx));
        now.answering = None;
        // What is still to come of the body is not waited for: the client has to know that nothing can follow it.
        if !self.0.read.load(Ordering::Relaxed) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(answer))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // Dropped outside of the lock: what it holds may be large.
        let left = self.0.now().answering.take();
        drop(left);
    }
}
