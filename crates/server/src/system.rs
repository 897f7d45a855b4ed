//! The real clock and the real randomness: the one place that asks the machine for them.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chancery_kernel::env::{Clock, Entropy};
use chancery_kernel::{Env, Timestamp};
use zeroize::Zeroizing;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where everybody else's time comes from")]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A draw costs a microsecond whatever its size, and a decision needs several small ones: each thread draws ahead for
/// ids. What is as long as a key is drawn for itself.
struct SystemEntropy;

/// The longest that is served from what was drawn ahead.
const SMALL: usize = 16;

struct Ahead {
    bytes: Zeroizing<[u8; 1_024]>,
    used: usize,
}

thread_local! {
    static AHEAD: RefCell<Ahead> = RefCell::new(Ahead { bytes: Zeroizing::new([0; 1_024]), used: 1_024 });
}

impl Ahead {
    /// Hands out each byte once, and forgets it.
    fn take(&mut self, buffer: &mut [u8]) {
        if self.bytes.len() - self.used < buffer.len() {
            draw(self.bytes.as_mut_slice());
            self.used = 0;
        }
        let drawn = self.bytes.iter_mut().skip(self.used);
        for (slot, byte) in buffer.iter_mut().zip(drawn) {
            *slot = std::mem::take(byte);
            self.used += 1;
        }
    }
}

fn draw(buffer: &mut [u8]) {
    if aws_lc_rs::rand::fill(buffer).is_err() {
        // Whatever went on from here would hand out secrets that can be guessed.
        tracing::error!("the system gives no randomness: stopping");
        std::process::abort();
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A thread that is ending has no store of its own any more.
        let ahead = buffer.len() <= SMALL && AHEAD.try_with(|ahead| ahead.borrow_mut().take(buffer)).is_ok();
        if !ahead {
            draw(buffer);
        }
    }
}

/// The machine's clock and randomness.
pub fn env() -> Env {
    Env::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_draws_are_alike_whatever_their_length() {
        let env = env();
        let mut seen = HashSet::new();
        for _ in 0..1_000 {
            assert!(seen.insert(env.bytes::<10>().to_vec()));
            assert!(seen.insert(env.bytes::<16>().to_vec()));
            assert!(seen.insert(env.bytes::<32>().to_vec()));
        }
    }

    #[test]
    fn what_was_handed_out_is_forgotten() {
        let mut ahead = Ahead { bytes: Zeroizing::new([0; 1_024]), used: 1_024 };
        let mut taken = [0; 16];
        ahead.take(&mut taken);
        assert_ne!(taken, [0; 16]);
        assert_eq!(ahead.used, 16);
        assert!(ahead.bytes.iter().take(16).all(|byte| *byte == 0));
    }
}
