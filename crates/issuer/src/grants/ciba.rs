//! Fetching what a person was asked for (OpenID CIBA Core 1.0 §10.1, §11): pending until they answer, a token once after
//! their yes, and never one after a no.
//!
//! When a client polled last is kept by each node for itself: sharing it would cost a write for each poll. A client that
//! goes from node to node asks as often as there are nodes, within the interval, and no more often (ADR 38); it learns nothing
//! earlier by that than an open line tells it anyway, and what it fetches is given out once, by one write of the database.
//!
//! A pending poll in pace reads memory only. A client that polls without pause is slowed: its interval grows and stays
//! grown on every node, which is the one write there is, and from the second time on its answer is held back, instead of a
//! storm of errors.

mod deliver;
mod follow;
mod later;
mod redeem;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chancery_audit::Event;
use chancery_kernel::{ApprovalId, Fault, Kind, Seconds, Secret, Timestamp};
use chancery_model::{Approval, State};
use chancery_oauth::{ErrorCode, OAuthError, TokenAnswer};
use chancery_store::Who;
use chancery_store::tables::approvals;

use crate::Issuer;
use crate::clients::AuthedClient;
use crate::grants::settle::Settled;
use crate::grants::{invalid_grant, unavailable};
use crate::mint::Issue;

pub use deliver::Deliveries;
pub use follow::Following;
use later::Poll;
pub use later::{Fetched, Later};
use redeem::Redeem;

/// What a poll that comes too early adds to the interval, for good (§11).
const SLOWER: Seconds = Seconds(5);
const SLOWEST: Seconds = Seconds(60);
/// An answer that is held back is held no longer, whatever the interval.
const LONGEST_HOLD: Duration = Duration::from_secs(10);
/// Polled approvals that are remembered before those that have ended are forgotten.
const MANY: usize = 262_144;

/// How one approval is polled.
#[derive(Clone, Copy, Debug)]
struct Pace {
    last: Timestamp,
    interval: Seconds,
    early: u32,
}

/// The pace of every polled approval, on this node.
#[derive(Default)]
pub(crate) struct Polls(Mutex<HashMap<ApprovalId, Pace>>);

/// What is to be done with a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    InTime,
    /// Too early: the interval from now on, and for how long to hold the answer back.
    Early(Seconds, Duration),
}

impl Polls {
    fn turn(&self, approval: &Approval, now: Timestamp, live: impl Fn(ApprovalId) -> bool) -> Turn {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY {
            all.retain(|id, _| live(*id));
        }
        let Some(pace) = all.get_mut(&approval.id) else {
            all.insert(approval.id, Pace { last: now, interval: approval.interval, early: 0 });
            return Turn::InTime;
        };
        // Another node may have slowed it down since.
        pace.interval = pace.interval.max(approval.interval);
        let due = pace.last.plus(pace.interval);
        pace.last = now;
        if now >= due {
            return Turn::InTime;
        }
        pace.interval = Seconds((pace.interval.0 + SLOWER.0).min(SLOWEST.0));
        pace.early = pace.early.saturating_add(1);
        let hold = Duration::from_secs(pace.interval.0.unsigned_abs()).min(LONGEST_HOLD);
        Turn::Early(pace.interval, if pace.early > 1 { hold } else { Duration::ZERO })
    }

    fn interval(&self, approval: &Approval) -> Seconds {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&approval.id).map_or(approval.interval, |pace| pace.interval.max(approval.interval))
    }

    fn forget(&self, approval: ApprovalId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&approval);
    }
}

impl Issuer {
    pub(super) async fn poll(
        &self,
        authed: AuthedClient,
        who: Who,
        auth_req_id: &Secret,
        wait: Seconds,
    ) -> Result<Fetched, OAuthError> {
        let (approval, hash) = self.put_by(&authed, auth_req_id).await?;
        let (slow, patience) = if approval.state_at(self.now()) == State::Pending {
            let live = |id| self.db().hot().approvals.find(authed.client.org, id).is_some();
            match self.0.polls.turn(&approval, self.now(), live) {
                Turn::InTime => (false, Duration::from_secs(wait.0.unsigned_abs())),
                Turn::Early(interval, hold) => {
                    self.slow_down(&approval, interval, who).await;
                    (true, hold)
                }
            }
        } else {
            (false, Duration::ZERO)
        };
        let poll = Poll { authed, who, approval, hash, slow };
        if patience.is_zero() {
            return self.fetch(poll).await.map(Fetched::Now);
        }
        Ok(Fetched::Later(Later { issuer: self.clone(), poll: Box::new(poll), patience }))
    }

    /// What there is to fetch now.
    async fn fetch(&self, poll: Poll) -> Result<TokenAnswer, OAuthError> {
        let Poll { authed, who, approval, hash, slow } = poll;
        let state = approval.state_at(self.now());
        if state == State::Pending {
            return Err(still_pending(slow, self.0.polls.interval(&approval)));
        }
        self.0.polls.forget(approval.id);
        match state {
            State::Approved => self.redeem_approval(authed, who, hash).await,
            closed => Err(ended(closed)),
        }
    }

    /// Keeps the longer interval where every node sees it. If that cannot be written, it holds on this one.
    async fn slow_down(&self, approval: &Approval, interval: Seconds, who: Who) {
        if approval.interval >= interval {
            return;
        }
        let id = approval.id;
        let written = self.db().write(approval.org, who, move |tx| {
            let asked = tx.approval(id)?;
            if asked.state != State::Pending || asked.interval >= interval {
                return Err(Fault::conflict("slowed_down", "it was slowed down already, or it is over"));
            }
            let (client, agent) = (asked.client, asked.agent);
            tx.replace_approval(Approval { interval, ..asked })?;
            let interval = interval.0;
            Ok(tx.record(Event::PollSlowed { approval: id, client, agent, interval }).with(()))
        });
        match written.await {
            Err(fault) if fault.kind != Kind::Conflict => {
                tracing::warn!("a client was slowed down on this node alone: {}", fault.log_line());
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// The approval behind an `auth_req_id`: from memory while something can still become of it.
    async fn asked(&self, hash: &[u8; 32]) -> Result<Option<Arc<Approval>>, OAuthError> {
        let ticket = approvals::ticket(hash);
        if let Some(found) = self.db().hot().approvals.by_ticket(&ticket) {
            return Ok(Some(found.clone()));
        }
        let hash = *hash;
        // In a box: it would stand in every poll that waits, and is needed once in a while.
        let found = Box::pin(self.db().read(move |sql| approvals::by_hash(sql, &hash))).await;
        found.map(|found| found.map(Arc::new)).map_err(|fault| unavailable(fault.into()))
    }

    /// Waits until the person has answered, or for as long as patience lasts.
    async fn heard(
        &self,
        mut approval: Arc<Approval>,
        hash: &[u8; 32],
        patience: Duration,
    ) -> Result<Arc<Approval>, OAuthError> {
        let until = tokio::time::Instant::now() + patience;
        let place = self.db().wait_for(approval.id);
        loop {
            let mut bell = pin!(place.bell());
            bell.as_mut().enable();
            // Looked at after the bell was set: what happens from here on rings it.
            approval = self.asked(hash).await?.unwrap_or(approval);
            if approval.state_at(self.now()) != State::Pending {
                return Ok(approval);
            }
            if tokio::time::timeout_at(until, bell).await.is_err() {
                return Ok(approval);
            }
        }
    }

    async fn redeem_approval(
        &self,
        authed: AuthedClient,
        who: Who,
        hash: [u8; 32],
    ) -> Result<TokenAnswer, OAuthError> {
        let org = authed.client.org;
        let redeem = Redeem { client: authed.client, hash, issuer: self.issuer().into(), again: false };
        let settled = self.db().write(org, who, move |tx| redeem.run(tx)).await;
        match settled.map_err(|f: Fault| unavailable(f))? {
            Settled::Refused(error) => Err(error),
            Settled::Issued(issue) => self.approved_answer(&issue, None).await,
        }
    }

    /// Signs what a yes became. A pushed one names the request that it answers.
    async fn approved_answer(
        &self,
        issue: &Issue,
        auth_req_id: Option<&str>,
    ) -> Result<TokenAnswer, OAuthError> {
        let token = self.mint(issue).await?;
        let id_token = self.id_token(issue, None, auth_req_id, &token).await?;
        let details = issue.approval.as_deref().map(|a| a.details.clone()).unwrap_or_default();
        let mut answer = TokenAnswer::bearer(token, issue.lifetime(), issue.scopes.clone());
        answer.id_token = Some(id_token);
        answer.authorization_details = details;
        Ok(answer)
    }
}

fn still_pending(slow: bool, interval: Seconds) -> OAuthError {
    let (code, text) = if slow {
        (ErrorCode::SlowDown, "you poll too often: wait as long as interval says, from now on")
    } else {
        (ErrorCode::AuthorizationPending, "the person has not answered yet: ask again after interval")
    };
    OAuthError::new(code, text).with_interval(interval)
}

/// The end of a request, each in its own code.
fn ended(state: State) -> OAuthError {
    match state {
        State::Denied => OAuthError::new(ErrorCode::AccessDenied, "the person said no").with_reason("denied"),
        State::Expired => OAuthError::new(
            ErrorCode::ExpiredToken,
            "the request has lapsed: nobody answered it, or nobody fetched what was approved, in time",
        )
        .with_reason("expired"),
        State::Canceled => OAuthError::new(
            ErrorCode::TransactionFailed,
            "the request was taken back before anything came of it: nobody said no to it",
        )
        .with_reason("canceled"),
        State::Redeemed => {
            invalid_grant("this auth_req_id has been used: what was approved is given out once")
        }
        State::Pending | State::Approved => {
            OAuthError::new(ErrorCode::AuthorizationPending, "ask again after interval")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(at: &[i64]) -> Vec<Turn> {
        let polls = Polls::default();
        let approval: Approval = serde_json::from_value(serde_json::json!({
            "id": "apr_00000000000000000000000001", "org": "org_00000000000000000000000001", "state": "pending",
            "ticket": "", "user": "usr_00000000000000000000000001", "client": "cli_00000000000000000000000001",
            "scopes": "", "identity": "", "sentences": [], "seen": "", "needs": [],
            "grant": "grt_00000000000000000000000001", "interval": 5, "lapses": "2030-01-01T00:00:00Z", "version": 1,
            "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        at.iter().map(|s| polls.turn(&approval, Timestamp::from_seconds(*s), |_| true)).collect()
    }

    #[test]
    fn who_keeps_the_pace_is_never_slowed() {
        assert!(turns(&[0, 5, 10, 30]).iter().all(|turn| *turn == Turn::InTime));
    }

    #[test]
    fn slowing_down_lasts_and_a_storm_is_held_back() {
        let turns = turns(&[0, 1, 8, 18, 38]);
        let (ten, fifteen) = (Seconds(10), Seconds(15));
        assert_eq!(turns[1], Turn::Early(ten, Duration::ZERO), "told once");
        assert_eq!(
            turns[2],
            Turn::Early(fifteen, LONGEST_HOLD),
            "seven seconds were enough before, and are not now"
        );
        assert_eq!(turns[3], Turn::Early(Seconds(20), LONGEST_HOLD));
        assert_eq!(turns[4], Turn::InTime);
    }
}
