//! Leases: who has which secret, giving it back, and the end that others make of it.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx, Platform};
use chancery_kernel::{AgentId, Cursor, Fault, Kind, LeaseId, Outcome, Page, PageRequest, SecretId};
use chancery_model::{Grant, Lease, MarkKey, Principal, Reach};
use chancery_store::tables::leases::{self, End, Wanted, why_over};
use chancery_store::{Tx, Who};

use crate::folders::bad_cursor;

#[derive(Clone, Copy, Debug, Default)]
pub struct LeaseFilter {
    pub secret: Option<SecretId>,
    pub agent: Option<AgentId>,
    pub open: bool,
}

/// Leases, latest first.
pub async fn list(cx: &Cx, request: &PageRequest, filter: &LeaseFilter) -> Outcome<Page<Lease>> {
    let _may = cx.allowed(Act::SecretRead, cx.org).await?;
    let before = request.after.as_ref().map(|cursor| cursor.0.parse::<LeaseId>()).transpose();
    let before = before.map_err(|_| bad_cursor())?;
    let most = i64::try_from(request.limit + 1).unwrap_or(i64::MAX);
    let LeaseFilter { secret, agent, open } = *filter;
    let (org, wanted) = (cx.org, Wanted { before, secret, agent, open, most });
    let mut items = cx.db().read(move |sql| leases::page(sql, org, &wanted)).await?;
    let more = items.len() > request.limit;
    items.truncate(request.limit);
    let next = items.last().filter(|_| more).map(|last| Cursor(last.id.to_string()));
    Ok(Page { items, next })
}

pub async fn get(cx: &Cx, id: LeaseId) -> Outcome<Lease> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    let org = cx.org;
    let found = cx.db().read(move |sql| leases::find(sql, org, id)).await?;
    found.ok_or_else(|| Fault::not_found("lease"))
}

/// Gives a secret back: whoever has it says that they need it no more. What they obtained with it is dead.
pub async fn give_back(cx: &Cx, id: LeaseId) -> Outcome<Lease> {
    let _may = cx.allowed(Act::SecretReveal, id).await?;
    let Caller::Token { client, agent, .. } = &cx.caller else { return Err(Fault::not_found("lease")) };
    let (client, agent) = (*client, *agent);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let lease = tx.lease(id)?;
            if lease.client != client || lease.agent != agent {
                return Err(Fault::not_found("lease"));
            }
            ended(tx, &lease, End { why: "given back", forced: false })
        })
        .await
}

/// Ends a lease against the will of whoever has the secret, and with it the permission it rests on, by which they would
/// take it out again. Where it is rotated after use, it is rotated now.
pub async fn end(cx: &Cx, id: LeaseId, reason: &str) -> Outcome<Lease> {
    let _may = cx.allowed(Act::LeaseEnd, id).await?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.len() > Text::LONGEST {
        return Err(Fault::invalid("reason_missing", "say why, in one sentence: it stands in the log"));
    }
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let lease = tx.lease(id)?;
            let done = ended(tx, &lease, End { why: &reason, forced: true })?;
            if let Some(grant) = lease.grant.and_then(|id| tx.find::<Grant>(id)) {
                tx.delete(&grant)?;
                let (user, why) = (Some(grant.user), Text::new(&reason));
                let recorded = tx.record(Event::GrantEnded { grant: grant.id, user, reason: why });
                tx.mark(MarkKey::Grant(grant.id), recorded.pos)?;
                tx.end_leases_of_grant(grant.id, &reason)?;
            }
            Ok(done)
        })
        .await
}

fn ended(tx: &mut Tx<'_>, lease: &Lease, end: End<'_>) -> Outcome<chancery_store::Audited<Lease>> {
    let Some(recorded) = tx.end_lease(lease, end)? else {
        return Err(Fault::conflict("over", "this lease is over already"));
    };
    Ok(recorded.with(tx.lease(lease.id)?))
}

/// Ends what was lent by a reach.
pub(crate) fn end_of_reach(tx: &mut Tx<'_>, reach: &Reach, why: &str) -> Outcome<()> {
    let Principal::Agent(agent) = reach.principal else { return Ok(()) };
    let org = tx.org();
    let wanted = Wanted { agent: Some(agent), secret: reach.secret, open: true, most: 10_000, before: None };
    for lease in leases::page(tx.sql(), org, &wanted)? {
        let here = match reach.secret {
            Some(_) => true,
            None => tx.secret(lease.secret)?.folder == reach.folder,
        };
        if here {
            tx.end_lease(&lease, End { why, forced: true })?;
        }
    }
    Ok(())
}

/// So many are looked at together.
const AT_ONCE: i64 = 500;

/// Notes the end of every lease whose time is over. Nobody is served by one that is: this makes the event, kills what was
/// obtained with it, and lets the rotation begin.
pub async fn note_overdue(platform: &Platform) -> Outcome<usize> {
    let mut noted = 0;
    loop {
        let now = platform.db.env().now();
        let over = platform.db.read(move |sql| leases::overdue(sql, now, AT_ONCE)).await?;
        let full = i64::try_from(over.len()).unwrap_or(0) == AT_ONCE;
        noted += note_all(platform, &over).await?;
        if !full {
            return Ok(noted);
        }
    }
}

/// The same of those that rest on something that ended: found among all that are open, so not as often.
pub async fn note_orphaned(platform: &Platform) -> Outcome<usize> {
    let (mut noted, mut after) = (0, None);
    loop {
        let some = platform.db.read(move |sql| leases::open(sql, after, AT_ONCE)).await?;
        let Some(last) = some.last() else { return Ok(noted) };
        after = Some(last.id);
        let now = platform.db.env().now();
        let over: Vec<Lease> = {
            let hot = platform.db.hot();
            some.into_iter().filter(|lease| why_over(&hot, lease, now).is_some()).collect()
        };
        noted += note_all(platform, &over).await?;
    }
}

async fn note_all(platform: &Platform, over: &[Lease]) -> Outcome<usize> {
    let mut noted = 0;
    for (org, id) in over.iter().map(|lease| (lease.org, lease.id)) {
        match platform.db.write(org, Who::SYSTEM, move |tx| note(tx, id)).await {
            Ok(()) => noted += 1,
            // Another node was faster, or it was given back meanwhile.
            Err(fault) if matches!(fault.kind, Kind::Conflict | Kind::NotFound) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(noted)
}

fn note(tx: &mut Tx<'_>, id: LeaseId) -> Outcome<chancery_store::Audited<()>> {
    let (lease, now) = (tx.lease(id)?, tx.now());
    let why = why_over(tx.hot(), &lease, now).ok_or_else(|| Fault::conflict("in_force", "it is in force"))?;
    let recorded = tx.end_lease(&lease, End { why, forced: now < lease.until })?;
    recorded.map(|r| r.with(())).ok_or_else(|| Fault::conflict("over", "it was noted already"))
}
