//! A question that nobody answered is handed on. Who may answer follows from the clock alone; this notes it once, so that
//! those who may answer now hear of it.

use std::collections::BTreeMap;

use chancery_audit::Event;
use chancery_context::Platform;
use chancery_kernel::{ApprovalId, Fault, OrgId, Outcome};
use chancery_model::{Approval, State};
use chancery_store::{Audited, Tx, Who};

/// Whether a need is handed on by now, and that was not noted.
fn is_due(asked: &Approval, now: chancery_kernel::Timestamp) -> bool {
    let after = asked.needs.iter().filter_map(|need| need.escalation.as_ref()).map(|e| e.after).min();
    !asked.escalated
        && asked.state_at(now) == State::Pending
        && after.is_some_and(|after| now >= asked.meta.created.plus(after))
}

pub(crate) async fn tick(platform: &Platform) -> Outcome<usize> {
    let now = platform.db.env().now();
    let mut due: BTreeMap<OrgId, Vec<ApprovalId>> = BTreeMap::new();
    for asked in platform.db.hot().approvals.shared().filter(|asked| is_due(asked, now)) {
        due.entry(asked.org).or_default().push(asked.id);
    }
    let mut noted = 0;
    for id in due.into_iter().flat_map(|(org, ids)| ids.into_iter().map(move |id| (org, id))) {
        let (org, id) = id;
        // Another node may have been faster.
        noted += usize::from(platform.db.write(org, Who::SYSTEM, move |tx| note(tx, id)).await.is_ok());
    }
    Ok(noted)
}

fn note(tx: &mut Tx<'_>, id: ApprovalId) -> Result<Audited<()>, Fault> {
    let asked = tx.approval(id)?;
    if !is_due(&asked, tx.now()) {
        return Err(Fault::conflict("escalated", "it was noted already"));
    }
    let asked = tx.replace_approval(Approval { escalated: true, ..asked })?;
    tx.tell_handed_on(&asked)?;
    let event = Event::ApprovalEscalated { approval: id, user: asked.user, agent: asked.agent };
    Ok(tx.record(event).with(()))
}
