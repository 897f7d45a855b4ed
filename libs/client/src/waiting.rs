//! Waiting for a person, whatever was asked of them: look, and look again, until it has come out or its time is over.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::ClientError;

/// How long one look may stay open: shorter than [`crate::HttpOptions`] waits for an answer.
pub(crate) const OPEN: Duration = Duration::from_secs(20);
/// Between two looks, where the server does not say; CIBA §7.3 has the same.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);

/// What one look told.
pub(crate) enum Look<T> {
    /// It has come out.
    Over(T),
    /// Not yet; with the pause until the next look, if it changes.
    Waits(Option<Duration>),
}

/// What follows from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    Over(T),
    /// It stands no longer, and the server, which would say so itself, was too slow to.
    Lapsed,
    Again,
}

/// For how long it stands, and in which pace it is looked at.
pub(crate) struct Patience {
    end: Instant,
    begun: Instant,
    pub pause: Duration,
    /// The last look's token was dead.
    stale: bool,
}

impl Patience {
    pub(crate) fn new(stands: Duration, pause: Duration) -> Self {
        let begun = Instant::now();
        Self { end: begun + stands, begun, pause, stale: false }
    }

    /// What follows from a look, when the pause after it is over.
    pub(crate) async fn after<T>(
        &mut self,
        look: Result<Look<T>, ClientError>,
    ) -> Result<Next<T>, ClientError> {
        self.after_or(look, std::future::pending()).await
    }

    /// The same, or as soon as somebody rings. A server that cannot be reached for a while is asked again for as long as the
    /// question stands; and once more with a new token where one died before it was used, as when the machine slept.
    pub(crate) async fn after_or<T>(
        &mut self,
        look: Result<Look<T>, ClientError>,
        rung: impl Future<Output = ()>,
    ) -> Result<Next<T>, ClientError> {
        match look {
            Ok(Look::Over(outcome)) => return Ok(Next::Over(outcome)),
            Ok(Look::Waits(pause)) => (self.pause, self.stale) = (pause.unwrap_or(self.pause), false),
            Err(error) if error.is_stale() && !self.stale => self.stale = true,
            Err(error) if error.is_passing() && Instant::now() < self.end => {}
            Err(error) => return Err(error),
        }
        if Instant::now() >= self.end {
            return Ok(Next::Lapsed);
        }
        // What was held open counts as waiting.
        let left = self.pause.saturating_sub(self.begun.elapsed());
        drop(timeout(left.min(self.end - Instant::now()), rung).await);
        self.begun = Instant::now();
        Ok(Next::Again)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    fn answered(status: u16) -> Result<Look<u8>, ClientError> {
        Err(ClientError::Unexpected { address: "here".to_owned(), status })
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_on_through_failures_that_pass_in_the_pace_it_is_told() {
        let begun = Instant::now();
        let mut patience = Patience::new(Duration::from_secs(100), PAUSE);
        let ten = Some(Duration::from_secs(10));
        assert_eq!(patience.after(Ok(Look::<u8>::Waits(ten))).await.unwrap(), Next::Again);
        assert_eq!(patience.after(answered(503)).await.unwrap(), Next::Again);
        assert_eq!(begun.elapsed(), Duration::from_secs(20));
        assert_eq!(patience.after(Ok(Look::Over(7))).await.unwrap(), Next::Over(7));
        assert!(patience.after(answered(404)).await.is_err(), "asking again does not help");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_died_is_taken_anew_once() {
        let dead = || {
            let (error, details) = ("invalid_token".to_owned(), Box::default());
            let refused = ClientError::Refused { status: 401, error, description: None, uri: None, details };
            Err::<Look<u8>, _>(refused)
        };
        let mut patience = Patience::new(Duration::from_secs(100), PAUSE);
        for _ in 0..2 {
            assert_eq!(patience.after(dead()).await.unwrap(), Next::Again);
            assert_eq!(patience.after(Ok(Look::<u8>::Waits(None))).await.unwrap(), Next::Again);
        }
        assert_eq!(patience.after(dead()).await.unwrap(), Next::Again);
        assert!(patience.after(dead()).await.is_err(), "new ones are dead too");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_held_open_counts_and_it_ends_with_its_time() {
        let begun = Instant::now();
        let mut patience = Patience::new(Duration::from_secs(30), PAUSE);
        sleep(Duration::from_secs(20)).await;
        assert_eq!(patience.after(Ok(Look::<u8>::Waits(None))).await.unwrap(), Next::Again);
        assert_eq!(begun.elapsed(), Duration::from_secs(20), "no pause after so long a look");
        sleep(Duration::from_secs(10)).await;
        assert_eq!(patience.after(Ok(Look::<u8>::Waits(None))).await.unwrap(), Next::Lapsed);
        assert!(patience.after(answered(503)).await.is_err(), "for no longer than it stands");
    }
}
