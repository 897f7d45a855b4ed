//! Places for those who follow: each holds what somebody sees in memory. No organization takes those of all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chancery_kernel::{Fault, Kind, OrgId, Outcome};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Streams that are open at a time.
const STREAMS: usize = 256;
/// Those of one organization among them.
const OF_ONE: usize = 192;

pub(crate) struct Places {
    all: Arc<Semaphore>,
    of: Mutex<HashMap<OrgId, Arc<Semaphore>>>,
}

/// Given back when it is dropped.
pub(crate) type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Default for Places {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(STREAMS)), of: Mutex::default() }
    }
}

impl Places {
    pub(crate) fn take(&self, org: OrgId) -> Outcome<Place> {
        let full = |_| {
            let text = "too many streams are open here: close one, or try again later";
            Fault::new(Kind::TooMany, "resource_exhausted", text)
        };
        let own = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever has all their places has none open.
            of.retain(|known, places| *known == org || places.available_permits() < OF_ONE);
            let own = of.entry(org).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE)));
            own.clone().try_acquire_owned().map_err(full)?
        };
        Ok((own, self.all.clone().try_acquire_owned().map_err(full)?))
    }
}

#[cfg(test)]
mod tests {
    use chancery_kernel::{Id, ulid};

    use super::*;

    #[test]
    fn one_organization_leaves_places_for_others_and_what_is_closed_is_free() {
        let org = |n: u8| OrgId::from_uuid(ulid::decode(&format!("{n:026}")).expect("a number is one"));
        let places = Places::default();
        let mut held: Vec<Place> = (0..OF_ONE).map(|_| places.take(org(1)).expect("a place")).collect();
        assert_eq!(places.take(org(1)).map(drop).expect_err("all its own").code, "resource_exhausted");
        held.extend((OF_ONE..STREAMS).map(|_| places.take(org(2)).expect("a place of the others")));
        assert!(places.take(org(3)).is_err(), "there are no more");
        held.truncate(OF_ONE - 1);
        assert!(places.take(org(1)).is_ok() && places.take(org(3)).is_ok());
        drop(held);
        assert!((0..OF_ONE).map(|_| places.take(org(3))).all(|place| place.is_ok()));
    }
}
