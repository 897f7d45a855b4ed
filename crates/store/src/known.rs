//! How far the hot facts go in each log.
//!
//! Two threads read what other nodes did: the lane, as far as it locks logs, and the follower, all of it. Both also see what
//! this node's own lane has committed and not yet published. Whoever comes first applies a change, and nobody applies it
//! again: of what was read, only what lies beyond the known position of its log is news (ADR 0047).

use std::collections::HashMap;

use chancery_kernel::{OrgId, Timestamp};

use crate::head::{Head, Heads};
use crate::hot::{Delta, Hot};

/// Where a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Position of its last entry.
    pub size: i64,
    /// Time of its last entry.
    pub at: Timestamp,
    /// Position of the last entry whose write changed hot facts.
    pub hot: i64,
}

impl From<&Head> for Extent {
    fn from(head: &Head) -> Self {
        Self { size: head.size, at: head.at, hot: head.hot }
    }
}

/// A change of hot facts, and the position of the write that made it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub log: OrgId,
    pub seq: i64,
    pub delta: Delta,
}

/// What was read of some logs: the changes after what was known, those of one log in its order, and the ends they lead to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub changes: Vec<Step>,
    pub ends: Vec<(OrgId, Extent)>,
}

/// What of a reading was not known yet.
pub(crate) struct News {
    pub deltas: Vec<(OrgId, Delta)>,
    /// The logs that are longer than they were known to be.
    pub grown: Vec<(OrgId, Extent)>,
}

/// What the facts contain: of every log all changes up to `hot`, and none beyond.
#[derive(Default)]
pub(crate) struct Known {
    logs: HashMap<OrgId, Extent>,
    /// Counts the times at which everything was read anew.
    pub epoch: u64,
    /// What is applied while somebody reads everything anew, which may not contain it.
    journal: Option<Reading>,
}

impl Known {
    /// Position of the last write of a log that the facts contain.
    pub(crate) fn hot(&self, log: OrgId) -> i64 {
        self.logs.get(&log).map_or(0, |extent| extent.hot)
    }

    /// Takes over a reading, and says what of it is news. The caller changes the facts before it lets go of this.
    pub(crate) fn take(&mut self, reading: Reading) -> News {
        if let Some(journal) = &mut self.journal {
            journal.changes.extend(reading.changes.iter().cloned());
            journal.ends.extend(&reading.ends);
        }
        let Reading { changes, ends } = reading;
        let deltas = changes.into_iter().filter(|change| change.seq > self.hot(change.log));
        let deltas = deltas.map(|Step { log, delta, .. }| (log, delta)).collect();
        News { deltas, grown: ends.into_iter().filter(|(log, end)| self.raise(*log, *end)).collect() }
    }

    /// Whether the log is longer than it was known to be. What was read earlier takes nothing back.
    fn raise(&mut self, log: OrgId, end: Extent) -> bool {
        let known = self.logs.entry(log).or_insert(Extent { size: 0, hot: 0, ..end });
        let grown = end.size > known.size;
        known.hot = known.hot.max(end.hot);
        if grown {
            (known.size, known.at) = (end.size, end.at);
        }
        grown
    }

    /// From here on, what is applied is noted as well.
    pub(crate) fn begin_anew(&mut self) {
        self.journal = Some(Reading::default());
    }

    /// It could not be read.
    pub(crate) fn give_up(&mut self) {
        self.journal = None;
    }

    /// Brings facts that were read anew, as of these heads, to where this node was meanwhile. From here on they are what is
    /// known; says which logs grew by it.
    pub(crate) fn end_anew(&mut self, heads: &Heads, fresh: &mut Hot) -> Vec<(OrgId, Extent)> {
        let Reading { changes, ends } = self.journal.take().unwrap_or_default();
        for Step { log, seq, delta } in changes {
            if heads.get(&log).is_none_or(|head| seq > head.hot) {
                fresh.apply(delta);
            }
        }
        let read = heads.iter().map(|(log, head)| (*log, Extent::from(head))).collect();
        let before = std::mem::replace(&mut self.logs, read);
        for (log, end) in ends {
            self.raise(log, end);
        }
        self.epoch += 1;
        let known = |log: &OrgId| before.get(log).map_or(0, |extent| extent.size);
        self.logs.iter().filter(|(log, end)| end.size > known(log)).map(|(log, end)| (*log, *end)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;
    use chancery_model::{Meta, Organization};
    use std::sync::Arc;

    use crate::hot::Record;

    fn log() -> OrgId {
        OrgId::from_uuid(Uuid::from_u128(7))
    }

    fn extent(size: i64, hot: i64) -> Extent {
        Extent { size, at: Timestamp::from_seconds(size), hot }
    }

    /// A fact whose title is the position of its write.
    fn step(seq: i64) -> Step {
        let organization = Organization {
            id: log(),
            slug: String::new(),
            title: seq.to_string(),
            second_factor: Default::default(),
            approver_left: Default::default(),
            meta: Meta::new(Timestamp::from_seconds(0)),
        };
        Step { log: log(), seq, delta: Delta::Put(Record::Organization(Arc::new(organization))) }
    }

    fn reading(steps: impl IntoIterator<Item = i64>, end: Extent) -> Reading {
        Reading { changes: steps.into_iter().map(step).collect(), ends: vec![(log(), end)] }
    }

    fn title(delta: &Delta) -> i64 {
        let Delta::Put(Record::Organization(organization)) = delta else { panic!("{delta:?}") };
        organization.title.parse().unwrap()
    }

    /// The positions whose changes are news, and the sizes that are.
    fn taken(known: &mut Known, reading: Reading) -> (Vec<i64>, Vec<i64>) {
        let News { deltas, grown } = known.take(reading);
        (
            deltas.iter().map(|(_, delta)| title(delta)).collect(),
            grown.iter().map(|(_, end)| end.size).collect(),
        )
    }

    fn size(known: &Known) -> i64 {
        known.logs.get(&log()).unwrap().size
    }

    fn known(hot: i64) -> Known {
        let mut known = Known::default();
        known.take(reading([hot], extent(hot, hot)));
        known
    }

    #[test]
    fn what_the_follower_read_before_the_lane_published_it_is_news_once() {
        let mut known = known(3);
        assert_eq!(taken(&mut known, reading([5], extent(6, 5))), (vec![5], vec![6]));
        assert_eq!(taken(&mut known, reading([5], extent(6, 5))), (vec![], vec![]));
    }

    #[test]
    fn a_change_that_comes_after_a_later_one_takes_nothing_back() {
        let mut known = known(3);
        // The lane's at 5, and another node's at 8, read together before the lane had its turn.
        assert_eq!(taken(&mut known, reading([5, 8], extent(9, 8))), (vec![5, 8], vec![9]));
        assert_eq!(taken(&mut known, reading([5], extent(6, 5))), (vec![], vec![]));
        assert_eq!((known.hot(log()), size(&known)), (8, 9));
    }

    #[test]
    fn of_a_reading_that_began_earlier_the_rest_is_taken() {
        let mut known = known(3);
        let begun = reading([5, 5, 8, 12], extent(14, 12));
        taken(&mut known, reading([5, 5, 8], extent(8, 8)));
        assert_eq!(taken(&mut known, begun), (vec![12], vec![14]));
    }

    #[test]
    fn a_log_that_grew_without_changing_a_fact_is_news_and_moves_no_fact() {
        let mut known = known(3);
        assert_eq!(taken(&mut known, reading([], extent(10, 3))), (vec![], vec![10]));
        assert_eq!(taken(&mut known, reading([], extent(9, 3))), (vec![], vec![]));
        assert_eq!(taken(&mut known, reading([11], extent(11, 11))), (vec![11], vec![11]));
    }

    fn heads(size: i64, hot: i64) -> Heads {
        let head = Head { no: 1, size, at: Timestamp::from_seconds(size), hot, frontier: Default::default() };
        Heads::from([(log(), head)])
    }

    #[test]
    fn what_was_applied_while_everything_was_read_anew_is_applied_to_that_too() {
        let mut known = known(3);
        known.begin_anew();
        // One that the reading has, and one that came after it.
        taken(&mut known, reading([5], extent(5, 5)));
        taken(&mut known, reading([8], extent(9, 8)));
        let mut fresh = Hot::default();
        fresh.apply(step(6).delta);
        let grown = known.end_anew(&heads(6, 6), &mut fresh);
        assert!(grown.is_empty(), "it was news already");
        assert_eq!((known.hot(log()), size(&known)), (8, 9));
        assert_eq!(fresh.organizations.find_anywhere(log()).unwrap().title, "8");
    }

    #[test]
    fn what_was_applied_meanwhile_and_is_older_than_what_was_read_takes_nothing_back() {
        let mut known = known(3);
        known.begin_anew();
        taken(&mut known, reading([5], extent(5, 5)));
        let mut fresh = Hot::default();
        fresh.apply(step(6).delta);
        known.end_anew(&heads(6, 6), &mut fresh);
        assert_eq!(fresh.organizations.find_anywhere(log()).unwrap().title, "6");
        assert_eq!((known.hot(log()), size(&known)), (6, 6));
    }

    #[test]
    fn what_only_the_new_reading_has_is_news() {
        let mut known = known(3);
        known.begin_anew();
        let grown = known.end_anew(&heads(20, 18), &mut Hot::default());
        assert_eq!(grown, [(log(), extent(20, 18))]);
        assert_eq!(known.epoch, 1, "what was read for the facts before is refused");
        // After one that failed nothing is noted any more.
        known.begin_anew();
        known.give_up();
        taken(&mut known, reading([21], extent(21, 21)));
        known.begin_anew();
        known.end_anew(&heads(21, 21), &mut Hot::default());
        assert_eq!(size(&known), 21);
    }
}
