//! Decisions of the last 24 hours, by the hour. Counted from the log, once: what was counted is kept, and the next look
//! adds only what came since.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chancery_audit::{CATALOGUE, Class};
use chancery_context::Cx;
use chancery_kernel::{OrgId, Outcome, PageRequest, Seconds};
use chancery_watch::events::{Filter, Seen, timeline};

use super::lines::verdict;
use crate::parts::Verdict;
use crate::parts::spark::Hour;

const HOURS: i64 = 24;
/// Pages of the log read for one look: with [`PageRequest::MOST`] on each, the latest 20,000 decisions.
const PAGES: usize = 40;
/// Denials kept to be shown.
const DENIALS: usize = 6;

/// The tallies of all organizations.
#[derive(Clone, Default)]
pub(super) struct Tallies(Arc<Mutex<HashMap<OrgId, Slot>>>);

/// Asynchronous, because it is held while the log is read: a crowd that looks counts once.
type Slot = Arc<tokio::sync::Mutex<Tally>>;

#[derive(Default)]
struct Tally {
    /// Everything up to this position is counted.
    upto: i64,
    hours: BTreeMap<i64, Hour>,
    denials: VecDeque<Seen>,
    /// The latest hour for which there was more than is counted.
    short: Option<i64>,
}

/// What the overview shows of it.
pub(super) struct Counted {
    /// Oldest first, 24 of them.
    pub hours: Vec<Hour>,
    /// Latest first.
    pub denials: Vec<Seen>,
    /// Whether there were more decisions than were counted.
    pub short: bool,
}

impl Tallies {
    /// As of now; asks for the right to read the log.
    pub async fn count(&self, cx: &Cx) -> Outcome<Counted> {
        let slot = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(cx.org).or_default().clone()
        };
        let mut tally = slot.lock().await;
        let now = cx.now().seconds().div_euclid(3_600);
        tally.catch_up(cx, now).await?;
        Ok(Counted {
            hours: (now - HOURS + 1..=now)
                .map(|at| tally.hours.get(&at).copied().unwrap_or_default())
                .collect(),
            denials: tally.denials.iter().cloned().collect(),
            short: tally.short.is_some_and(|at| now - at < HOURS),
        })
    }
}

impl Tally {
    async fn catch_up(&mut self, cx: &Cx, now: i64) -> Outcome<()> {
        let decisions = CATALOGUE.iter().filter(|kind| kind.class == Class::Decision);
        let filter = Filter {
            kinds: decisions.map(|kind| kind.name.to_owned()).collect(),
            from: Some(cx.now().minus(Seconds::hours(HOURS))),
            ..Filter::default()
        };
        let mut request = PageRequest::most();
        let mut fresh = Vec::new();
        let mut reached = false;
        for _ in 0..PAGES {
            let page = timeline(cx, &filter, &request).await?;
            let met = page.items.iter().position(|seen| seen.entry.seq() <= self.upto);
            fresh.extend(page.items.into_iter().take(met.unwrap_or(usize::MAX)));
            request.after = page.next;
            reached = met.is_some() || request.after.is_none();
            if reached {
                break;
            }
        }
        if !reached {
            self.short = Some(fresh.last().map_or(now, hour));
        }
        self.hours.retain(|at, _| now - at < HOURS);
        fresh.into_iter().rev().for_each(|seen| self.add(seen));
        Ok(())
    }

    fn add(&mut self, seen: Seen) {
        self.upto = seen.entry.seq();
        let slot = self.hours.entry(hour(&seen)).or_default();
        match verdict(&seen.entry) {
            Some(Verdict::Allow) => slot.allow += 1,
            Some(Verdict::Deny) => {
                slot.deny += 1;
                self.denials.push_front(seen);
                self.denials.truncate(DENIALS);
            }
            Some(Verdict::Pending) | None => {}
        }
    }
}

fn hour(seen: &Seen) -> i64 {
    seen.entry.at().seconds().div_euclid(3_600)
}
