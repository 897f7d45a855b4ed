//! Waiting for what becomes of one approval. A hundred thousand may wait at once, and only those are woken whose answer
//! came: by the commit that has it, here or on another node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chancery_kernel::{ApprovalId, OrgId};
use tokio::sync::Notify;

use crate::hot::{Delta, Record};

type Rooms = Mutex<HashMap<ApprovalId, Arc<Notify>>>;

#[derive(Clone, Default)]
pub(crate) struct Waits(Arc<Rooms>);

/// A place in the waiting room of one approval. Take it, look at the facts, and only then wait: what happens in between
/// is not missed.
pub struct Wait {
    rooms: Arc<Rooms>,
    approval: ApprovalId,
    bell: Arc<Notify>,
}

impl Wait {
    /// Becomes ready at the next change after this call. Poll it once (`enable`) before looking at the facts.
    pub fn bell(&self) -> tokio::sync::futures::Notified<'_> {
        self.bell.notified()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and this one: the last to leave closes the room.
        if Arc::strong_count(&self.bell) <= 2
            && rooms.get(&self.approval).is_some_and(|bell| Arc::ptr_eq(bell, &self.bell))
        {
            rooms.remove(&self.approval);
        }
    }
}

impl Waits {
    pub(crate) fn join(&self, approval: ApprovalId) -> Wait {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = rooms.entry(approval).or_default().clone();
        Wait { rooms: self.0.clone(), approval, bell }
    }

    /// The approvals that these changes are about.
    pub(crate) fn named(deltas: &[(OrgId, Delta)]) -> Vec<ApprovalId> {
        let named = |(_, delta): &(OrgId, Delta)| match delta {
            Delta::Put(Record::Approval(r)) | Delta::Remove(Record::Approval(r)) => Some(r.id),
            _ => None,
        };
        deltas.iter().filter_map(named).collect()
    }

    /// Wakes whoever waits for these; after the facts have changed.
    pub(crate) fn wake(&self, approvals: &[ApprovalId]) {
        if approvals.is_empty() {
            return;
        }
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        approvals.iter().filter_map(|id| rooms.get(id)).for_each(|bell| bell.notify_waiters());
    }

    /// Wakes everybody: anything may have changed.
    pub(crate) fn wake_all(&self) {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.values().for_each(|bell| bell.notify_waiters());
    }
}
