//! Work that takes long goes on beside the threads that serve others. So much of it is done at a time as the processors can share
//! out; the rest waits its turn, and holds no thread and next to no memory meanwhile. Passwords and tokens use the same
//! threads: a crowd of long questions must not keep anybody from signing in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, Kind, OrgId, Outcome, Seconds};

use crate::ask::PATIENCE;
use crate::places::Places;

/// Pieces of work for each processor: so many that a short one gets on beside long ones.
const FOR_EACH: usize = 16;
const MOST: usize = 64;

/// Time that a question has left when it comes to a place, at least: in less it could only say that it did not come to an end,
/// where its caller is better told to come again.
const LEAST: Duration = Duration::from_millis(500);

pub(crate) fn places() -> Places {
    let all = (available_parallelism().map_or(1, usize::from) * FOR_EACH).min(MOST);
    Places::new(all, all / 4 * 3)
}

/// How long one question may be worked at, in however many pieces, and whether it is still wanted.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub until: Instant,
    /// None: nobody can go away before it is done.
    left: Option<Arc<AtomicBool>>,
}

impl Turn {
    pub(crate) fn begin() -> Self {
        Self { until: Instant::now() + PATIENCE, left: None }
    }

    /// Whether it is to end now.
    pub(crate) fn is_over(&self, until: Instant) -> bool {
        Instant::now() >= until || self.left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed))
    }
}

/// Whoever waits for the work; the work ends early when they go away.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Works on a thread of its own when a place is free.
pub(crate) async fn aside<T: Send + 'static>(
    places: &Places,
    org: OrgId,
    work: impl FnOnce() -> T + Send + 'static,
) -> Outcome<T> {
    for_turn(places, org, Turn::begin(), |_| work()).await
}

/// The same for a question that began a while ago.
pub(crate) async fn for_turn<T: Send + 'static>(
    places: &Places,
    org: OrgId,
    turn: Turn,
    work: impl FnOnce(Turn) -> T + Send + 'static,
) -> Outcome<T> {
    let patience = turn.until.saturating_duration_since(Instant::now()).saturating_sub(LEAST);
    let place = places.wait(org, patience).await.ok_or_else(busy)?;
    let left = Arc::<AtomicBool>::default();
    let turn = Turn { left: Some(left.clone()), ..turn };
    let _waiting = Waiting(left);
    let worked = tokio::task::spawn_blocking(move || {
        let done = work(turn);
        drop(place);
        done
    });
    worked.await.map_err(|e| Fault::internal("a question ended early").because(e))
}

fn busy() -> Fault {
    let text = "too many long questions are being answered here: try again in a moment";
    Fault { retry: Some(Seconds(1)), ..Fault::new(Kind::TooMany, "resource_exhausted", text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;

    #[tokio::test(start_paused = true)]
    async fn a_question_whose_place_comes_when_its_time_is_nearly_over_is_refused() {
        let org = OrgId::from_uuid(Uuid::nil());
        for (free_after, works) in [(PATIENCE / 2, true), (PATIENCE - LEAST / 2, false)] {
            let places = Places::new(1, 1);
            let held = places.take(org).expect("a place");
            let (worked, ()) = tokio::join!(aside(&places, org, || ()), async {
                tokio::time::sleep(free_after).await;
                drop(held);
            });
            assert_eq!(worked.map_err(|fault| fault.kind).err(), (!works).then_some(Kind::TooMany));
        }
    }
}
