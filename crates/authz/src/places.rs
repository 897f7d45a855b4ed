//! Places, of which there are so many at a time: for streams, each of which holds what somebody sees in memory, and for work that
//! takes long. No organization takes those of all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chancery_kernel::OrgId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) struct Places {
    all: Arc<Semaphore>,
    /// Of so many, one organization has this many at most.
    of_one: usize,
    of: Mutex<HashMap<OrgId, Arc<Semaphore>>>,
}

/// Given back when it is dropped.
pub(crate) type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Places {
    pub(crate) fn new(all: usize, of_one: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_one, of: Mutex::default() }
    }

    /// One that is free now.
    pub(crate) fn take(&self, org: OrgId) -> Option<Place> {
        let own = self.own(org).try_acquire_owned().ok()?;
        Some((own, self.all.clone().try_acquire_owned().ok()?))
    }

    /// One that is free in a while; whoever came first has it first.
    pub(crate) async fn wait(&self, org: OrgId, patience: Duration) -> Option<Place> {
        if let Some(place) = self.take(org) {
            return Some(place);
        }
        let (own, all) = (self.own(org), self.all.clone());
        let both = async { Some((own.acquire_owned().await.ok()?, all.acquire_owned().await.ok()?)) };
        tokio::time::timeout(patience, both).await.ok()?
    }

    fn own(&self, org: OrgId) -> Arc<Semaphore> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has all their places has none taken, unless somebody is about to take one.
        of.retain(|known, own| {
            *known == org || own.available_permits() < self.of_one || Arc::strong_count(own) > 1
        });
        of.entry(org).or_insert_with(|| Arc::new(Semaphore::new(self.of_one))).clone()
    }
}

#[cfg(test)]
mod tests {
    use chancery_kernel::{Id, ulid};

    use super::*;

    const ALL: usize = 8;
    const OF_ONE: usize = 6;

    fn org(n: u8) -> OrgId {
        OrgId::from_uuid(ulid::decode(&format!("{n:026}")).expect("a number is one"))
    }

    #[test]
    fn one_organization_leaves_places_for_others_and_what_is_given_back_is_free() {
        let places = Places::new(ALL, OF_ONE);
        let mut held: Vec<Place> = (0..OF_ONE).map(|_| places.take(org(1)).expect("a place")).collect();
        assert!(places.take(org(1)).is_none(), "it has all its own");
        held.extend((OF_ONE..ALL).map(|_| places.take(org(2)).expect("a place of the others")));
        assert!(places.take(org(3)).is_none(), "there are no more");
        held.truncate(OF_ONE - 1);
        assert!(places.take(org(1)).is_some() && places.take(org(3)).is_some());
        drop(held);
        assert!((0..OF_ONE).map(|_| places.take(org(3))).all(|place| place.is_some()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_has_the_place_that_is_given_back_and_waits_no_longer_than_said() {
        let places = Places::new(1, 1);
        let patience = Duration::from_secs(3);
        let held = places.take(org(1)).expect("a place");
        assert!(places.wait(org(2), patience).await.is_none());
        let (waited, ()) = tokio::join!(places.wait(org(1), patience), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(held);
        });
        assert!(waited.is_some());
    }
}
