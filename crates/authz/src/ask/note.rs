//! What a decision leaves in the log: nothing, unless the store wants each to.

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, Outcome};
use chancery_rebac::tuple::TupleKey;

use super::Asked;
use crate::Authz;

impl Authz {
    /// Records decisions, before they are answered; all of a request in one write.
    pub(crate) async fn note(&self, asked: &Asked, decided: &[(TupleKey, bool)]) -> Outcome<()> {
        let event = |(key, allow): &(TupleKey, bool)| Event::RelationDecided {
            store: asked.here.store.id,
            model: asked.model.id,
            key: asked.here.key,
            object: Text::new(&key.object),
            relation: Text::new(&key.relation),
            user: Text::new(&key.user),
            allow: *allow,
            version: asked.graph.version().cast_signed(),
        };
        let mut events: Vec<Event> = decided.iter().map(event).collect();
        let Some(last) = events.pop() else { return Ok(()) };
        let (org, author) = (asked.here.store.org, asked.here.author.clone());
        let write = self.db().write(org, author, move |tx| {
            for event in events {
                let _ = tx.record(event);
            }
            Ok::<_, Fault>(tx.record(last).with(()))
        });
        write.await
    }
}
