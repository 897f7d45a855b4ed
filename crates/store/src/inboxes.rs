//! Who watches their inbox. A thousand may, all day long: a commit wakes only those whom one of its questions or
//! permissions concerns, here or on another node.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chancery_kernel::{OrgId, UserId};
use tokio::sync::watch;

use crate::asked::answered_by_others;
use crate::hot::{Delta, Hot, Record};

type Doors = Mutex<HashMap<OrgId, HashMap<UserId, watch::Sender<()>>>>;

#[derive(Clone, Default)]
pub(crate) struct Inboxes(Arc<Doors>);

/// An inbox that is watched.
pub struct Inbox {
    doors: Arc<Doors>,
    org: OrgId,
    user: UserId,
    news: watch::Receiver<()>,
}

impl Inbox {
    /// Returns once something has changed in it since the last call returned.
    pub async fn changed(&mut self) {
        // The sender goes with the last of its receivers, and this is one of them.
        drop(self.news.changed().await);
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(org) = doors.get_mut(&self.org) else { return };
        if org.get(&self.user).is_some_and(|sender| sender.receiver_count() <= 1) {
            org.remove(&self.user);
        }
        if org.is_empty() {
            doors.remove(&self.org);
        }
    }
}

/// Whose inboxes some changes may have changed.
#[derive(Default)]
pub(crate) struct Concerned {
    people: HashSet<(OrgId, UserId)>,
    /// Everybody's of an organization.
    orgs: HashSet<OrgId>,
}

impl Inboxes {
    pub(crate) fn watch(&self, org: OrgId, user: UserId) -> Inbox {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = doors.entry(org).or_default().entry(user).or_insert_with(|| watch::channel(()).0);
        Inbox { doors: self.0.clone(), org, user, news: sender.subscribe() }
    }

    /// The people these changes concern, where anybody watches at all.
    pub(crate) fn concerned(&self, deltas: &[(OrgId, Delta)]) -> Concerned {
        let mut concerned = Concerned::default();
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return concerned;
        }
        for (org, delta) in deltas {
            let record = match delta {
                Delta::Put(record) | Delta::Remove(record) => record,
                // Whose questions somebody answers follows from the people and the groups.
                Delta::Join(_) | Delta::Leave(_) => {
                    concerned.orgs.insert(*org);
                    continue;
                }
                Delta::Mark(..) | Delta::Turn(_) => continue,
            };
            match record {
                Record::Approval(asked) if answered_by_others(asked) => drop(concerned.orgs.insert(*org)),
                Record::Approval(asked) => drop(concerned.people.insert((*org, asked.user))),
                Record::Grant(grant) => drop(concerned.people.insert((*org, grant.user))),
                Record::User(_) | Record::Group(_) => drop(concerned.orgs.insert(*org)),
                _ => {}
            }
        }
        concerned
    }

    /// Tells them, and those who stand in for them; after the facts have changed.
    pub(crate) fn tell(&self, concerned: &Concerned, hot: &Hot) {
        if concerned.people.is_empty() && concerned.orgs.is_empty() {
            return;
        }
        let doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (org, user) in &concerned.people {
            let Some(watched) = doors.get(org) else { continue };
            let stand_in =
                hot.users.find(*org, *user).and_then(|user| user.away.as_ref().map(|away| away.stand_in));
            let told = [Some(*user), stand_in].into_iter().flatten();
            told.filter_map(|user| watched.get(&user)).for_each(|sender| sender.send_replace(()));
        }
        let all = concerned.orgs.iter().filter_map(|org| doors.get(org)).flat_map(HashMap::values);
        all.for_each(|sender| sender.send_replace(()));
    }

    /// Tells everybody: anything may have changed.
    pub(crate) fn tell_all(&self) {
        let doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.values().flat_map(HashMap::values).for_each(|sender| sender.send_replace(()));
    }
}
