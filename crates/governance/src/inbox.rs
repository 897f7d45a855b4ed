//! A person's own questions. Being that person is the permission, which is why no scope is asked for; everything else
//! looks unknown.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::{Cx, needs_met};
use chancery_kernel::{ApprovalId, Fault, Outcome, UserId};
use chancery_model::{Approval, State};
use chancery_store::Hot;
use chancery_store::tables::approvals;

use crate::answer::caller;
use crate::approvals::canceled;
use crate::permission;

pub use crate::answer::{Reply, answer};

/// So much of the past is shown.
const HISTORY: i64 = 100;

fn own(cx: &Cx) -> Outcome<UserId> {
    caller(cx).map(|(user, _)| user).ok_or_else(|| Fault::not_found("approval"))
}

/// What waits for this person's answer, the oldest first.
pub async fn pending(cx: &Cx) -> Outcome<Vec<Arc<Approval>>> {
    let user = own(cx)?;
    let (hot, now) = (cx.db().hot(), cx.now());
    let open = |asked: &&Arc<Approval>| {
        asked.state_at(now) == State::Pending
            && !needs_met(&hot, asked, user, now).is_empty()
            && asked.answers.iter().all(|answer| answer.by != user)
    };
    let mut waiting: Vec<Arc<Approval>> = perhaps(&hot, cx, user).filter(open).cloned().collect();
    waiting.sort_unstable_by_key(|asked| asked.id);
    Ok(waiting)
}

/// Those that might be theirs: their own, those that others answer too, and those of people who named them.
fn perhaps<'h>(hot: &'h Hot, cx: &Cx, user: UserId) -> impl Iterator<Item = &'h Arc<Approval>> {
    let org = cx.org;
    let own = hot.approvals.perhaps_for(org, user);
    let named = hot.named_by(user).map(|absent| absent.id);
    let theirs = named.flat_map(move |absent| hot.approvals.of_person(org, absent));
    // A question that others answer too is among both.
    let known: std::collections::BTreeSet<ApprovalId> =
        hot.approvals.perhaps_for(org, user).map(|a| a.id).collect();
    own.chain(theirs.filter(move |asked| !known.contains(&asked.id)))
}

/// A person's inbox, watched.
pub struct Watched(chancery_store::Inbox);

impl Watched {
    /// Returns once something has changed in it since the last call returned, or since it is watched.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}

pub fn watch(cx: &Cx) -> Outcome<Watched> {
    Ok(Watched(cx.db().watch_inbox(cx.org, own(cx)?)))
}

/// What this person was asked or answered, and what came of it.
pub async fn history(cx: &Cx) -> Outcome<Vec<Approval>> {
    let (user, org) = (own(cx)?, cx.org);
    Ok(cx.db().read(move |sql| approvals::history(sql, org, user, HISTORY)).await?)
}

/// A question that is, or was, this person's.
#[derive(Clone, Debug)]
pub struct Question {
    pub asked: Approval,
    /// Whether this person can answer it now.
    pub open: bool,
    /// Whether this person can take back what came of it.
    pub withdrawable: bool,
}

pub async fn get(cx: &Cx, id: ApprovalId) -> Outcome<Question> {
    let (user, org) = (own(cx)?, cx.org);
    let found = cx.db().read(move |sql| approvals::find(sql, org, id)).await?;
    let asked = found.ok_or_else(|| Fault::not_found("approval"))?;
    let meets = !needs_met(&cx.db().hot(), &asked, user, cx.now()).is_empty();
    let answered = asked.answers.iter().any(|answer| answer.by == user);
    if asked.user != user && !meets && !answered {
        return Err(Fault::not_found("approval"));
    }
    let state = asked.state_at(cx.now());
    let open = state == State::Pending && meets && !answered;
    let withdrawable = answered && matches!(state, State::Approved | State::Redeemed);
    Ok(Question { asked, open, withdrawable })
}

/// Takes a yes back. Before it was fetched nothing comes of it; afterwards the token that came of it is dead, at once.
pub async fn take_back(cx: &Cx, id: ApprovalId) -> Outcome<Arc<Approval>> {
    let user = own(cx)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let asked = tx.approval(id)?;
            if !asked.approved_by().any(|answer| answer.by == user) {
                return Err(Fault::not_found("approval"));
            }
            if asked.state != State::Redeemed {
                return canceled(tx, &asked, "taken back by the person who had said yes".to_owned());
            }
            let grant = permission::given(tx, &asked);
            let recorded =
                tx.record(Event::ApprovalWithdrawn { approval: id, grant, user: asked.user, by: user });
            permission::end(tx, grant, &recorded)?;
            Ok(recorded.with(Arc::new(asked)))
        })
        .await
}
