//! A yes that is a permission for a while: a grant of the directory, which `policy::decide` honors until its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::Platform;
use chancery_kernel::{Fault, GrantId, OrgId, Outcome, Seconds, Timestamp, UserId};
use chancery_model::{Approval, Closing, Grant, MarkKey, Meta, Origin, State};
use chancery_policy::approval::{Step, apply};
use chancery_store::{Recorded, Tx, Who};

/// Such a question is redeemed by the answer itself: there is nothing to fetch.
pub(crate) fn when_approved(now: Timestamp, next: Approval) -> Outcome<Approval> {
    let Some(length) = next.grants_for.filter(|_| next.state == State::Approved) else { return Ok(next) };
    let redeemed = apply(&next, Step::Redeem, now)
        .map_err(|refusal| Fault::internal(format!("an approval cannot be redeemed: {refusal:?}")))?;
    let (from, until) = span(&next, length, now);
    let from = from.map(|from| format!("from {from} ")).unwrap_or_default();
    let why = format!("a permission {from}until {until}");
    Ok(Approval { closed: Some(Closing { at: now, why }), ..redeemed })
}

/// From when, where that is not at once, to when. What was to begin earlier than it was allowed ends no later for that.
fn span(next: &Approval, length: Seconds, now: Timestamp) -> (Option<Timestamp>, Timestamp) {
    let starts = next.access.as_ref().and_then(|access| access.starts);
    (starts.filter(|starts| *starts > now), starts.unwrap_or(now).plus(length))
}

/// Makes the grant, in the write of the answer.
pub(crate) fn give(tx: &mut Tx<'_>, next: &Approval) -> Outcome<()> {
    let Some(length) = next.grants_for.filter(|_| next.state == State::Redeemed) else { return Ok(()) };
    let now = tx.now();
    let access = next.access.clone().unwrap_or_default();
    let held = access.extends.and_then(|id| tx.find::<Grant>(id)).filter(|grant| grant.in_force(now));
    if let Some(held) = held {
        return longer(tx, next, &held, length);
    }
    let (from, until) = span(next, length, now);
    let grant = tx.insert(Grant {
        id: next.grant,
        org: next.org,
        origin: if access.assigns { Origin::Assignment } else { Origin::Approval },
        user: next.user,
        client: next.client,
        agent: next.agent,
        application: next.application,
        secret: next.secret,
        run: next.secret.and(next.run),
        scopes: next.scopes.clone(),
        from,
        until: Some(until),
        purpose: Some(access.purpose).filter(|purpose| !purpose.is_empty()),
        approved_by: word_of(next).collect(),
        in_review: None,
        meta: Meta::new(now),
    })?;
    note(tx, next, &grant, until);
    Ok(())
}

/// A permission in force goes on under its name. Tokens that rest on it keep their own end.
fn longer(tx: &mut Tx<'_>, next: &Approval, held: &Grant, length: Seconds) -> Outcome<()> {
    let until = held.until.unwrap_or_else(|| tx.now()).plus(length);
    let mut approved_by = held.approved_by.clone();
    approved_by.extend(word_of(next));
    approved_by.sort_unstable();
    approved_by.dedup();
    let grant = tx.update(Grant { until: Some(until), approved_by, ..held.clone() })?;
    note(tx, next, &grant, until);
    Ok(())
}

fn note(tx: &mut Tx<'_>, next: &Approval, grant: &Grant, until: Timestamp) {
    let _ = tx.record(Event::GrantGiven {
        grant: grant.id,
        approval: next.id,
        user: grant.user,
        agent: grant.agent,
        application: grant.application,
        scopes: grant.scopes.clone(),
        until,
        secret: grant.secret,
        from: grant.from,
        assigns: Some(true).filter(|_| grant.origin == Origin::Assignment),
    });
}

/// Whose word the yes is: of those who answered, and of those they stood in for.
fn word_of(next: &Approval) -> impl Iterator<Item = UserId> {
    let mut all: Vec<UserId> =
        next.approved_by().flat_map(|answer| answer.rights.iter().copied().chain([answer.by])).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// What the yes gave: the grant of its own name, or the one it prolonged. Without that yes there is none.
pub(crate) fn given(tx: &Tx<'_>, asked: &Approval) -> GrantId {
    let prolonged = asked.access.as_ref().and_then(|access| access.extends);
    let held = |id: &GrantId| tx.hot().grants.find(tx.org(), *id).is_some();
    prolonged.filter(|id| !held(&asked.grant) && held(id)).unwrap_or(asked.grant)
}

/// Takes away what the yes gave, and kills what rests on it.
pub(crate) fn end(tx: &mut Tx<'_>, grant: GrantId, by: &Recorded) -> Outcome<()> {
    tx.mark(MarkKey::Grant(grant), by.pos)?;
    let Some(grant) = tx.find::<Grant>(grant) else { return Ok(()) };
    tx.delete(&grant)?;
    tx.end_leases_of_grant(grant.id, "the permission was taken back")
}

/// Removes permissions whose time is over. They gave nothing any more; what rested on them ended with them.
pub(crate) async fn end_overdue(platform: &Platform) -> Outcome<usize> {
    let now = platform.db.env().now();
    let mut over: BTreeMap<OrgId, Vec<Arc<Grant>>> = BTreeMap::new();
    for grant in platform.db.hot().grants.all() {
        if grant.origin.is_permission() && grant.is_over(now) {
            over.entry(grant.org).or_default().push(grant.clone());
        }
    }
    let mut ended = 0;
    for (org, grants) in over {
        for grant in grants {
            let work = move |tx: &mut Tx<'_>| {
                let present = tx.get::<Grant>(grant.id)?;
                tx.delete(&present)?;
                let reason = Text::new("its time was over");
                let event = Event::GrantEnded { grant: present.id, user: Some(present.user), reason };
                let recorded: Recorded = tx.record(event);
                // Nothing that rests on it was to live longer; what some clock still takes for alive is dead by this.
                tx.mark(MarkKey::Grant(present.id), recorded.pos)?;
                tx.end_leases_of_grant(present.id, "the permission was over")?;
                Ok::<_, Fault>(recorded.with(()))
            };
            // Another node may have been faster.
            ended += usize::from(platform.db.write(org, Who::SYSTEM, work).await.is_ok());
        }
    }
    Ok(ended)
}
