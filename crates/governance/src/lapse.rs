//! Questions lapse by themselves. Everybody who looks sees it at once, by the clock; this notes it, and tells whoever
//! waits.

use std::collections::BTreeMap;
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_context::Platform;
use chancery_kernel::{ApprovalId, Fault, Kind, OrgId, Outcome};
use chancery_policy::approval::{Step, apply};
use chancery_store::{Audited, Recorded, Tx, Who};

use crate::{escalate, permission};

const EVERY: Duration = Duration::from_secs(1);
/// So many are noted in one write, and the rest in the next.
const AT_ONCE: usize = 200;

/// Notes every lapse there is, and ends permissions whose time is over.
pub async fn tick(platform: &Platform) -> Outcome<usize> {
    let mut noted = permission::end_overdue(platform).await?;
    noted += escalate::tick(platform).await?;
    loop {
        let now = platform.db.env().now();
        let mut by_org: BTreeMap<OrgId, Vec<ApprovalId>> = BTreeMap::new();
        for asked in platform.db.hot().approvals.overdue(now).take(AT_ONCE) {
            by_org.entry(asked.org).or_default().push(asked.id);
        }
        let full = by_org.values().map(Vec::len).sum::<usize>() == AT_ONCE;
        for (org, ids) in by_org {
            noted += ids.len();
            match platform.db.write(org, Who::SYSTEM, move |tx| note(tx, &ids)).await {
                Err(fault) if fault.kind != Kind::Conflict => return Err(fault),
                // Another node was faster.
                Ok(()) | Err(_) => {}
            }
        }
        if !full {
            return Ok(noted);
        }
    }
}

fn note(tx: &mut Tx<'_>, ids: &[ApprovalId]) -> Result<Audited<()>, Fault> {
    let mut last: Option<Recorded> = None;
    for id in ids {
        let asked = tx.approval(*id)?;
        // Somebody may have ended it since it was read.
        let Ok(next) = apply(&asked, Step::Lapse, tx.now()) else { continue };
        let next = tx.replace_approval(next)?;
        let why = next.closed.as_ref().map_or("", |closed| closed.why.as_str());
        last = Some(tx.record(Event::ApprovalLapsed {
            approval: next.id,
            user: next.user,
            agent: next.agent,
            reason: Text::new(why),
        }));
    }
    // A write without an event is none.
    last.map(|recorded| recorded.with(())).ok_or_else(|| Fault::conflict("lapsed", "it was noted already"))
}

/// Every second, for as long as the future is polled.
pub async fn run(platform: Platform) {
    let mut pace = tokio::time::interval(EVERY);
    loop {
        pace.tick().await;
        match tick(&platform).await {
            Ok(0) => {}
            Ok(noted) => tracing::debug!(noted, "approvals lapsed"),
            Err(fault) => tracing::warn!("lapse of approvals failed: {}", fault.log_line()),
        }
    }
}
