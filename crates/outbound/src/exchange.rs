//! One request and its answer, on a connection of their own.

use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderValue, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use crate::fault::NetFault;
use crate::request::{Request, Response};

/// The head of an answer may have so many bytes and headers.
const LONGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
const USER_AGENT: &str = concat!("Chancery/", env!("CARGO_PKG_VERSION"));

pub(crate) async fn run<S>(stream: S, url: &Url, request: Request, host: String) -> Result<Response, NetFault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |e: hyper::Error| told(&e, &host);
    let longest = request.longest_answer;
    let request = framed(url, request, &host)?;
    let mut protocol = http1::Builder::new();
    protocol.max_buf_size(LONGEST_HEAD).max_headers(MOST_HEADERS);
    let (mut sender, connection) = protocol.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, longest).collect().await.map_err(|e| {
            if e.is::<LengthLimitError>() {
                return NetFault::TooLarge { host: host.clone() };
            }
            NetFault::Broken { host: host.clone(), why: "in the middle of its answer".into() }
        })?;
        Ok(Response { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
    };
    // Both run here, and end together: nothing of the request outlives it.
    match select(pin!(exchange), pin!(connection)).await {
        Either::Left((answered, _)) => answered,
        // What the connection had read before it ended may still be waiting.
        Either::Right((_, exchange)) => exchange.await,
    }
}

/// The request as the wire has it.
fn framed(url: &Url, request: Request, host: &str) -> Result<http::Request<Full<Bytes>>, NetFault> {
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let uri = path.parse::<Uri>().map_err(|_| NetFault::BadUrl("its path cannot be sent"))?;
    let named = HeaderValue::from_str(host).map_err(|_| NetFault::BadUrl("its host cannot be sent"))?;
    let mut framed = http::Request::new(Full::new(request.body));
    *framed.method_mut() = request.method;
    *framed.uri_mut() = uri;
    *framed.headers_mut() = request.headers;
    let headers = framed.headers_mut();
    headers.insert(header::HOST, named);
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    Ok(framed)
}

fn told(error: &hyper::Error, host: &str) -> NetFault {
    if error.is_parse_too_large() {
        return NetFault::TooLarge { host: host.to_owned() };
    }
    let why = if error.is_parse() { "it does not speak HTTP" } else { "before it had answered" };
    NetFault::Broken { host: host.to_owned(), why: why.to_owned() }
}
