//! A request for a secret, for whoever filed it: how it stands, waiting for its answer, and taking it back.

use std::pin::pin;
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{ApprovalId, Fault, Outcome, Seconds};
use chancery_model::{Approval, Grant, State};
use chancery_policy::approval::{Step, apply};
use chancery_store::tables::approvals;

use crate::place::Spot;

/// Longest wait for an answer, in one call.
pub const LONGEST_WAIT: Seconds = Seconds(60);

/// How a request stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub asked: Approval,
    pub state: State,
    /// The permission is in force.
    pub granted: bool,
}

impl Standing {
    /// How it stands, in a word of its own for each end.
    pub const fn word(&self) -> &'static str {
        match (self.state, self.granted) {
            (State::Pending, _) => "pending",
            (State::Denied, _) => "denied",
            (State::Expired, _) => "lapsed",
            (State::Canceled, _) => "canceled",
            (State::Approved | State::Redeemed, true) => "approved",
            (State::Approved | State::Redeemed, false) => "over",
        }
    }
}

/// Reads it; with patience, waits until it is answered.
pub async fn get(cx: &Cx, spot: &Spot, id: ApprovalId, patience: Seconds) -> Outcome<Standing> {
    let _may = cx.allowed(Act::SecretReveal, id).await?;
    let patience = patience.min(LONGEST_WAIT).0.max(0).unsigned_abs();
    let until = tokio::time::Instant::now() + Duration::from_secs(patience);
    let place = cx.db().wait_for(id);
    loop {
        let mut bell = pin!(place.bell());
        bell.as_mut().enable();
        // Looked at after the bell was set: what happens from here on rings it.
        let found = own(cx, spot, id).await?;
        if found.state != State::Pending || patience == 0 {
            return Ok(found);
        }
        if tokio::time::timeout_at(until, bell).await.is_err() {
            return own(cx, spot, id).await;
        }
    }
}

/// Takes it back, as whoever filed it: nobody has to answer it any more.
pub async fn cancel(cx: &Cx, spot: &Spot, id: ApprovalId) -> Outcome<()> {
    let _may = cx.allowed(Act::SecretReveal, id).await?;
    own(cx, spot, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            let state = asked.state_at(tx.now());
            if state != State::Pending {
                let text =
                    format!("this request is {} already: there is nothing to take back", state.as_str());
                return Err(Fault::conflict("closed", text));
            }
            let why = "taken back by whoever asked".to_owned();
            let (user, agent, reason) = (asked.user, asked.agent, Text::new(&why));
            let next = apply(&asked, Step::Cancel { why }, tx.now())
                .map_err(|refusal| Fault::internal(format!("a request cannot be taken back: {refusal:?}")))?;
            tx.replace_approval(next)?;
            Ok(tx.record(Event::ApprovalCanceled { approval: id, user, agent, reason }).with(()))
        })
        .await
}

async fn own(cx: &Cx, spot: &Spot, id: ApprovalId) -> Outcome<Standing> {
    let unknown = || Fault::not_found("request");
    let Caller::Token { client, agent, .. } = &cx.caller else { return Err(unknown()) };
    let folder = spot.folder(&cx.db().hot(), cx.org).ok_or_else(unknown)?;
    let (org, named) = (cx.org, spot.named());
    let (secret, asked) = cx
        .db()
        .read(move |sql| {
            let secret = chancery_store::tables::secrets::named(sql, org, folder.id, &named)?;
            Ok((secret, approvals::find(sql, org, id)?))
        })
        .await?;
    let secret = secret.ok_or_else(unknown)?;
    let theirs = |asked: &Approval| {
        asked.secret == Some(secret.id) && asked.client == *client && asked.agent == *agent
    };
    let asked = asked.filter(theirs).ok_or_else(unknown)?;
    let now = cx.now();
    let granted = cx.db().hot().grants.find(org, asked.grant).is_some_and(|g| Grant::in_force(g, now));
    Ok(Standing { state: asked.state_at(now), asked, granted })
}
