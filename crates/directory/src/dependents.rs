//! What goes with a noun that is deleted. Each loss is an event of its own.

use std::sync::Arc;

use chancery_audit::{Event, Party, Text};
use chancery_kernel::{OrgId, Outcome};
use chancery_model::{Assignment, Connection, Grant, MarkKey, Origin, Principal};
use chancery_store::{Hot, Tx};

/// As events name it.
pub(crate) const fn party(principal: Principal) -> Party {
    match principal {
        Principal::User(id) => Party::User(id),
        Principal::Group(id) => Party::Group(id),
        Principal::Agent(id) => Party::Agent(id),
        Principal::Client(id) => Party::Client(id),
    }
}

pub(crate) fn assignments(hot: &Hot, org: OrgId, of: impl Fn(&Assignment) -> bool) -> Vec<Arc<Assignment>> {
    hot.assignments.of(org).filter(|a| of(a)).cloned().collect()
}

pub(crate) fn connections(hot: &Hot, org: OrgId, of: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
    hot.connections.of(org).filter(|c| of(c)).cloned().collect()
}

pub(crate) fn grants(hot: &Hot, org: OrgId, of: impl Fn(&Grant) -> bool) -> Vec<Arc<Grant>> {
    hot.grants.of(org).filter(|g| of(g)).cloned().collect()
}

/// Removes assignments. Marks are the caller's: deleting a noun marks the noun.
pub(crate) fn drop_assignments(tx: &mut Tx<'_>, list: &[Arc<Assignment>]) -> Outcome<()> {
    for a in list {
        tx.delete(a)?;
        let _ = tx.record(Event::AssignmentRemoved {
            assignment: a.id,
            principal: party(a.principal),
            application: a.application,
        });
    }
    Ok(())
}

pub(crate) fn drop_connections(tx: &mut Tx<'_>, list: &[Arc<Connection>]) -> Outcome<()> {
    for c in list {
        tx.delete(c)?;
        let _ = tx.record(Event::ConnectionDeleted {
            connection: c.id,
            agent: c.agent,
            application: c.application,
        });
    }
    Ok(())
}

/// Ends grants and kills what rests on them: tokens handed onward carry the grant where they no longer carry the
/// client or agent it was given to.
pub(crate) fn drop_grants(tx: &mut Tx<'_>, list: &[Arc<Grant>], reason: &str) -> Outcome<()> {
    for grant in list {
        tx.delete(grant)?;
        let pos = tx.record(ended(grant, reason)).pos;
        tx.mark(MarkKey::Grant(grant.id), pos)?;
    }
    Ok(())
}

/// The event that says a grant ended.
pub(crate) fn ended(grant: &Grant, reason: &str) -> Event {
    match grant.origin {
        Origin::Consent => Event::ConsentWithdrawn {
            grant: grant.id,
            user: grant.user,
            client: grant.client,
            agent: grant.agent,
            application: grant.application,
            reason: Some(Text::new(reason)),
        },
        Origin::Approval | Origin::Assignment | Origin::Refusal => {
            Event::GrantEnded { grant: grant.id, user: Some(grant.user), reason: Text::new(reason) }
        }
    }
}
