//! The groups of users that were asked about, for the next question about them. What is kept holds until a tuple of a class
//! changes that fills a group: each entry carries the last such change it has seen.
//!
//! Slots are found by the user's number, so that a million users have a million slots, made 256 at a time when one of them
//! is asked about. In builds with debug assertions every answer from here is found anew and compared.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::subjects::{Subjects, User};

const LEAVES: usize = 4096;
const LEAF: usize = 256;
/// Memberships kept, of all users together: 8 bytes each.
const MOST: usize = 8 << 20;

type Leaf = Box<[Mutex<Slot>]>;

pub(super) struct Cache {
    leaves: Box<[OnceLock<Leaf>]>,
    kept: AtomicUsize,
    /// The leaf that is emptied next, when too much is kept.
    hand: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    user: (u32, u32),
    stamp: u64,
    subjects: Option<Subjects>,
}

impl Cache {
    pub(super) fn new() -> Self {
        let leaves = std::iter::repeat_with(OnceLock::new).take(LEAVES).collect();
        Self { leaves, kept: AtomicUsize::new(0), hand: AtomicUsize::new(0) }
    }

    #[inline]
    fn slot(&self, user: User) -> Option<&Mutex<Slot>> {
        // Types are spread, so that the first users of each do not meet.
        let at = (user.id as usize).wrapping_add(user.sort as usize * 0x3_1415);
        let leaf = self
            .leaves
            .get(at / LEAF % LEAVES)?
            .get_or_init(|| std::iter::repeat_with(Mutex::default).take(LEAF).collect());
        leaf.get(at % LEAF)
    }

    /// Has a user's slot come into the processor's cache.
    #[inline]
    pub(super) fn reach_for(&self, user: User) {
        black_box(self.slot(user).map(|slot| slot.is_poisoned()));
    }

    /// What is known, or what `find` says.
    #[inline]
    pub(super) fn get(&self, user: User, stamp: u64, find: impl Fn() -> Subjects) -> Subjects {
        let Some(slot) = self.slot(user) else { return find() };
        {
            let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if (slot.user, slot.stamp) == ((user.sort, user.id), stamp)
                && let Some(known) = &slot.subjects
            {
                debug_assert_eq!(*known, find(), "the cache of groups is not what the tuples say");
                return known.clone();
            }
        }
        let found = find();
        self.keep(slot, Slot { user: (user.sort, user.id), stamp, subjects: Some(found.clone()) });
        found
    }

    fn keep(&self, slot: &Mutex<Slot>, new: Slot) {
        let more = new.weight();
        let old = std::mem::replace(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner), new);
        let kept = self.kept.fetch_add(more, Ordering::Relaxed) + more;
        self.kept.fetch_sub(old.weight(), Ordering::Relaxed);
        if kept > MOST {
            self.make_room();
        }
    }

    /// Empties the leaf whose turn it is.
    fn make_room(&self) {
        let turn = self.hand.fetch_add(1, Ordering::Relaxed) % LEAVES;
        for slot in self.leaves.get(turn).and_then(OnceLock::get).into_iter().flatten() {
            let old = std::mem::take(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner));
            self.kept.fetch_sub(old.weight(), Ordering::Relaxed);
        }
    }
}

impl Slot {
    fn weight(&self) -> usize {
        self.subjects.as_ref().map_or(0, |subjects| subjects.list().len() + 8)
    }
}
