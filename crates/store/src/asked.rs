//! Live approvals in memory: polls and inboxes look here and never touch the disk. What a write decides by, it reads
//! from the database instead.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chancery_kernel::{ApprovalId, OrgId, UserId};
use chancery_model::{Approval, ApproverRule};

/// Approvals that something can still become of.
#[derive(Default)]
pub struct Asked {
    by_id: HashMap<ApprovalId, Arc<Approval>>,
    tickets: HashMap<String, ApprovalId>,
    /// Those that concern this person.
    of_user: HashMap<UserId, BTreeSet<ApprovalId>>,
    /// Those that others have to answer too.
    shared: HashMap<OrgId, BTreeSet<ApprovalId>>,
}

impl Asked {
    pub fn find(&self, org: OrgId, id: ApprovalId) -> Option<&Arc<Approval>> {
        self.by_id.get(&id).filter(|approval| approval.org == org)
    }

    /// By the keyed hash of its `auth_req_id`, in hexadecimal.
    pub fn by_ticket(&self, ticket: &str) -> Option<&Arc<Approval>> {
        self.by_id.get(self.tickets.get(ticket)?)
    }

    /// Those that this person might answer: their own, and those of the organization that others answer too. Whether
    /// they may is for the rule to say.
    pub fn perhaps_for(&self, org: OrgId, user: UserId) -> impl Iterator<Item = &Arc<Approval>> {
        let own = self.of_user.get(&user).into_iter().flatten();
        let shared = self.shared.get(&org).into_iter().flatten();
        let own_too = move |approval: &&Arc<Approval>| approval.user != user;
        let shared = shared.filter_map(|id| self.by_id.get(id)).filter(own_too);
        own.filter_map(|id| self.by_id.get(id)).chain(shared).filter(move |approval| approval.org == org)
    }

    /// Those that concern this person.
    pub fn of_person(&self, org: OrgId, user: UserId) -> impl Iterator<Item = &Arc<Approval>> {
        let own = self.of_user.get(&user).into_iter().flatten();
        own.filter_map(|id| self.by_id.get(id)).filter(move |approval| approval.org == org)
    }

    /// Those that others than the person concerned have to answer, or may after a while.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<Approval>> {
        self.shared.values().flatten().filter_map(|id| self.by_id.get(id))
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn put(&mut self, approval: Arc<Approval>) {
        self.tickets.insert(approval.ticket.clone(), approval.id);
        self.of_user.entry(approval.user).or_default().insert(approval.id);
        if answered_by_others(&approval) {
            self.shared.entry(approval.org).or_default().insert(approval.id);
        }
        self.by_id.insert(approval.id, approval);
    }

    pub(crate) fn remove(&mut self, approval: &Approval) {
        self.by_id.remove(&approval.id);
        self.tickets.remove(&approval.ticket);
        if let Some(own) = self.of_user.get_mut(&approval.user) {
            own.remove(&approval.id);
            if own.is_empty() {
                self.of_user.remove(&approval.user);
            }
        }
        if let Some(shared) = self.shared.get_mut(&approval.org) {
            shared.remove(&approval.id);
        }
    }
}

/// Whether others than the person concerned have to answer it, or may after a while.
pub(crate) fn answered_by_others(approval: &Approval) -> bool {
    approval.needs.iter().any(|need| need.who != ApproverRule::Person || need.escalation.is_some())
}
