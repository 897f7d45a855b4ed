//! Break-glass: what somebody took in an emergency is looked at by somebody else afterwards.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{ApprovalId, Fault, Outcome};
use chancery_model::{Access, Approval, Emergency, Review};
use chancery_store::tables::approvals::{self, Wanted};

use crate::answer::caller;
use crate::permission;
use crate::requests::said;

/// So many of the latest questions are searched.
const LOOKED_AT: i64 = 10_000;

/// What was taken in emergencies, latest first; only what nobody has reviewed yet, if so wanted.
pub async fn list(cx: &Cx, unreviewed: bool) -> Outcome<Vec<Approval>> {
    let _may = cx.allowed(Act::RequestRead, cx.org).await?;
    let (org, wanted) =
        (cx.org, Wanted { before: None, state: None, user: None, agent: None, most: LOOKED_AT });
    let all = cx.db().read(move |sql| approvals::page(sql, org, &wanted)).await?;
    let taken = |asked: &Approval| {
        let emergency = asked.access.as_ref().and_then(|access| access.emergency.as_ref());
        emergency.is_some_and(|emergency| !unreviewed || emergency.review.is_none())
    };
    Ok(all.into_iter().filter(taken).collect())
}

/// What a reviewer found.
#[derive(Clone, Debug)]
pub struct Finding {
    pub justified: bool,
    pub note: String,
}

/// Reviews it, as somebody who neither took it nor gained by it. What was not justified ends now, if it has not ended.
pub async fn review(cx: &Cx, id: ApprovalId, finding: Finding) -> Outcome<Arc<Approval>> {
    let _may = cx.allowed(Act::EmergencyReview, id).await?;
    let (by, _) = caller(cx).ok_or_else(|| Fault::not_found("approval"))?;
    let note = said(&finding.note)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let taken = tx.approval(id)?;
            let access = taken.access.clone().filter(|access| access.emergency.is_some());
            let access = access.ok_or_else(|| Fault::not_found("approval"))?;
            if access.by == Some(by) || taken.user == by {
                return Err(Fault::forbidden(
                    "own_emergency",
                    "nobody reviews their own emergency: somebody else has to",
                ));
            }
            if access.emergency.as_ref().is_some_and(|emergency| emergency.review.is_some()) {
                return Err(Fault::conflict("reviewed", "this has been reviewed already"));
            }
            let review = Review { by, at: tx.now(), justified: finding.justified, note: note.clone() };
            let emergency = Some(Emergency { review: Some(review) });
            let reviewed =
                tx.replace_approval(Approval { access: Some(Access { emergency, ..access }), ..taken })?;
            let grant = permission::given(tx, &reviewed);
            let recorded = tx.record(Event::EmergencyReviewed {
                approval: id,
                grant,
                by,
                justified: finding.justified,
                note: Text::new(&note),
            });
            if !finding.justified {
                permission::end(tx, grant, &recorded)?;
            }
            Ok(recorded.with(reviewed))
        })
        .await
}
