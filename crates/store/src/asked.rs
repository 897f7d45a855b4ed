//! Live approvals in memory: polls and inboxes look here and never touch the disk. A write that decides by them also
//! counts what the same commit has changed so far: see [`Tx::live_of_user`](crate::Tx::live_of_user).

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use chancery_kernel::{AgentId, ApprovalId, OrgId, Timestamp, UserId};
use chancery_model::{Approval, ApproverRule};

/// Approvals that something can still become of.
#[derive(Default)]
pub struct Asked {
    by_id: HashMap<ApprovalId, Arc<Approval>>,
    tickets: HashMap<String, ApprovalId>,
    /// Those that concern this person.
    of_user: HashMap<UserId, BTreeSet<ApprovalId>>,
    of_agent: HashMap<AgentId, BTreeSet<ApprovalId>>,
    /// When they lapse.
    due: BTreeSet<(Timestamp, ApprovalId)>,
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

    /// Those that this agent asked for.
    pub fn of_agent(&self, org: OrgId, agent: AgentId) -> impl Iterator<Item = &Arc<Approval>> {
        let own = self.of_agent.get(&agent).into_iter().flatten();
        own.filter_map(|id| self.by_id.get(id)).filter(move |approval| approval.org == org)
    }

    /// Those of every organization whose time is over and whose lapse nobody has noted, the longest overdue first.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Approval>> {
        let due = self.due.iter().take_while(move |(lapses, _)| *lapses <= now);
        due.filter_map(|(_, id)| self.by_id.get(id))
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
        if let Some(agent) = approval.agent {
            self.of_agent.entry(agent).or_default().insert(approval.id);
        }
        if answered_by_others(&approval) {
            self.shared.entry(approval.org).or_default().insert(approval.id);
        }
        self.due.insert((approval.lapses, approval.id));
        let before = self.by_id.insert(approval.id, approval.clone());
        if let Some(before) = before.filter(|before| before.lapses != approval.lapses) {
            self.due.remove(&(before.lapses, before.id));
        }
    }

    pub(crate) fn remove(&mut self, approval: &Approval) {
        if let Some(before) = self.by_id.remove(&approval.id) {
            self.due.remove(&(before.lapses, before.id));
        }
        self.tickets.remove(&approval.ticket);
        take_out(&mut self.of_user, &approval.user, approval.id);
        if let Some(agent) = &approval.agent {
            take_out(&mut self.of_agent, agent, approval.id);
        }
        take_out(&mut self.shared, &approval.org, approval.id);
    }
}

/// Takes one out of its set, and the set out of the map with its last one.
fn take_out<K: Eq + Hash>(sets: &mut HashMap<K, BTreeSet<ApprovalId>>, key: &K, id: ApprovalId) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(&id);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

/// Whether others than the person concerned have to answer it, or may after a while.
pub(crate) fn answered_by_others(approval: &Approval) -> bool {
    approval.needs.iter().any(|need| need.who != ApproverRule::Person || need.escalation.is_some())
}
