//! The time of a test.

use std::sync::atomic::{AtomicI64, Ordering};

use chancery_kernel::env::Clock;
use chancery_kernel::{Env, Seconds, Timestamp};

/// Stands still at a moment, or goes with the machine's clock; either moves on when told.
pub struct TestClock {
    still: Option<Timestamp>,
    machine: Env,
    moved: AtomicI64,
}

impl TestClock {
    pub(crate) fn still_at(moment: Timestamp) -> Self {
        Self { still: Some(moment), ..Self::going() }
    }

    pub(crate) fn going() -> Self {
        Self { still: None, machine: chancery_server::system::env(), moved: AtomicI64::new(0) }
    }

    pub fn advance(&self, by: Seconds) {
        self.moved.fetch_add(by.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let base = self.still.unwrap_or_else(|| self.machine.now());
        base.plus(Seconds(self.moved.load(Ordering::SeqCst)))
    }
}
