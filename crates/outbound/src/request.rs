//! A request as use cases write it, and what came back.

use std::time::Duration;

use bytes::Bytes;
use chancery_kernel::Secret;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;

use crate::fault::NetFault;

/// So much of an answer is read, unless the request says less or more.
const LONGEST_ANSWER: usize = 64 * 1024;
/// And never more than this.
const LONGEST_EVER: usize = 4 * 1024 * 1024;

/// Printed, it shows neither its headers nor its body, nor where exactly it goes: all three may be secrets.
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) patience: Option<Duration>,
    pub(crate) longest_answer: usize,
}

impl Request {
    fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            patience: None,
            longest_answer: LONGEST_ANSWER,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// Any other method, such as `PUT`.
    pub fn with_method(method: &str, url: impl Into<String>) -> Result<Self, NetFault> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| NetFault::BadHeader("the method"))?;
        if method == Method::CONNECT || method == Method::TRACE {
            return Err(NetFault::BadHeader("the method"));
        }
        Ok(Self::new(method, url))
    }

    /// Adds a header. Those that frame the message are the sender's alone.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, NetFault> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| NetFault::BadHeader("its name"))?;
        let framing = [
            header::HOST,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
            header::UPGRADE,
            header::TE,
            header::TRAILER,
            header::EXPECT,
        ];
        if framing.contains(&name) {
            return Err(NetFault::BadHeader("it belongs to the transport"));
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| NetFault::BadHeader("its value"))?;
        value.set_sensitive(true);
        self.headers.append(name, value);
        Ok(self)
    }

    /// `Authorization: Bearer …` (RFC 6750 §2.1).
    pub fn bearer(self, token: &Secret) -> Result<Self, NetFault> {
        self.header("authorization", &format!("Bearer {}", token.expose()))
    }

    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    pub fn json(self, body: &impl Serialize) -> Result<Self, NetFault> {
        let body = serde_json::to_vec(body).map_err(|_| NetFault::BadHeader("the body"))?;
        Ok(self.body("application/json", body))
    }

    /// Less patience than usual, for the whole of it.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    #[must_use]
    pub fn longest_answer(mut self, bytes: usize) -> Self {
        self.longest_answer = bytes.min(LONGEST_EVER);
        self
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// An answer, of whatever status. A redirect is an answer like others: nobody follows it.
pub struct Response {
    pub status: u16,
    pub(crate) headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The first header of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}
