//! The stream that tells pages to look again: that something happened, never what.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chancery_context::{Caller, Cx};
use chancery_governance::inbox::{self, Watched};
use chancery_kernel::OrgId;
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::seat::Seat;
use crate::web::Console;

/// News of an organization come at most this often; those of an inbox are rarer, and somebody waits for them.
const PACE: Duration = Duration::from_millis(500);
const INBOX_PACE: Duration = Duration::from_millis(100);
/// A comment goes out where nothing else did, so that nobody in between takes the connection for dead; and the
/// session is looked at, which may have ended in silence.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The news of the caller's organization, for as long as their session lives.
pub(super) async fn follow(seat: Seat) -> Response {
    let (console, cx) = (seat.console(), seat.cx());
    let (commits, org) = (console.platform.db.subscribe(), cx.org);
    stream(console, cx, Commits { commits, org_of: |commit| commit.org, org }, PACE)
}

/// The news of the caller's own inbox.
pub(in crate::web) fn follow_inbox(console: &Console, cx: Cx) -> Response {
    match inbox::watch(&cx) {
        Ok(watched) => stream(console, cx, watched, INBOX_PACE),
        Err(_nobody) => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn stream(console: &Console, cx: Cx, news: impl News, pace: Duration) -> Response {
    let watch = Watch { console: console.clone(), cx, news, pace, next: Instant::now() };
    let news = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let mut response = Sse::new(news).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Proxies that collect answers before they pass them on would swallow news.
    let no = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), no);
    response
}

/// Where a page hears that something happened.
trait News: Send + Sync + 'static {
    /// Waits for something new; false where there will be nothing any more.
    fn wait(&mut self) -> impl Future<Output = bool> + Send;
    /// What has happened up to now needs no telling any more.
    fn caught_up(&mut self);
}

/// A subscription to the commits of an organization. What a commit looks like is the store's affair.
struct Commits<C> {
    commits: Receiver<C>,
    org_of: fn(&C) -> OrgId,
    org: OrgId,
}

impl<C: Clone + Send + Sync + 'static> News for Commits<C> {
    async fn wait(&mut self) -> bool {
        loop {
            match self.commits.recv().await {
                Ok(commit) if (self.org_of)(&commit) == self.org => return true,
                Ok(_) => {}
                // Whatever was missed may have been ours.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }

    fn caught_up(&mut self) {
        self.commits = self.commits.resubscribe();
    }
}

impl News for Watched {
    async fn wait(&mut self) -> bool {
        self.changed().await;
        true
    }

    /// News that came meanwhile are one, however many they were: it is told after the pause.
    fn caught_up(&mut self) {}
}

/// A page that follows.
struct Watch<N> {
    console: Console,
    cx: Cx,
    news: N,
    pace: Duration,
    /// Not before this.
    next: Instant,
}

impl<N: News> Watch<N> {
    /// The next news; none at the end of the session or of the server.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let heard = timeout(HEARTBEAT, self.news.wait()).await;
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
        self.next = Instant::now() + self.pace;
        // What happened while this waited is told by this very event.
        self.news.caught_up();
        Some(Event::default().event("changed").data("1"))
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
