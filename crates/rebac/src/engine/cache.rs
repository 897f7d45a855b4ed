//! What was found out once, for the next question: the groups of a user, the grants above a folder, answers.
//!
//! Everything kept carries the event that last changed what it rests on, and is passed over when that is not the last any more;
//! so it may be asked from any version of the graph. Slots are found by a number of their owner's, which is dense, and made
//! 256 at a time when one of them is needed. In builds with debug assertions whoever uses what is kept finds it anew and compares.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

const LEAF: usize = 256;

type Leaf<K, V> = Box<[Mutex<Slot<K, V>>]>;

pub(super) struct Cache<K, V> {
    leaves: Box<[OnceLock<Leaf<K, V>>]>,
    kept: AtomicUsize,
    /// What may be kept, in the units of `weight`.
    most: usize,
    weight: fn(&V) -> usize,
    /// The leaf that is emptied next, when too much is kept.
    hand: AtomicUsize,
}

struct Slot<K, V> {
    kept: Option<(K, u64, V)>,
}

impl<K: PartialEq, V: Clone> Cache<K, V> {
    pub(super) fn new(slots: usize, most: usize, weight: fn(&V) -> usize) -> Self {
        let leaves = std::iter::repeat_with(OnceLock::new).take(slots.div_ceil(LEAF)).collect();
        Self { leaves, kept: AtomicUsize::new(0), most, weight, hand: AtomicUsize::new(0) }
    }

    #[inline]
    fn slot(&self, at: usize) -> Option<&Mutex<Slot<K, V>>> {
        let leaf = self
            .leaves
            .get(at / LEAF % self.leaves.len().max(1))?
            .get_or_init(|| std::iter::repeat_with(|| Mutex::new(Slot { kept: None })).take(LEAF).collect());
        leaf.get(at % LEAF)
    }

    #[inline]
    pub(super) fn get(&self, at: usize, key: &K, stamp: u64) -> Option<V> {
        self.with(at, key, stamp, V::clone)
    }

    /// The same without a copy of it, for a look that is quick: others wait meanwhile.
    #[inline]
    pub(super) fn with<T>(&self, at: usize, key: &K, stamp: u64, look: impl FnOnce(&V) -> T) -> Option<T> {
        let slot = self.slot(at)?.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, when, value) = slot.kept.as_ref()?;
        (kept == key && *when == stamp).then(|| look(value))
    }

    pub(super) fn put(&self, at: usize, key: K, stamp: u64, value: V) {
        let Some(slot) = self.slot(at) else { return };
        let more = (self.weight)(&value);
        let new = Slot { kept: Some((key, stamp, value)) };
        let old = std::mem::replace(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner), new);
        let kept = self.kept.fetch_add(more, Ordering::Relaxed) + more;
        self.kept.fetch_sub(self.weigh(&old), Ordering::Relaxed);
        if kept > self.most {
            self.make_room();
        }
    }

    /// Empties the leaf whose turn it is.
    fn make_room(&self) {
        let turn = self.hand.fetch_add(1, Ordering::Relaxed) % self.leaves.len().max(1);
        for slot in self.leaves.get(turn).and_then(OnceLock::get).into_iter().flatten() {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let old = std::mem::replace(&mut *slot, Slot { kept: None });
            self.kept.fetch_sub(self.weigh(&old), Ordering::Relaxed);
        }
    }

    fn weigh(&self, slot: &Slot<K, V>) -> usize {
        slot.kept.as_ref().map_or(0, |(_, _, value)| (self.weight)(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_found_only_for_its_key_and_event() {
        let cache: Cache<u32, Vec<u8>> = Cache::new(1024, 100, Vec::len);
        for key in 0..2_000u32 {
            cache.put(key as usize, key, 7, vec![0; 10]);
            assert!(cache.kept.load(Ordering::Relaxed) <= 110 + 2_560);
        }
        assert_eq!(cache.get(1_999, &1_999, 7), Some(vec![0; 10]));
        assert_eq!(cache.get(1_999, &1_999, 8), None);
        assert_eq!(cache.get(1_999, &975, 7), None, "the slot was given on");
        let kept: usize =
            (0..2_000).filter_map(|key| cache.get(key as usize, &key, 7)).map(|one| one.len()).sum();
        assert_eq!(kept, cache.kept.load(Ordering::Relaxed));
    }
}
