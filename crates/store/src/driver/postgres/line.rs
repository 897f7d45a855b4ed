//! One connection and the patience with it. A connection that falls silent neither breaks nor answers: a proxy that
//! swallows bytes goes on acknowledging them. So everybody who waits here waits for a while, and then gives it up.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Connection, Error, RowStream};

/// Ending a connection with a word of farewell may take this long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Notifications kept apart.
const MOST_HEARD: usize = 4_096;

/// Why there is no answer.
pub(super) enum Trouble {
    Failed(Error),
    /// The connection had ended before.
    Gone,
    /// Nothing came for this long.
    Silent(Duration),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What the server sends of its own accord, with either kind of stream below.
trait Messages: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>>;
}

impl<S, T> Messages for Connection<S, T>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> {
        self.poll_message(cx)
    }
}

/// Moves the bytes while somebody waits.
pub(super) struct Drive {
    runtime: Runtime,
    messages: Box<dyn Messages>,
    /// What notifications said.
    heard: Vec<String>,
    over: bool,
}

impl Drive {
    /// Until the future is there, for this long at most where there is a limit.
    pub(super) fn wait<T>(
        &mut self,
        limit: Option<Duration>,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Trouble> {
        if self.over {
            return Err(Trouble::Gone);
        }
        let Self { runtime, messages, heard, over } = self;
        let done = runtime.block_on(async {
            let mut future = pin!(future);
            let both = poll_fn(|cx| {
                if let Err(error) = forward(messages, heard, over, cx) {
                    return Poll::Ready(Err(error));
                }
                future.as_mut().poll(cx)
            });
            match limit {
                Some(limit) => timeout(limit, both).await.map_err(|_| limit),
                None => Ok(both.await),
            }
        });
        match done {
            Ok(answer) => answer.map_err(Trouble::Failed),
            Err(limit) => {
                // What is still to come on it would be taken for the answer to something else.
                self.over = true;
                Err(Trouble::Silent(limit))
            }
        }
    }

    /// The next row, waited for as long as for any answer.
    pub(super) fn next(
        &mut self,
        limit: Option<Duration>,
        rows: &mut Pin<Box<RowStream>>,
    ) -> Result<Option<tokio_postgres::Row>, Trouble> {
        self.wait(limit, poll_fn(|cx| rows.as_mut().poll_next(cx).map(Option::transpose)))
    }

    /// Until a notification comes, the bell is ready, or the time is over; what was told.
    pub(super) fn listen(
        &mut self,
        at_most: Duration,
        bell: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Result<Vec<String>, Error> {
        let Self { runtime, messages, heard, over } = self;
        let news = poll_fn(|cx| match forward(messages, heard, over, cx) {
            Err(error) => Poll::Ready(Err(error)),
            Ok(()) if !heard.is_empty() || *over => Poll::Ready(Ok(())),
            Ok(()) => bell(cx).map(Ok),
        });
        runtime.block_on(async { timeout(at_most, news).await }).unwrap_or(Ok(()))?;
        Ok(std::mem::take(&mut self.heard))
    }

    fn part(&mut self) {
        let Self { runtime, messages, heard, over } = self;
        let gone = poll_fn(|cx| match forward(messages, heard, over, cx) {
            Ok(()) if !*over => Poll::Pending,
            _ => Poll::Ready(()),
        });
        // Whether the server heard it makes no difference here.
        drop(runtime.block_on(async { timeout(FAREWELL, gone).await }));
    }
}

/// Reads and writes whatever can be read and written now.
fn forward(
    messages: &mut Box<dyn Messages>,
    heard: &mut Vec<String>,
    over: &mut bool,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    // After its end it must not be asked again.
    while !*over {
        match messages.poll(cx) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(told)))) => {
                if heard.len() >= MOST_HEARD {
                    // Too much to be told apart: whoever listens has to look at everything.
                    heard.splice(.., [String::new()]);
                }
                heard.push(told.payload().to_owned());
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => {
                *over = true;
                return Err(error);
            }
            Poll::Ready(None) => *over = true,
            Poll::Pending => break,
        }
    }
    Ok(())
}

/// A connection: what is asked, and what carries it.
pub(super) struct Line {
    client: Option<Client>,
    pub drive: Drive,
}

impl Line {
    pub(super) fn new<S, T>(runtime: Runtime, client: Client, connection: Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let drive = Drive { runtime, messages: Box::new(connection), heard: Vec::new(), over: false };
        Self { client: Some(client), drive }
    }

    /// Both halves: asking borrows the one, and waiting the other.
    pub(super) fn halves(&mut self) -> Option<(&Client, &mut Drive)> {
        self.client.as_ref().map(|client| (client, &mut self.drive))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.drive.over || self.client.as_ref().is_none_or(Client::is_closed)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_closed() {
            // Without anybody who could ask, the connection says goodbye.
            self.client = None;
            self.drive.part();
        }
    }
}
