//! What the lane shares with everybody else: hot facts, the ends of the logs, and news of commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chancery_kernel::{OrgId, StoreId, Timestamp};
use chancery_model::Mark;
use chancery_rebac::engine::Graph;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, broadcast, watch};

use crate::current::Current;
use crate::group::Group;
use crate::head::{Head, Heads};
use crate::hot::{Delta, HeldMark, Hot};
use crate::inboxes::Inboxes;
use crate::known::{Extent, Known, News, Reading, Step};
use crate::relations::{Held, make_ready};
use crate::still::{HotGuard, HotLock, Kept};
use crate::tail::Tails;
use crate::waits::Waits;

/// News: a log has grown.
#[derive(Clone, Debug)]
pub struct Commit {
    pub org: OrgId,
    /// Position of its last entry.
    pub size: i64,
    /// Time of its last entry.
    pub at: Timestamp,
    /// Marks that were set.
    pub marks: Arc<[Mark]>,
}

pub(crate) struct Facts {
    /// What tells this node's notifications from those of others.
    pub node: u64,
    hot: HotLock,
    /// Held by whoever changes the hot facts, until they are changed and the news is out.
    known: Mutex<Known>,
    /// Held by whoever reads everything anew.
    pub loading: Mutex<()>,
    pub tails: Tails,
    news: broadcast::Sender<Commit>,
    commits: AtomicU64,
    pub waits: Waits,
    /// Counts what became of relationships: see [`crate::Db::turned`].
    pub turned: watch::Sender<u64>,
    pub inboxes: Inboxes,
    /// Rung when a commit of this node added to the outbox.
    pub posted: Notify,
    current: Current,
}

/// Commits that a slow listener may fall behind before it misses one and is told so.
const NEWS: usize = 4_096;

impl Facts {
    /// `shared`: other nodes write to this database too.
    pub(crate) fn new(shared: bool, node: u64) -> Self {
        let (hot, news) = (HotLock::default(), broadcast::channel(NEWS).0);
        let (known, loading, tails, waits, inboxes, posted, turned) = Default::default();
        Self {
            node,
            hot,
            known,
            loading,
            tails,
            news,
            commits: AtomicU64::new(0),
            waits,
            turned,
            inboxes,
            posted,
            current: Current::new(shared),
        }
    }

    /// When these facts were last all there is to know.
    pub(crate) fn current(&self) -> &Current {
        &self.current
    }

    pub(crate) fn hot(&self) -> HotGuard<'_> {
        self.hot.read()
    }

    /// The hot facts for the closures of the lane.
    pub(crate) fn keep(&self) -> Kept<'_> {
        self.hot.keep()
    }

    /// Whether the lane should give way between two closures.
    pub(crate) fn are_wanted(&self) -> bool {
        self.hot.is_wanted()
    }

    /// How far the hot facts go. Nobody changes them meanwhile, so it must not be kept while the database is asked.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock()
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Commit> {
        self.news.subscribe()
    }

    /// Counts commits of this process and readings of other nodes': whoever sees it stand still has missed nothing.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// After a commit: the hot facts change, then the news goes out. The follower may have read the commit before.
    pub(crate) fn publish(&self, group: Group, moved: &[(OrgId, Head)]) {
        self.tails.extend(group.lines.into_iter().map(|line| (line.log, line.kept)));
        // All changes of a commit stand at its last one in their log.
        let seq = |log: &OrgId| group.cursors.get(log).map_or(i64::MAX, |cursor| cursor.hot);
        let changes = group.deltas.into_iter().map(|(log, delta)| Step { log, seq: seq(&log), delta });
        let ends = moved.iter().map(|(log, head)| (*log, Extent::from(head)));
        let reading = Reading { changes: changes.collect(), ends: ends.collect() };
        self.apply(&mut self.known(), reading);
        if !group.posts.is_empty() {
            self.posted.notify_one();
        }
    }

    /// The same for what other nodes committed, if the facts it was read for still stand.
    pub(crate) fn take(&self, epoch: u64, reading: Reading) -> bool {
        let mut known = self.known();
        let stands = known.epoch == epoch;
        if stands {
            self.apply(&mut known, reading);
        }
        stands
    }

    fn apply(&self, known: &mut Known, reading: Reading) {
        let News { mut deltas, grown } = known.take(reading);
        make_ready(&mut deltas, |store| self.hot().relations.graph(store).cloned());
        let mut marks: BTreeMap<OrgId, Vec<Mark>> = BTreeMap::new();
        for (org, delta) in &deltas {
            if let Delta::Mark(mark, _) = delta {
                marks.entry(*org).or_default().push(mark.clone());
            }
        }
        let turned = deltas.iter().any(|(_, delta)| delta.turns());
        let (asked, concerned) = (Waits::named(&deltas), self.inboxes.concerned(&deltas));
        if !deltas.is_empty() {
            let mut hot = self.hot.write();
            deltas.into_iter().for_each(|(_, delta)| hot.apply(delta));
        }
        self.waits.wake(&asked);
        if turned {
            self.turned.send_modify(|count| *count += 1);
        }
        self.inboxes.tell(&concerned, &self.hot());
        for (org, end) in grown {
            self.tell(org, end, marks.remove(&org).unwrap_or_default());
        }
    }

    /// The base of a store goes up to this write now.
    pub(crate) fn based(&self, store: StoreId, base: u64, less: usize) {
        self.hot.write().relations.based(store, base, less);
    }

    /// The graph of a store was looked at: see [`crate::relations::Relations::looked`].
    pub(crate) fn looked(&self, store: StoreId, gone: u64) {
        self.hot.write().relations.looked(store, gone);
    }

    /// The tuples of a store in another graph. Gives back what was held: letting go of it takes time that nobody else should wait.
    pub(crate) fn renew(&self, store: StoreId, graph: Graph) -> Option<Arc<Held>> {
        // A graph that follows from the one that is held must not come after it.
        let _known = self.known();
        self.hot.write().relations.renew(store, graph)
    }

    /// Hot facts as read from the database anew, as of these heads. What is known from before may lack commits of other nodes,
    /// or one of this node whose answer was lost: they become news now.
    pub(crate) fn replace(&self, heads: &Heads, mut fresh: Hot, now: Timestamp) {
        let mut known = self.known();
        let before: BTreeMap<OrgId, i64> = heads.keys().map(|log| (*log, known.hot(*log))).collect();
        let grown = known.end_anew(heads, &mut fresh);
        let marks = |org: OrgId| {
            let from = before.get(&org).copied().unwrap_or(0);
            let held = fresh.marks_of(org, now).1.into_iter().filter(|(_, held)| held.pos > from);
            let read = held.map(|(key, HeldMark { org, pos, at, until })| Mark {
                org,
                key: key.to_string(),
                pos,
                at,
                until,
            });
            read.collect::<Vec<_>>()
        };
        let news: Vec<_> = grown.into_iter().map(|(org, end)| (org, end, marks(org))).collect();
        let old = std::mem::replace(&mut *self.hot.write(), fresh);
        self.waits.wake_all();
        self.turned.send_modify(|count| *count += 1);
        self.inboxes.tell_all();
        news.into_iter().for_each(|(org, end, marks)| self.tell(org, end, marks));
        drop(known);
        // Letting go of it takes time that nobody should wait.
        drop(old);
    }

    fn tell(&self, org: OrgId, end: Extent, marks: Vec<Mark>) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let commit = Commit { org, size: end.size, at: end.at, marks: marks.into() };
        // Without listeners there is nobody to miss it.
        drop(self.news.send(commit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;
    use chancery_model::MarkKey;

    use crate::tx::Cursor;

    fn org() -> OrgId {
        OrgId::from_uuid(Uuid::from_u128(7))
    }

    /// A mark that was set by the write at this position.
    fn mark(pos: i64) -> Delta {
        let key = MarkKey::Agent(Id::from_uuid(Uuid::from_u128(9)));
        let [at, until] = [pos, 1_000].map(Timestamp::from_seconds);
        Delta::Mark(Mark { org: org(), key: key.to_string(), pos, at, until }, key)
    }

    fn extent(pos: i64) -> Extent {
        Extent { size: pos, at: Timestamp::from_seconds(pos), hot: pos }
    }

    fn read(positions: &[i64]) -> Reading {
        let changes = positions.iter().map(|pos| Step { log: org(), seq: *pos, delta: mark(*pos) });
        let ends = positions.last().map(|pos| (org(), extent(*pos)));
        Reading { changes: changes.collect(), ends: ends.into_iter().collect() }
    }

    fn publish(facts: &Facts, pos: i64) {
        let Extent { size, at, hot } = extent(pos);
        let mut group = Group { deltas: vec![(org(), mark(pos))], ..Group::default() };
        group.cursors.insert(org(), Cursor { size, at, hot });
        facts.publish(group, &[(org(), Head { no: 1, size, at, hot, frontier: Default::default() })]);
    }

    fn told(news: &mut broadcast::Receiver<Commit>) -> Vec<(i64, Vec<i64>)> {
        let next = || news.try_recv().ok();
        std::iter::from_fn(next).map(|c| (c.size, c.marks.iter().map(|mark| mark.pos).collect())).collect()
    }

    fn held(facts: &Facts) -> (u64, Vec<i64>) {
        let (seq, marks) = facts.hot().marks_of(org(), Timestamp::from_seconds(0));
        (seq, marks.into_iter().map(|(_, held)| held.pos).collect())
    }

    #[test]
    fn a_commit_that_the_follower_read_before_it_was_published_is_news_once_and_takes_nothing_back() {
        let facts = Facts::new(true, 1);
        let mut news = facts.subscribe();
        publish(&facts, 1);
        // The follower sees the lane's commit of 2 before the lane says so, and another node's on top.
        assert!(facts.take(0, read(&[2, 3])));
        publish(&facts, 2);
        assert_eq!(held(&facts), (3, vec![3]));
        publish(&facts, 4);
        assert_eq!(told(&mut news), [(1, vec![1]), (3, vec![2, 3]), (4, vec![4])]);
    }

    #[test]
    fn what_was_read_for_facts_that_were_read_anew_since_is_refused() {
        let facts = Facts::new(true, 1);
        facts.known().begin_anew();
        let head =
            Head { no: 1, size: 5, at: Timestamp::from_seconds(5), hot: 5, frontier: Default::default() };
        facts.replace(&Heads::from([(org(), head)]), Hot::default(), Timestamp::from_seconds(0));
        assert!(!facts.take(0, read(&[6])));
        assert_eq!(held(&facts), (0, vec![]));
        assert!(facts.take(1, read(&[6])));
        assert_eq!(held(&facts), (1, vec![6]));
    }
}
