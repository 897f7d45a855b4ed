//! Whether this node knows what the others did.
//!
//! The facts in memory are all there is to know at the moment the heads of all logs were last seen to be the known
//! ones. A node that cannot see them does not know which tokens were revoked meanwhile, and has to say so instead of
//! answering from what it remembers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Beyond this, facts that others may have changed are not answered from. A node looks every second.
const TRUSTED: Duration = Duration::from_secs(3);
/// Who hears of changes all the time still looks at all logs when this much time has gone by.
pub(crate) const DUE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Current {
    start: Instant,
    /// Milliseconds after the start; none where nobody else writes.
    proven: Option<AtomicU64>,
}

impl Current {
    pub(crate) fn new(shared: bool) -> Self {
        let proven = shared.then(|| AtomicU64::new(0));
        Self { start: Instant::now(), proven }
    }

    /// Whether others write too.
    pub(crate) const fn is_shared(&self) -> bool {
        self.proven.is_some()
    }

    /// The facts contain everything that was committed before this moment.
    pub(crate) fn prove(&self, moment: Instant) {
        if let Some(proven) = &self.proven {
            proven.fetch_max(millis(moment.duration_since(self.start)), Ordering::Release);
        }
    }

    /// Whether somebody has seen the database after this moment.
    pub(crate) fn is_proven_since(&self, moment: Instant) -> bool {
        let moment = millis(moment.duration_since(self.start));
        self.proven.as_ref().is_some_and(|proven| proven.load(Ordering::Acquire) > moment)
    }

    fn age(&self) -> Duration {
        self.proven.as_ref().map_or(Duration::ZERO, |proven| {
            let then = Duration::from_millis(proven.load(Ordering::Acquire));
            self.start.elapsed().saturating_sub(then)
        })
    }

    pub(crate) fn is_trusted(&self) -> bool {
        self.age() <= TRUSTED
    }

    pub(crate) fn is_due(&self) -> bool {
        self.age() > DUE
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_else_writes_is_always_current() {
        let alone = Current { start: Instant::now() - Duration::from_secs(60), proven: None };
        assert!(alone.is_trusted() && !alone.is_due());
    }

    #[test]
    fn a_proof_counts_from_the_moment_before_it_was_looked_for() {
        let start = Instant::now() - Duration::from_secs(60);
        let shared = Current { start, proven: Some(AtomicU64::new(0)) };
        assert!(!shared.is_trusted() && shared.is_due());
        shared.prove(start + Duration::from_secs(58));
        assert!(shared.is_trusted() && shared.is_due());
        let since = |seconds| shared.is_proven_since(start + Duration::from_secs(seconds));
        assert!(since(57) && !since(58) && !since(59));
        shared.prove(start + Duration::from_secs(50));
        assert!(shared.is_trusted(), "an older proof takes nothing back");
        shared.prove(Instant::now());
        assert!(!shared.is_due());
    }
}
