//! What the lane shares with everybody else: hot facts, the ends of the logs, and news of commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chancery_kernel::{OrgId, StoreId, Timestamp};
use chancery_model::Mark;
use chancery_rebac::engine::Graph;
use tokio::sync::{Notify, broadcast, watch};

use crate::current::Current;
use crate::group::Group;
use crate::head::{Head, Heads};
use crate::hot::{Delta, HeldMark, Hot};
use crate::inboxes::Inboxes;
use crate::relations::Held;
use crate::still::{HotGuard, HotLock};
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
    hot: HotLock,
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
    pub(crate) fn new(shared: bool) -> Self {
        let (hot, news) = (HotLock::default(), broadcast::channel(NEWS).0);
        let (tails, waits, inboxes, posted, turned) = Default::default();
        Self {
            hot,
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

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Commit> {
        self.news.subscribe()
    }

    /// Counts commits of this process and readings of other nodes': whoever sees it stand still has missed nothing.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// After a commit: the hot facts change, then the news goes out.
    pub(crate) fn publish(&self, group: Group, moved: &[(OrgId, Head)]) {
        self.tails.extend(group.lines.into_iter().map(|line| (line.log, line.kept)));
        self.apply(group.deltas, moved);
        if !group.posts.is_empty() {
            self.posted.notify_one();
        }
    }

    /// The same for what other nodes committed.
    pub(crate) fn apply(&self, deltas: Vec<(OrgId, Delta)>, moved: &[(OrgId, Head)]) {
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
        for (org, head) in moved {
            self.tell(*org, head, marks.remove(org).unwrap_or_default());
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
        self.hot.write().relations.renew(store, graph)
    }

    /// Hot facts as read from the database anew. What is known from `before` may lack commits of other nodes, or one
    /// of this node whose answer was lost: they become news now.
    pub(crate) fn replace(&self, before: &Heads, after: &Heads, fresh: Hot, now: Timestamp) {
        let moved: Vec<_> = grown(before, after);
        let marks = |org: OrgId| {
            let from = before.get(&org).map_or(0, |known| known.hot);
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
        let news: Vec<_> = moved.into_iter().map(|(org, head)| (org, head, marks(org))).collect();
        *self.hot.write() = fresh;
        self.waits.wake_all();
        self.turned.send_modify(|count| *count += 1);
        self.inboxes.tell_all();
        news.into_iter().for_each(|(org, head, marks)| self.tell(org, &head, marks));
    }

    fn tell(&self, org: OrgId, head: &Head, marks: Vec<Mark>) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let commit = Commit { org, size: head.size, at: head.at, marks: marks.into() };
        // Without listeners there is nobody to miss it.
        drop(self.news.send(commit));
    }
}

/// The heads that are further than they were known to be.
pub(crate) fn grown(before: &Heads, after: &Heads) -> Vec<(OrgId, Head)> {
    let known = |org: &OrgId| before.get(org).map_or(0, |head| head.size);
    let grown = after.iter().filter(|(org, head)| head.size > known(org));
    grown.map(|(org, head)| (*org, head.clone())).collect()
}
