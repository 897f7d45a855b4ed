//! A permission whose approver has left: where the organization puts it to a review, somebody else says that it goes on, or
//! ends it as any other.

use std::sync::Arc;

use chancery_audit::Event;
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, GrantId, Outcome};
use chancery_model::{Grant, User};

use crate::answer::caller;

/// Says yes to it in the place of whoever has left, as somebody whom it is not for.
pub async fn confirm(cx: &Cx, id: GrantId) -> Outcome<Arc<Grant>> {
    let _may = cx.allowed(Act::GrantConfirm, id).await?;
    let (by, _) = caller(cx).ok_or_else(|| Fault::not_found("grant"))?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let grant = tx.get::<Grant>(id)?;
            if grant.in_review.is_none() || grant.is_over(tx.now()) {
                let text = "this permission waits for no review: it needs no further yes, or it is over";
                return Err(Fault::conflict("not_in_review", text));
            }
            if grant.user == by {
                let text = "nobody says yes to their own permission: somebody else has to";
                return Err(Fault::forbidden("own_permission", text));
            }
            let mut approved_by = grant.approved_by.clone();
            approved_by.retain(|id| *id != by && tx.find::<User>(*id).is_some_and(|user| user.is_active()));
            approved_by.push(by);
            let grant = tx.update(Grant { approved_by, in_review: None, ..Grant::clone(&grant) })?;
            let (user, agent, until) = (grant.user, grant.agent, grant.until);
            let recorded = tx.record(Event::GrantConfirmed { grant: id, by, user, agent, until });
            Ok(recorded.with(grant))
        })
        .await
}
