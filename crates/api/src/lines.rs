//! Answers that go on, line by line. A task of their own makes the lines; a bounded number of bytes waits for whoever reads.
//! Who does not read for a while is cut off: what was held for them is let go, and the last line that they find, should they
//! read on, says so.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use chancery_kernel::{Fault, Kind};
use futures_util::stream;
use http::{HeaderName, HeaderValue, header};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Problem;
use crate::related::{failed_line, text};

/// Portions that wait for a reader.
const WAITING: usize = 8;
/// Bytes of a portion, about.
const PORTION: usize = 16 * 1024;
/// For so long a reader may take nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// No stream lasts longer, however slowly or eagerly it is read: tokens do not either.
pub const LIFE: Duration = Duration::from_secs(300);

/// Where lines go.
pub struct Lines {
    to: mpsc::Sender<Bytes>,
    portion: Vec<u8>,
    until: Instant,
}

/// Why no more lines are to be made.
pub enum End {
    /// All was said, or nobody is there any more.
    Quiet,
    /// With this as the last line.
    Said(Bytes),
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::Said(failed_line(&problem))
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Problem::from(fault).into()
    }
}

impl Lines {
    /// Adds a line; goes on once there is room.
    pub async fn add(&mut self, line: &str) -> Result<(), End> {
        self.portion.extend_from_slice(line.as_bytes());
        self.portion.push(b'\n');
        if self.portion.len() >= PORTION { self.flush().await } else { Ok(()) }
    }

    /// Hands over what is there.
    pub async fn flush(&mut self) -> Result<(), End> {
        if self.portion.is_empty() {
            return Ok(());
        }
        let portion = Bytes::from(std::mem::take(&mut self.portion));
        self.hand_over(portion).await
    }

    /// The same with whole lines that were made elsewhere.
    pub async fn hand_over(&self, portion: Bytes) -> Result<(), End> {
        let patience = PATIENCE.min(self.until.saturating_duration_since(Instant::now()));
        match self.to.send_timeout(portion, patience).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(End::Quiet),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(too_slow()),
        }
    }

    /// Whether the stream has lived long enough.
    pub fn is_old(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits for something, unless nobody reads any more.
    pub async fn unless_left<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            done = work => Ok(done),
            () = self.to.closed() => Err(End::Quiet),
        }
    }
}

fn too_slow() -> End {
    let text = format!(
        "nothing was read for {} seconds: this answer is not complete, ask again and read faster",
        PATIENCE.as_secs()
    );
    Fault::new(Kind::Unavailable, "reader_too_slow", text).into()
}

/// An answer of lines of JSON that are all there.
pub fn whole(lines: Vec<u8>) -> Response {
    of_lines(Body::from(lines))
}

/// An answer of lines of JSON, made by this work.
pub fn answer<W, F>(work: W) -> Response
where
    W: FnOnce(Lines) -> F,
    F: Future<Output = (Lines, End)> + Send + 'static,
{
    let (to, from) = mpsc::channel(WAITING);
    let (say, said) = oneshot::channel();
    let made = work(Lines { to, portion: Vec::new(), until: Instant::now() + LIFE });
    // The answer owns its task: when nobody reads any more, it ends with it.
    let mut task = JoinSet::new();
    task.spawn(async move {
        let (mut lines, end) = made.await;
        // What was made before the end is told before it, where there is room.
        let rest = lines.flush().await;
        if let (Ok(()), End::Said(last)) | (Err(End::Said(last)), _) = (rest, end) {
            let _ = say.send(last);
        }
    });
    let body = stream::unfold((from, Some(said), task), |(mut from, said, task)| async move {
        if let Some(portion) = from.recv().await {
            return Some((Ok::<_, Infallible>(portion), (from, said, task)));
        }
        let last = said?.await.ok()?;
        Some((Ok(last), (from, None, task)))
    });
    of_lines(Body::from_stream(body))
}

fn of_lines(body: Body) -> Response {
    let mut response = text(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
