//! The hot facts held still: their lock, and the check that a thread takes it once.
//!
//! A lock that is fair to writers stops a second reader while a writer waits. A thread that already reads would then wait
//! for a writer that waits for it, and every request after them. So a debug build refuses to take it twice, and a release
//! build lets the second one pass.

use std::cell::Cell;
use std::ops::Deref;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::hot::Hot;

thread_local! {
    /// How many guards this thread holds.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

#[derive(Default)]
pub(crate) struct HotLock(RwLock<Hot>);

/// The hot facts, held still. Keep it for the length of one decision, and never across an await. Hand it on rather than
/// asking for another: see [`crate::Db::hot`].
pub struct HotGuard<'a>(RwLockReadGuard<'a, Hot>);

impl HotLock {
    pub(crate) fn read(&self) -> HotGuard<'_> {
        let held = HELD.get();
        debug_assert_eq!(
            held, 0,
            "this thread asks for the hot facts while it holds them: hand the guard on"
        );
        HELD.set(held + 1);
        HotGuard(if held == 0 { self.0.read() } else { self.0.read_recursive() })
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Hot> {
        self.0.write()
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
            while !facts.0.is_locked_exclusive() {
                std::thread::yield_now();
            }
            drop(facts.read());
            drop(first);
        });
    }

    #[test]
    fn a_guard_given_back_can_be_taken_again() {
        let facts = HotLock::default();
        drop(facts.read());
        drop(facts.read());
    }
}
