//! Reporting what came of each call, so that the evidence log can say not only what was allowed but what happened.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde::Serialize;
use tokio::{sync::Notify, time};

use crate::{account::AccountError, issuer, shared::Shared};

/// What became of one use of a token. No credential is in it: the `jti` names the token.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    /// Sent again, as after a lost answer, the issuer knows it again and records it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub jti: String,
    pub pos: i64,
    pub org_id: Option<String>,
    pub audience: String,
    pub method: String,
    /// Without the query, which may hold personal data.
    pub path: String,
    pub status: u16,
    pub decision: &'static str,
    pub reason: String,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// An id that no other report of this client has; none without randomness, and then a report may be recorded twice.
pub(crate) fn fresh_id() -> Option<String> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).is_ok().then(|| URL_SAFE_NO_PAD.encode(id))
}

/// Outcomes that wait to be sent.
#[derive(Default)]
pub(crate) struct Reports {
    state: Mutex<State>,
    arrived: Notify,
    sent: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Outcome>,
    in_flight: usize,
    dropped: u64,
    hurry: bool,
}

const MOST_WAITING: usize = 10_000;
const BATCH: usize = 200;
const PACE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Reports {
    /// Never waits: a full queue drops the report and counts it, because the API's callers come first.
    pub(crate) fn put(&self, outcome: Outcome) {
        let mut state = self.lock();
        if state.queue.len() >= MOST_WAITING {
            state.dropped += 1;
            return;
        }
        state.queue.push_back(outcome);
        drop(state);
        self.arrived.notify_one();
    }

    /// Waits until everything is delivered, or `bound` is over; tells which.
    pub(crate) async fn flush(&self, bound: Duration) -> bool {
        let until = Instant::now() + bound;
        loop {
            {
                let mut state = self.lock();
                if state.queue.is_empty() && state.in_flight == 0 {
                    return true;
                }
                state.hurry = true;
            }
            self.arrived.notify_one();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let _ = time::timeout(left.min(Duration::from_millis(50)), self.sent.notified()).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Outcome> {
        let mut state = self.lock();
        let count = state.queue.len().min(BATCH);
        let batch: Vec<Outcome> = state.queue.drain(..count).collect();
        state.in_flight = batch.len();
        batch
    }

    fn done(&self) {
        let dropped = {
            let mut state = self.lock();
            state.in_flight = 0;
            state.hurry &= !state.queue.is_empty();
            std::mem::take(&mut state.dropped)
        };
        if dropped > 0 {
            tracing::warn!(dropped, "outcomes were not reported: more came than could be delivered");
        }
        self.sent.notify_waiters();
    }

    /// Lets a batch gather, unless somebody waits for the flush.
    async fn gather(&self) {
        while self.lock().queue.is_empty() {
            self.arrived.notified().await;
        }
        let until = Instant::now() + PACE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let enough = {
                let state = self.lock();
                state.hurry || state.queue.len() >= BATCH
            };
            if enough || left.is_zero() {
                return;
            }
            let _ = time::timeout(left, self.arrived.notified()).await;
        }
    }
}

/// Why a batch did not arrive.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error("the issuer answered {0}")]
    Status(StatusCode),
    #[error(transparent)]
    Net(#[from] reqwest::Error),
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl Undelivered {
    /// A batch the issuer will never take must not block the ones behind it. 401 and 403 may be mended outside.
    fn hopeless(&self) -> bool {
        matches!(
            self,
            Self::Status(
                StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
            )
        )
    }
}

/// Sends reports for as long as the task lives.
pub(crate) async fn send(shared: Arc<Shared>) {
    loop {
        shared.reports.gather().await;
        let batch = shared.reports.take();
        let mut pause = PACE;
        while let Err(error) = post(&shared, &batch).await {
            tracing::warn!(%error, count = batch.len(), "outcomes cannot be reported");
            if error.hopeless() {
                break;
            }
            time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        shared.reports.done();
    }
}

async fn post(shared: &Shared, batch: &[Outcome]) -> Result<(), Undelivered> {
    #[derive(Serialize)]
    struct Body<'a> {
        outcomes: &'a [Outcome],
    }
    let token = shared.account.token().await?;
    let status = shared
        .http
        .post(issuer::below(&shared.settings.issuer, "/api/v1/outcomes"))
        .timeout(Duration::from_secs(10))
        .bearer_auth(token.as_str())
        .json(&Body { outcomes: batch })
        .send()
        .await?
        .status();
    if status == StatusCode::UNAUTHORIZED {
        shared.account.forget().await;
    }
    if status.is_success() { Ok(()) } else { Err(Undelivered::Status(status)) }
}
