//! A page with its edits: what was not touched is copied in runs.

use std::sync::Arc;

use super::big::Big;
use super::page::{Entry, FEW, HEAD, Members, Mixed, Page, Record, SLOTS, STEP, head, stamp};
use super::rows::{Edit, PLAIN, Row, Tally, merged};

/// A list goes back into its page when it has become this short.
const SHORT: usize = 64;

/// The page after `edits`, which are all of its objects, in order of object, class and item.
pub(super) fn rebuilt(page: &Page, edits: &[Edit], stamped: bool, tally: &mut Tally) -> Page {
    let (old, bigs) = page.parts();
    let mut draft = Draft {
        heads: Vec::with_capacity(HEAD),
        words: Vec::with_capacity(old.len() + edits.len() * 3),
        counts: Vec::new(),
        tail: Vec::new(),
        bigs: Vec::new(),
        stamped,
        old_tail: page.tail().1,
    };
    let mut edits = edits;
    for at in 0..SLOTS {
        draft.heads.push((HEAD + draft.words.len()) as u32);
        if stamped && at % STEP == 0 {
            draft.counts.push((draft.tail.len() / 2) as u32);
        }
        let mine = edits.partition_point(|edit| edit.owner.1 as usize % SLOTS == at);
        let (mine, others) = edits.split_at(if edits.is_empty() { 0 } else { mine });
        edits = others;
        let record = page.record(at);
        if mine.is_empty() && bigs.is_empty() {
            draft.copy(record);
        } else {
            draft.merge(record, mine, tally);
        }
    }
    draft.page()
}

struct Draft<'a> {
    heads: Vec<u32>,
    words: Vec<u32>,
    /// Of tuples before each eighth object.
    counts: Vec<u32>,
    tail: Vec<u32>,
    bigs: Vec<Arc<Big>>,
    stamped: bool,
    old_tail: &'a [u32],
}

impl<'a> Draft<'a> {
    fn copy(&mut self, record: Record<'_>) {
        self.words.extend_from_slice(record.words);
        if self.stamped {
            let stamps = self.stamps(record.few());
            self.tail.extend_from_slice(stamps);
        }
    }

    /// The stamps of the next so many old tuples.
    fn stamps(&mut self, count: usize) -> &'a [u32] {
        let (mine, others) = self.old_tail.split_at_checked(count * 2).unwrap_or_default();
        self.old_tail = others;
        mine
    }

    fn merge(&mut self, record: Record<'_>, mut edits: &[Edit], tally: &mut Tally) {
        let mut old = record.peekable();
        loop {
            let class = match (old.peek(), edits.first()) {
                (Some(entry), Some(edit)) => entry.class.min(edit.class),
                (Some(entry), None) => entry.class,
                (None, Some(edit)) => edit.class,
                (None, None) => return,
            };
            let entry = old.next_if(|entry| entry.class == class);
            let (mine, others) = edits.split_at(edits.partition_point(|edit| edit.class == class));
            edits = others;
            self.entry(class, entry, mine, tally);
        }
    }

    fn entry(&mut self, class: u32, old: Option<Entry<'_>>, edits: &[Edit], tally: &mut Tally) {
        match old.map(|entry| entry.members) {
            Some(Members::Many(big)) => {
                let new = if edits.is_empty() {
                    big.clone()
                } else {
                    Arc::new(big.edited(edits, self.stamped, tally))
                };
                if new.len() < SHORT {
                    let rows: Vec<Row> = new.rows().collect();
                    self.few(class, &rows);
                } else {
                    self.many(class, new);
                }
            }
            Some(Members::Few { items, contexts }) => {
                let stamps = if self.stamped { self.stamps(items.len()) } else { &[] };
                let rows = merged(rows(items, contexts, stamps), edits, tally);
                self.list(class, &rows);
            }
            None => {
                let rows = merged(std::iter::empty(), edits, tally);
                self.list(class, &rows);
            }
        }
    }

    fn list(&mut self, class: u32, rows: &[Row]) {
        if rows.len() > FEW {
            self.many(class, Arc::new(Big::of(rows, self.stamped)));
        } else {
            self.few(class, rows);
        }
    }

    fn many(&mut self, class: u32, big: Arc<Big>) {
        self.words.extend([head(class, false, FEW + 1), self.bigs.len() as u32]);
        self.bigs.push(big);
    }

    fn few(&mut self, class: u32, rows: &[Row]) {
        let Some(first) = rows.first() else { return };
        let conditional = first.context != PLAIN;
        self.words.push(head(class, conditional, rows.len()));
        self.words.extend(rows.iter().map(|row| row.item));
        if conditional {
            self.words.extend(rows.iter().map(|row| row.context));
        }
        if self.stamped {
            self.tail.extend(rows.iter().flat_map(|row| [row.stamp as u32, (row.stamp as u64 >> 32) as u32]));
        }
    }

    fn page(mut self) -> Page {
        if self.words.is_empty() {
            return Page::Empty;
        }
        let end = (HEAD + self.words.len()) as u32;
        self.heads.push(end);
        let parts = [self.heads.as_slice(), &self.words, &self.counts, &self.tail];
        if self.bigs.is_empty() {
            Page::Small { words: parts.concat().into(), end }
        } else {
            Page::Mixed(Arc::new(Mixed { words: parts.concat().into(), bigs: self.bigs }))
        }
    }
}

fn rows<'a>(items: &'a [u32], contexts: &'a [u32], stamps: &'a [u32]) -> impl Iterator<Item = Row> + 'a {
    items.iter().enumerate().map(move |(at, item)| Row {
        item: *item,
        context: contexts.get(at).copied().unwrap_or(PLAIN),
        stamp: stamps.get(at * 2..at * 2 + 2).and_then(stamp).unwrap_or_default(),
    })
}
