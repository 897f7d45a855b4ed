//! Fetching what a person was asked for (OpenID CIBA Core 1.0 §10.1, §11): pending until they answer, a token once after
//! their yes, and never one after a no.
//!
//! A pending poll reads memory only. A client that polls without pause is slowed: its interval grows and stays grown, and
//! from the second time on its answer is held back, instead of a storm of errors.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chancery_audit::evidence::Verdict as Said;
use chancery_audit::{Digest, Event, Text};
use chancery_kernel::{ApprovalId, Fault, Seconds, Secret, SecretKind, Timestamp, secret};
use chancery_model::{Approval, State};
use chancery_oauth::{ErrorCode, OAuthError, TokenAnswer};
use chancery_policy::approval::{Refusal, Step, apply, needs};
use chancery_policy::{Proof, Verdict};
use chancery_store::tables::approvals;
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::approved;
use crate::clients::AuthedClient;
use crate::decide::{self, Ask, Parties};
use crate::evidence::Account;
use crate::grants::refusal::{self, Known};
use crate::grants::settle::{Settled, Wanted, settle, target};
use crate::grants::{invalid_grant, unavailable};
use crate::mint::Issue;

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
        all.get(&approval.id).map_or(approval.interval, |pace| pace.interval)
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
    ) -> Result<TokenAnswer, OAuthError> {
        let unknown = || invalid_grant("no such auth_req_id for this client: start a new request");
        if !secret::well_formed(auth_req_id.expose(), SecretKind::AuthReqId) {
            return Err(unknown());
        }
        let hash = self.vault().keyed_hash(auth_req_id);
        let approval = self.asked(&hash).await?.filter(|a| a.client == authed.client.id);
        let mut approval = approval.ok_or_else(unknown)?;
        if approval.state_at(self.now()) == State::Pending {
            let live = |id| self.db().hot().approvals.find(authed.client.org, id).is_some();
            let (slow, patience) = match self.0.polls.turn(&approval, self.now(), live) {
                Turn::InTime => (false, Duration::from_secs(wait.0.unsigned_abs())),
                Turn::Early(_, hold) => (true, hold),
            };
            approval = self.heard(approval, &hash, patience).await?;
            if approval.state_at(self.now()) == State::Pending {
                return Err(still_pending(slow, self.0.polls.interval(&approval)));
            }
        }
        self.0.polls.forget(approval.id);
        match approval.state_at(self.now()) {
            State::Approved => self.redeem_approval(authed, who, hash).await,
            closed => Err(ended(closed)),
        }
    }

    /// The approval behind an `auth_req_id`: from memory while something can still become of it.
    async fn asked(&self, hash: &[u8; 32]) -> Result<Option<Arc<Approval>>, OAuthError> {
        let ticket = approvals::ticket(hash);
        if let Some(found) = self.db().hot().approvals.by_ticket(&ticket) {
            return Ok(Some(found.clone()));
        }
        let hash = *hash;
        let found = self.db().read(move |sql| approvals::by_hash(sql, &hash)).await;
        found.map(|found| found.map(Arc::new)).map_err(|fault| unavailable(fault.into()))
    }

    /// Waits until the person has answered, or for as long as patience lasts.
    async fn heard(
        &self,
        mut approval: Arc<Approval>,
        hash: &[u8; 32],
        patience: Duration,
    ) -> Result<Arc<Approval>, OAuthError> {
        if patience.is_zero() {
            return Ok(approval);
        }
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
        let redeem = Redeem { authed, hash, issuer: self.issuer().into() };
        let settled = self.db().write(org, who, move |tx| redeem.run(tx)).await;
        match settled.map_err(|f: Fault| unavailable(f))? {
            Settled::Refused(error) => Err(error),
            Settled::Issued(issue) => {
                let token = self.mint(&issue).await?;
                let id_token = self.id_token(&issue, None, &token)?;
                let details = issue.approval.as_deref().map(|a| a.details.clone()).unwrap_or_default();
                let mut answer = TokenAnswer::bearer(token, issue.lifetime(), issue.scopes);
                answer.id_token = Some(id_token);
                answer.authorization_details = details;
                Ok(answer)
            }
        }
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

/// What redemption needs inside its write.
struct Redeem {
    authed: AuthedClient,
    hash: [u8; 32],
    issuer: Arc<str>,
}

impl Redeem {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<Settled>, Fault> {
        let now = tx.now();
        let present = approvals::by_hash(tx.sql(), &self.hash)?.filter(|a| a.client == self.authed.client.id);
        let Some(present) = present else {
            return Ok(self.refused(tx, "unknown auth_req_id", invalid_grant("no such auth_req_id")));
        };
        let redeemed = match apply(&present, Step::Redeem, now) {
            Ok(redeemed) => redeemed,
            Err(Refusal::Closed(state)) => return Ok(self.refused(tx, state.as_str(), ended(state))),
            Err(_) => return Ok(self.refused(tx, "not redeemable", ended(present.state))),
        };
        let wanted = self.wanted(Arc::new(present));
        if !still_enough(tx, &wanted) {
            let text = "who has to approve this has changed since: ask again";
            let error = OAuthError::new(ErrorCode::AccessDenied, text).with_reason("approver_changed");
            return Ok(self.refused(tx, "its approvers are no longer enough", error));
        }
        let mut noted = Ok(());
        // The directory has the last word: a yes to an agent that may no longer act is worth nothing.
        let settled = settle(tx, &wanted)?.map(|settled| {
            if let Settled::Issued(issue) = &settled {
                noted = note(tx, &wanted, issue, redeemed);
            }
            settled
        });
        noted?;
        Ok(settled)
    }

    fn wanted(&self, approval: Arc<Approval>) -> Wanted {
        Wanted {
            ask: Ask {
                org: approval.org,
                client: approval.client,
                chain: Vec::new(),
                // The person concerned answered here, under their own sign-in.
                user: Some((approval.user, Proof::Grant)),
                requested: approval.scopes.clone(),
                source: None,
                lifetime: approval.lifetime,
                approved: Some(approval.clone()),
            },
            resource: approval.resource.clone(),
            identity: approval.identity.clone(),
            grant_type: "ciba",
            run: approval.run,
            session: None,
            family: None,
            authn: approved::authn(&approval),
            lease: None,
            issuer: self.issuer.clone(),
        }
    }

    fn refused(&self, tx: &mut Tx<'_>, why: &str, error: OAuthError) -> Audited<Settled> {
        let known = Known { grant_type: "ciba", ..Known::default() };
        let why = format!("approval: {why}");
        refusal::refuse(tx, &self.authed.client, &known, &why, error).map(Settled::Refused)
    }
}

/// Whether everybody said yes whom the connection asks for now: it may have become stricter after the answer. Whatever
/// else has changed, the decision itself finds.
fn still_enough(tx: &Tx<'_>, wanted: &Wanted) -> bool {
    let Some(approval) = &wanted.ask.approved else { return true };
    let without = Ask { approved: None, ..wanted.ask.clone() };
    let Some(parties) = Parties::read(tx.hot(), &without) else { return true };
    let Ok(Some(application)) = target(tx.hot(), wanted, &parties) else { return true };
    match decide::over(tx.hot(), tx.now(), &without, parties, &application).verdict {
        Verdict::NeedsApproval { approver, .. } => {
            needs(&approver).iter().all(|need| approval.needs.contains(need))
        }
        _ => true,
    }
}

/// The approval is used up in the write that issues, and the log says whose yes became which token.
fn note(tx: &mut Tx<'_>, wanted: &Wanted, issue: &Issue, redeemed: Approval) -> Result<(), Fault> {
    let redeemed = tx.replace_approval(redeemed)?;
    let evidence = Account {
        org: redeemed.org,
        parties: &issue.parties,
        application: issue.application.as_deref(),
        audience: &issue.audience,
        grant_type: wanted.grant_type,
        scopes: &issue.scopes,
        run: redeemed.run,
        session: None,
        source_jti: None,
        jti: Some(&issue.jti),
        expires: Some(issue.expires),
        keys: Some(&issue.keys),
        verdict: Said::Allow,
        rule: approved::rule(&redeemed),
        reasons: &[],
        mend: None,
    }
    .evidence();
    let _ = tx.record(Event::ApprovalRedeemed {
        approval: redeemed.id,
        jti: Text::new(&issue.jti),
        evidence,
        seen: seen(&redeemed),
        by: redeemed.approved_by().map(|answer| answer.by).collect(),
    });
    Ok(())
}

/// The digest of what the person saw, as events keep it.
fn seen(approval: &Approval) -> Digest {
    Digest(chancery_policy::approval::digest(&approval.sentences))
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
