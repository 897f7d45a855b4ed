//! The machine's clock and randomness, and a clock that is moved by hand to fill a log with a past.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chancery_kernel::env::{Clock, Entropy};
use chancery_kernel::{Env, Timestamp};

struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(wall_micros())
    }
}

impl Entropy for Machine {
    fn fill(&self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            std::process::abort();
        }
    }
}

/// Microseconds since 1970: what two processes of one machine can compare.
pub fn wall_micros() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the one wall clock of the benchmarks")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The machine's own.
pub fn env() -> Env {
    Env::new(Arc::new(Machine), Arc::new(Machine))
}

/// A clock for filling logs.
pub struct Steered(AtomicI64);

impl Steered {
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for Steered {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// An environment whose clock begins here and moves only when told.
pub fn steered(begin: Timestamp) -> (Env, Arc<Steered>) {
    let clock = Arc::new(Steered(AtomicI64::new(begin.micros())));
    (Env::new(clock.clone(), Arc::new(Machine)), clock)
}
