//! Whether this node knows what the others did.
//!
//! The facts in memory are all there is to know at the moment the heads of all logs were last seen to be the known
//! ones. A node that cannot see them does not know which tokens were revoked meanwhile, and has to say so instead of
//! answering from what it remembers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Beyond this, facts that others may have changed are not answered from. A node looks every second, and a look may
/// wait for a commit.
const TRUSTED: Duration = Duration::from_secs(3);
/// A lane that is busy with writes looks in between when this much time has gone by.
const DUE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Current {
    start: Instant,
    /// Milliseconds after the start; none where nobody else writes.
    proven: Option<AtomicU64>,
    /// That others may have written, and nobody has looked since.
    heard: AtomicBool,
}

impl Current {
    pub(crate) fn new(shared: bool) -> Self {
        let proven = shared.then(|| AtomicU64::new(0));
        Self { start: Instant::now(), proven, heard: AtomicBool::new(false) }
    }

    /// Others may have written: the next commit waits for a look at it, however long the queue before it is.
    pub(crate) fn hear(&self) {
        self.heard.store(true, Ordering::Release);
    }

    /// Whether to look. Asked before the look, so that what is heard during it leads to another.
    pub(crate) fn take_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed) && self.heard.swap(false, Ordering::AcqRel)
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
        let alone = Current {
            start: Instant::now() - Duration::from_secs(60),
            proven: None,
            heard: AtomicBool::new(false),
        };
        assert!(alone.is_trusted() && !alone.is_due());
    }

    #[test]
    fn what_was_heard_leads_to_one_look() {
        let shared = Current::new(true);
        assert!(!shared.take_heard());
        shared.hear();
        shared.hear();
        assert!(shared.take_heard() && !shared.take_heard());
    }

    #[test]
    fn a_proof_counts_from_the_moment_before_it_was_looked_for() {
        let start = Instant::now() - Duration::from_secs(60);
        let shared = Current { start, proven: Some(AtomicU64::new(0)), heard: AtomicBool::new(false) };
        assert!(!shared.is_trusted() && shared.is_due());
        shared.prove(start + Duration::from_secs(58));
        assert!(shared.is_trusted() && shared.is_due());
        shared.prove(start + Duration::from_secs(50));
        assert!(shared.is_trusted(), "an older proof takes nothing back");
        shared.prove(Instant::now());
        assert!(!shared.is_due());
    }
}
