//! Work that takes long goes on beside the threads that serve others. So much of it is done at a time as the processors can share
//! out; the rest waits its turn, and holds no thread and next to no memory meanwhile. Passwords and tokens use the same
//! threads: a crowd of long questions must not keep anybody from signing in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, Kind, OrgId, Outcome, Seconds};

use crate::ask::PATIENCE;
use crate::places::{Place, Places};

/// Pieces of work for each processor: so many that a short one gets on beside long ones.
const FOR_EACH: usize = 16;
const MOST: usize = 64;

/// Pieces that are tried beside them, for each processor.
const TRIALS: usize = 4;
/// For how long a piece is tried: no longer than the system lets a thread run on before another one's turn comes, of which there are
/// many while all places are taken.
const TRIAL: Duration = Duration::from_millis(2);

/// Time that a question has left when it comes to a place, at least: in less it could only say that it did not come to an end,
/// where its caller is better told to come again.
const LEAST: Duration = Duration::from_millis(500);

/// Where work is done.
pub(crate) struct Work {
    places: Places,
    /// Here what may be short is tried while all those are taken.
    trials: Places,
}

impl Work {
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let (all, trials) = ((processors * FOR_EACH).min(MOST), processors * TRIALS);
        Self { places: Places::new(all, all / 4 * 3), trials: Places::new(trials, trials / 4 * 3) }
    }
}

/// How long one question may be worked at, in however many pieces, and whether it is still wanted.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub until: Instant,
    /// None: nobody can go away before it is done.
    left: Option<Arc<AtomicBool>>,
    /// Noted where work was told to end: what it came to may not be all then.
    cut: Option<Arc<AtomicBool>>,
}

impl Turn {
    pub(crate) fn begin() -> Self {
        Self { until: Instant::now() + PATIENCE, left: None, cut: None }
    }

    /// Whether it is to end now.
    pub(crate) fn is_over(&self, until: Instant) -> bool {
        let over =
            Instant::now() >= until || self.left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed));
        if let (true, Some(cut)) = (over, &self.cut) {
            cut.store(true, Ordering::Relaxed);
        }
        over
    }

    /// For how long it waits for a place.
    fn patience(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).saturating_sub(LEAST)
    }

    /// What the work comes to in a moment; none where it was told to end before it came to an end by itself.
    fn tried<T>(self, work: impl FnOnce(Self) -> T) -> Option<T> {
        let cut = Arc::<AtomicBool>::default();
        let until = self.until.min(Instant::now() + TRIAL);
        let done = work(Self { until, cut: Some(cut.clone()), ..self });
        (!cut.load(Ordering::Relaxed)).then_some(done)
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
    all: &Work,
    org: OrgId,
    work: impl FnOnce() -> T + Send + 'static,
) -> Outcome<T> {
    for_turn(all, org, Turn::begin(), |_| work()).await
}

/// The same for a question that began a while ago.
pub(crate) async fn for_turn<T: Send + 'static>(
    all: &Work,
    org: OrgId,
    turn: Turn,
    work: impl FnOnce(Turn) -> T + Send + 'static,
) -> Outcome<T> {
    let place = all.places.wait(org, turn.patience()).await.ok_or_else(busy)?;
    at(place, turn, work).await
}

/// The same for one that is short more often than not, and that asks now and then whether its time is over. Where no place is free
/// at once it is tried for a moment, so that an organization's short questions need not wait for its long ones; only what is not
/// done by then waits, and is done from its beginning. It is tried on a thread of its own as well: between two looks at the clock
/// there may be more work than a thread that serves others has the time for.
pub(crate) async fn try_for_turn<T: Send + 'static>(
    all: &Work,
    org: OrgId,
    turn: Turn,
    work: impl FnOnce(Turn) -> T + Clone + Send + 'static,
) -> Outcome<T> {
    if let Some(place) = all.places.take(org) {
        return at(place, turn, work).await;
    }
    let place = all.trials.wait(org, turn.patience()).await.ok_or_else(busy)?;
    let trial = work.clone();
    match at(place, turn.clone(), |turn| turn.tried(trial)).await? {
        Some(done) => Ok(done),
        None => for_turn(all, org, turn, work).await,
    }
}

async fn at<T: Send + 'static>(
    place: Place,
    turn: Turn,
    work: impl FnOnce(Turn) -> T + Send + 'static,
) -> Outcome<T> {
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

    fn org() -> OrgId {
        OrgId::from_uuid(Uuid::nil())
    }

    fn one_place() -> Work {
        Work { places: Places::new(1, 1), trials: Places::new(1, 1) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_whose_place_comes_when_its_time_is_nearly_over_is_refused() {
        for (free_after, works) in [(PATIENCE / 2, true), (PATIENCE - LEAST / 2, false)] {
            let all = one_place();
            let held = all.places.take(org()).expect("a place");
            let (worked, ()) = tokio::join!(aside(&all, org(), || ()), async {
                tokio::time::sleep(free_after).await;
                drop(held);
            });
            assert_eq!(worked.map_err(|fault| fault.kind).err(), (!works).then_some(Kind::TooMany));
        }
    }

    #[derive(Debug, PartialEq)]
    enum Came {
        ToAnEnd,
        ToAPart,
    }

    /// Work of so long.
    fn working(long: Duration) -> impl FnOnce(Turn) -> Came + Clone {
        move |turn: Turn| {
            let began = Instant::now();
            while began.elapsed() < long {
                if turn.is_over(turn.until) {
                    return Came::ToAPart;
                }
            }
            Came::ToAnEnd
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_short_is_answered_while_all_places_are_taken() {
        let all = one_place();
        let _held = all.places.take(org()).expect("a place");
        let short = try_for_turn(&all, org(), Turn::begin(), working(Duration::ZERO)).await;
        assert_eq!(short.map_err(|fault| fault.kind), Ok(Came::ToAnEnd));
        let long = try_for_turn(&all, org(), Turn::begin(), working(TRIAL * 10)).await;
        assert_eq!(long.map_err(|fault| fault.kind), Err(Kind::TooMany), "there is no place for it");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_done_in_a_moment_is_done_whole_when_a_place_is_free() {
        let all = one_place();
        let held = all.places.take(org()).expect("a place");
        let long = try_for_turn(&all, org(), Turn::begin(), working(TRIAL * 10));
        let (long, ()) = tokio::join!(long, async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(held);
        });
        assert_eq!(long.map_err(|fault| fault.kind), Ok(Came::ToAnEnd));
    }
}
