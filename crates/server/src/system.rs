//! The real clock and the real randomness: the one place that asks the machine for them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chancery_kernel::env::{Clock, Entropy};
use chancery_kernel::{Env, Timestamp};

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where everybody else's time comes from")]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            // Whatever went on from here would hand out secrets that can be guessed.
            tracing::error!("the system gives no randomness: stopping");
            std::process::abort();
        }
    }
}

/// The machine's clock and randomness.
pub fn env() -> Env {
    Env::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
}
