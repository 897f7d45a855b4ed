//! The hot facts held still: their lock, and the check that a thread takes it once.
//!
//! A lock that is fair to writers stops a second reader while a writer waits. A thread that already reads would then wait
//! for a writer that waits for it, and every request after them. So a debug build refuses to take it twice, and a release
//! build lets the second one pass.
//!
//! The lane holds them for longer than a decision: its closures speak to the database meanwhile. A change that another
//! thread wants to make waits before a gate, and not in the lock, where it would stop all readers for that time.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::hot::Hot;

thread_local! {
    /// How many guards this thread holds.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

#[derive(Default)]
pub(crate) struct HotLock {
    facts: RwLock<Hot>,
    gate: Mutex<()>,
    /// How many wait before the gate to change them.
    wanted: AtomicU32,
}

/// The hot facts, held still. Keep it for the length of one decision, and never across an await. Hand it on rather than
/// asking for another: see [`crate::Db::hot`].
pub struct HotGuard<'a>(RwLockReadGuard<'a, Hot>);

/// The hot facts, held still for the closures of the lane.
pub(crate) struct Kept<'a> {
    // In this order: who comes through the gate finds nobody in the lock but readers.
    hot: HotGuard<'a>,
    gate: MutexGuard<'a, ()>,
}

/// The hot facts, to be changed.
pub(crate) struct Changing<'a> {
    hot: RwLockWriteGuard<'a, Hot>,
    _gate: MutexGuard<'a, ()>,
}

impl HotLock {
    pub(crate) fn read(&self) -> HotGuard<'_> {
        let held = HELD.get();
        debug_assert_eq!(
            held, 0,
            "this thread asks for the hot facts while it holds them: hand the guard on"
        );
        HELD.set(held + 1);
        HotGuard(if held == 0 { self.facts.read() } else { self.facts.read_recursive() })
    }

    /// For the lane alone.
    pub(crate) fn keep(&self) -> Kept<'_> {
        let gate = self.gate.lock();
        Kept { hot: self.read(), gate }
    }

    /// Whether somebody waits to change what the lane keeps.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn write(&self) -> Changing<'_> {
        self.wanted.fetch_add(1, Ordering::Relaxed);
        let gate = self.gate.lock();
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        Changing { hot: self.facts.write(), _gate: gate }
    }
}

impl Kept<'_> {
    /// Lets somebody who waits go first.
    pub(crate) fn give_way(self) {
        drop(self.hot);
        MutexGuard::unlock_fair(self.gate);
    }
}

impl Deref for Kept<'_> {
    type Target = Hot;
    fn deref(&self) -> &Hot {
        &self.hot
    }
}

impl Deref for Changing<'_> {
    type Target = Hot;
    fn deref(&self) -> &Hot {
        &self.hot
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Hot {
        &mut self.hot
    }
}

impl Deref for HotGuard<'_> {
    type Target = Hot;
    fn deref(&self) -> &Hot {
        &self.0
    }
}

impl Drop for HotGuard<'_> {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(debug_assertions, should_panic(expected = "hand the guard on"))]
    fn a_thread_that_takes_the_facts_twice_is_found_and_never_waits_for_itself() {
        let facts = HotLock::default();
        std::thread::scope(|scope| {
            let first = facts.read();
            scope.spawn(|| drop(facts.write()));
            // The writer waits from here on, and a fair lock would stop the second reader.
            while !facts.facts.is_locked_exclusive() {
                std::thread::yield_now();
            }
            drop(facts.read());
            drop(first);
        });
    }

    #[test]
    fn a_change_that_waits_for_the_lane_stops_no_reader_and_comes_between_two_closures() {
        let facts = HotLock::default();
        let changed = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let mut kept = facts.keep();
            scope.spawn(|| {
                let changing = facts.write();
                changed.store(true, Ordering::SeqCst);
                drop(changing);
            });
            while !facts.is_wanted() {
                std::thread::yield_now();
            }
            // A reader would wait here for ever if the change waited in the lock.
            scope.spawn(|| drop(facts.read())).join().unwrap();
            assert!(!changed.load(Ordering::SeqCst), "the lane's facts stand still");
            while facts.is_wanted() {
                kept.give_way();
                kept = facts.keep();
            }
            assert!(changed.load(Ordering::SeqCst), "who waited had its turn");
        });
    }

    #[test]
    fn a_guard_given_back_can_be_taken_again() {
        let facts = HotLock::default();
        drop(facts.read());
        drop(facts.read());
    }
}
