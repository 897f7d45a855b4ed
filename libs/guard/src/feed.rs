//! Following the issuer's signed feed of marks: a snapshot, then marks as they are set, and a heartbeat each second.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chancery_jose::{Expect, Reject, RevocationFeed, verify};
use futures_util::StreamExt;
use reqwest::{StatusCode, header};
use serde::Deserialize;
use tokio::{sync::watch, time};

use crate::{
    account::AccountError,
    clock, issuer,
    marks::{Mark, Marks},
    shared::Shared,
    sse::{Event, Reader, TooLong},
};

/// What was heard, and when last.
pub(crate) struct Feed {
    pub marks: RwLock<Marks>,
    heard: watch::Sender<Option<Instant>>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self { marks: RwLock::default(), heard: watch::Sender::new(None) }
    }

    /// Whether nothing valid came for longer than `bound`.
    pub(crate) fn silent(&self, bound: Duration) -> bool {
        self.heard.borrow().is_none_or(|at| at.elapsed() > bound)
    }

    /// Waits for the first snapshot, but no longer than `bound`.
    pub(crate) async fn first(&self, bound: Duration) -> bool {
        let mut heard = self.heard.subscribe();
        time::timeout(bound, heard.wait_for(Option::is_some)).await.is_ok()
    }
}

/// Claims of an event.
#[derive(Deserialize)]
struct Heard {
    iat: i64,
    org_id: Option<String>,
    seq: u64,
    prev: Option<u64>,
    /// The event's name under signature, where the issuer sends it.
    kind: Option<String>,
    /// The ids of the keys that verify, where the issuer says so.
    keys: Option<Vec<String>>,
    #[serde(default)]
    marks: Vec<Mark>,
}

/// Why a connection to the feed ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the issuer closed the stream")]
    Closed,
    #[error("nothing came for too long")]
    Quiet,
    #[error("an event is missing between; a fresh snapshot is needed")]
    Gap,
    #[error("the snapshot is older than the silence bound; check the clocks, or somebody replays the stream")]
    Replayed,
    #[error("the feed answered {0}; the guard's client needs the scope `marks.read`")]
    Status(StatusCode),
    #[error("an event is refused: {0}")]
    Refused(#[from] Reject),
    #[error("an event says another kind than its signed one")]
    Renamed,
    #[error("a snapshot does not name the key that signed it")]
    Unnamed,
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error(transparent)]
    Net(#[from] reqwest::Error),
    #[error(transparent)]
    Account(#[from] AccountError),
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Follows the feed for as long as the task lives.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let mut pause = SHORTEST;
    loop {
        let began = Instant::now();
        let ended = connection(&shared).await;
        let heard = shared.feed.heard.borrow().is_some_and(|at| at > began);
        pause = if heard { SHORTEST } else { (pause * 2).min(LONGEST) };
        match ended {
            Ended::Closed | Ended::Gap if heard => {
                tracing::debug!(reason = %ended, "the feed of marks reconnects")
            }
            _ => tracing::warn!(reason = %ended, "the feed of marks is interrupted"),
        }
        if shared.keys.refresh().await {
            shared.cache.clear();
        }
        time::sleep(pause).await;
    }
}

/// One connection, from its snapshot to its end.
async fn connection(shared: &Shared) -> Ended {
    match listen(shared).await {
        Ok(()) => Ended::Closed,
        Err(ended) => ended,
    }
}

async fn listen(shared: &Shared) -> Result<(), Ended> {
    let token = shared.account.token().await?;
    let request = shared
        .http
        .get(issuer::below(&shared.settings.issuer, "/revocations"))
        .header(header::ACCEPT, "text/event-stream")
        .bearer_auth(token.as_str())
        .send();
    let bound = shared.settings.max_silence.max(Duration::from_secs(1));
    let response = time::timeout(bound, request).await.map_err(|_| Ended::Quiet)??;
    if response.status() != StatusCode::OK {
        if response.status() == StatusCode::UNAUTHORIZED {
            shared.account.forget().await;
        }
        return Err(Ended::Status(response.status()));
    }
    let (mut stream, mut reader, began) = (response.bytes_stream(), Reader::default(), Instant::now());
    while let Some(bytes) = time::timeout(bound, stream.next()).await.map_err(|_| Ended::Quiet)? {
        for event in reader.push(&bytes?)? {
            take(shared, &event).await?;
        }
        // Bytes that say nothing new are silence too: a stalled relay may keep the line warm.
        if began.elapsed() > bound && shared.feed.silent(bound) {
            return Err(Ended::Quiet);
        }
        if shared.keys.refresh().await {
            shared.cache.clear();
        }
    }
    Ok(())
}

/// Checks one event and acts on it.
async fn take(shared: &Shared, event: &Event) -> Result<(), Ended> {
    if !matches!(event.name.as_str(), "snapshot" | "marks" | "beat") {
        return Ok(());
    }
    let now = clock::seconds();
    let first = event.name == "snapshot";
    let (mut heard, signer) = read(shared, &event.data, first, now).await?;
    if heard.kind.as_ref().is_some_and(|kind| *kind != event.name) {
        return Err(Ended::Renamed);
    }
    let keys = heard.keys.take();
    if keys.as_ref().is_some_and(|named| !named.contains(&signer)) {
        return Err(Ended::Unnamed);
    }
    // `iat` counts whole seconds, so the bound does too. An old event may tell marks, which only ever forbid, but it
    // is no sign of life: else a recorded stream would keep a cut-off guard open for ever.
    let bound = i64::try_from(shared.settings.max_silence.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
    let fresh = heard.iat >= now.saturating_sub(bound.max(1));
    {
        let mut marks = shared.feed.marks.write().unwrap_or_else(PoisonError::into_inner);
        if first {
            if !fresh {
                return Err(Ended::Replayed);
            }
            marks.replace(heard.org_id, heard.seq, heard.marks, now);
        } else if !marks.extend(heard.prev, heard.seq, heard.marks, now) {
            return Err(Ended::Gap);
        }
    }
    if fresh {
        if let Some(named) = keys {
            shared.name_keys(heard.iat, named).await;
        }
        shared.feed.heard.send_replace(Some(Instant::now()));
    }
    Ok(())
}

/// The claims of an event, and which key signed it. What goes on is signed with a key that counts. What begins anew may
/// be signed with one that was only fetched: after all keys were replaced at once, there is no other.
async fn read(shared: &Shared, data: &str, first: bool, now: i64) -> Result<(Heard, String), Reject> {
    let expect =
        Expect { issuer: Some(&shared.settings.issuer), audiences: &[], now, leeway: shared.settings.leeway };
    let keys = shared.keys.current();
    let verified = match verify::<RevocationFeed, Heard>(data, &keys, &expect) {
        Err(Reject::UnknownKey) => {
            let fresh = shared.refetch(&keys).await;
            let fresh = if first { shared.keys.all() } else { fresh };
            verify(data, &fresh, &expect)
        }
        other => other,
    }?;
    let signer = verified.kid().to_owned();
    Ok((verified.into_claims(), signer))
}
