//! The stream that tells pages to look again: that something happened, never what.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chancery_context::{Caller, Cx};
use chancery_kernel::OrgId;
use futures_util::stream;
use http::{HeaderName, HeaderValue};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::seat::Seat;
use crate::web::Console;

/// News come at most this often.
const PACE: Duration = Duration::from_millis(500);
/// A comment goes out where nothing else did, so that nobody in between takes the connection for dead; and the
/// session is looked at, which may have ended in silence.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn follow(seat: Seat) -> Response {
    stream_for(seat.console(), seat.cx())
}

/// The news of the caller's organization, for as long as their session lives.
pub(in crate::web) fn stream_for(console: &Console, cx: Cx) -> Response {
    let commits = console.platform.db.subscribe();
    let watch =
        Watch { console: console.clone(), cx, commits, org_of: |commit| commit.org, next: Instant::now() };
    let news = stream::unfold(watch, |mut watch| async move {
        let event = watch.news().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let mut response = Sse::new(news).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Proxies that collect answers before they pass them on would swallow news.
    let no = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), no);
    response
}

/// A subscription of one page to the commits of its organization. What a commit looks like is the store's affair.
struct Watch<C> {
    console: Console,
    cx: Cx,
    commits: Receiver<C>,
    org_of: fn(&C) -> OrgId,
    /// Not before this.
    next: Instant,
}

impl<C: Clone> Watch<C> {
    /// The next news; none at the end of the session or of the server.
    async fn news(&mut self) -> Option<Event> {
        loop {
            let heard = timeout(HEARTBEAT, self.ours()).await;
            if !self.session_lives().await {
                return None;
            }
            match heard {
                Ok(true) => break,
                Ok(false) => return None,
                Err(_silence) => {}
            }
        }
        sleep_until(self.next).await;
        self.next = Instant::now() + PACE;
        // What happened while this waited is told by this very event.
        self.commits = self.commits.resubscribe();
        Some(Event::default().event("changed").data("1"))
    }

    /// Waits for a commit of this organization; false where there will be none any more.
    async fn ours(&mut self) -> bool {
        loop {
            match self.commits.recv().await {
                Ok(commit) if (self.org_of)(&commit) == self.cx.org => return true,
                Ok(_) => {}
                // Whatever was missed may have been ours.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }

    /// Asked without noting a use: a page left open is nobody at work.
    async fn session_lives(&self) -> bool {
        let Caller::Person { session, .. } = self.cx.caller else { return false };
        // A database that cannot be read ends the stream; the browser comes back by itself.
        let Ok(own) = self.console.issuer.own_sessions(&self.cx).await else { return false };
        let (now, idle) = (self.cx.now(), self.console.platform.settings.session_idle);
        let lives = own.iter().any(|s| s.id == session && now < s.ends && now.since(s.seen) < idle);
        let hot = self.console.platform.db.hot();
        let user = self.cx.caller.user().and_then(|id| hot.users.find(self.cx.org, id));
        lives && user.is_some_and(|user| user.is_active())
    }
}
