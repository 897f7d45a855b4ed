//! What the entries at the end of each log mention and hash to, in memory: the part that neither the query index nor the
//! nodes of the log's tree cover yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{PoisonError, RwLock};

use chancery_audit::{Envelope, Event, Evidence, Hash, Subject, Verdict};
use chancery_kernel::{OrgId, Timestamp};

/// What queries ask of an entry, without its text.
#[derive(Clone, Debug)]
pub struct Mention {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: u16,
    /// Ids named in the event, its actor among them; the organization itself is not, since it is in all of them.
    pub subjects: Box<[[u8; 16]]>,
    pub verdict: Option<Verdict>,
}

impl Mention {
    pub(crate) fn of(envelope: &Envelope, acting: Option<&Evidence>, event: &Event) -> Self {
        let Envelope { seq, at, log, actor, .. } = *envelope;
        let whole = Subject::of(log).uuid;
        let beside = acting.map(Evidence::subjects).unwrap_or_default();
        let named = event.subjects().into_iter().chain(beside).chain(actor.subject()).map(|s| s.uuid);
        let mut subjects: Vec<[u8; 16]> = named.filter(|uuid| *uuid != whole).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let verdict = event.verdict().or(acting.map(|e| e.decision.verdict));
        Self { seq, at, kind: event.code(), subjects: subjects.into(), verdict }
    }
}

/// Entries looked at in one go: writers wait while somebody looks.
pub(crate) const WINDOW: i64 = 8_192;

/// Beyond this many entries of one log the oldest are forgotten, and queries read them from the database.
const MOST: usize = 262_144;

/// The ends of all logs.
#[derive(Default)]
pub(crate) struct Tails(RwLock<HashMap<OrgId, VecDeque<Kept>>>);

/// An entry, without its text.
pub(crate) struct Kept {
    pub mention: Mention,
    /// Its leaf in the log's tree.
    pub leaf: Hash,
}

impl Tails {
    /// Adds what a commit appended. A gap, left by another node's entries, starts the tail anew.
    pub(crate) fn extend(&self, added: impl Iterator<Item = (OrgId, Kept)>) {
        let mut tails = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (log, kept) in added {
            let tail = tails.entry(log).or_default();
            if tail.back().is_some_and(|last| last.mention.seq + 1 != kept.mention.seq) {
                tail.clear();
            }
            if tail.len() >= MOST {
                tail.pop_front();
            }
            tail.push_back(kept);
        }
    }

    /// Forgets what the index and the nodes cover now.
    pub(crate) fn forget(&self, log: OrgId, upto: i64) {
        let mut tails = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = tails.get_mut(&log) {
            let covered = tail.iter().take_while(|kept| kept.mention.seq <= upto).count();
            tail.drain(..covered);
            tail.shrink_to(1_024);
        }
    }

    /// Runs over the entries after one position and up to another, oldest first, and says where they begin: what is
    /// missing before that must be read from the database.
    pub(crate) fn visit<R>(
        &self,
        log: OrgId,
        after: i64,
        upto: i64,
        f: impl FnOnce(i64, &mut dyn DoubleEndedIterator<Item = &Mention>) -> R,
    ) -> R {
        let tails = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tail = tails.get(&log).filter(|t| t.back().is_some_and(|last| last.mention.seq >= upto));
        let Some(tail) = tail else { return f(upto + 1, &mut std::iter::empty()) };
        let first = tail.front().map_or(upto + 1, |kept| kept.mention.seq);
        let skipped = usize::try_from(after + 1 - first).unwrap_or(0).min(tail.len());
        let wanted = usize::try_from(upto + 1 - first).unwrap_or(0).clamp(skipped, tail.len());
        f(first.clamp(after + 1, upto + 1), &mut tail.range(skipped..wanted).map(|kept| &kept.mention))
    }

    /// The leaves of a run of entries, the last one included; none unless all of them are here.
    pub(crate) fn leaves(&self, log: OrgId, first: i64, last: i64) -> Option<Vec<Hash>> {
        let tails = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tail = tails.get(&log)?;
        let place = |seq: i64| usize::try_from(seq - tail.front()?.mention.seq).ok();
        let (from, to) = (place(first)?, place(last)?);
        (to < tail.len()).then(|| tail.range(from..=to).map(|kept| kept.leaf).collect())
    }
}
