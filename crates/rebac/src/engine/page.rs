//! The neighbours of 256 objects, for one direction.
//!
//! A page is one run of words: where each object's record begins, the records, and after them (from objects to users only) how
//! many tuples stand before each eighth object, and when each tuple was written. A record is a row of entries in order of their classes; an entry is a head (class, whether contexts
//! follow, how many), the neighbours in order, and their contexts' numbers. So a question about an object finds
//! everything about it side by side, in one or two lines of the processor's cache. What is longer than 127 is a
//! [`Big`] beside the page.

use std::hint::black_box;
use std::sync::Arc;

use super::big::{Big, Piece};
use super::rows::PLAIN;

pub(super) const SLOTS: usize = 256;
/// Where the records begin.
pub(super) const HEAD: usize = SLOTS + 1;
/// Objects between two counts of the tuples before them.
pub(super) const STEP: usize = 8;
/// Words that a record's place may be guessed wrong by, and it still comes with the guess.
const NEAR: usize = 8;
/// The most that stand in a page.
pub(super) const FEW: usize = 127;
const MANY: u32 = 255;

#[derive(Clone, Default)]
pub(super) enum Page {
    #[default]
    Empty,
    Small {
        words: Arc<[u32]>,
        /// Where the records end.
        end: u32,
    },
    Mixed(Arc<Mixed>),
}

pub(super) struct Mixed {
    pub words: Box<[u32]>,
    pub bigs: Vec<Arc<Big>>,
}

/// Everything in one direction about one object.
#[derive(Clone, Copy, Default)]
pub(super) struct Record<'a> {
    pub words: &'a [u32],
    pub bigs: &'a [Arc<Big>],
}

/// The neighbours by one class.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub class: u32,
    pub members: Members<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Members<'a> {
    Few { items: &'a [u32], contexts: &'a [u32] },
    Many(&'a Arc<Big>),
}

impl Page {
    #[inline]
    pub(super) fn parts(&self) -> (&[u32], &[Arc<Big>]) {
        match self {
            Page::Empty => (&[], &[]),
            Page::Small { words, .. } => (words, &[]),
            Page::Mixed(mixed) => (&mixed.words, &mixed.bigs),
        }
    }

    #[inline]
    pub(super) fn record(&self, at: usize) -> Record<'_> {
        let (words, bigs) = self.parts();
        let (Some(start), Some(end)) = (words.get(at), words.get(at + 1)) else { return Record::default() };
        Record { words: words.get(*start as usize..*end as usize).unwrap_or_default(), bigs }
    }

    /// Has the place of a record come into the processor's cache, before it is asked for, and at the same time the lines in which
    /// the record itself is where all of the page are about as long.
    #[inline]
    pub(super) fn reach_for(&self, at: usize) {
        let (words, _) = self.parts();
        let guess = match self {
            Page::Small { end, .. } => HEAD + (*end as usize - HEAD) * at / SLOTS,
            Page::Empty | Page::Mixed(_) => HEAD,
        };
        black_box([at, guess - NEAR, guess + NEAR].map(|at| words.get(at).copied()));
    }

    /// The same of the record itself, once it is clear where that is.
    #[inline]
    pub(super) fn reach_for_record(&self, at: usize) {
        self.record(at).reach_for();
    }

    /// The words after the records: how many tuples stand before each eighth object, and two for each tuple that stands in
    /// the page, in order.
    pub(super) fn tail(&self) -> (&[u32], &[u32]) {
        let (words, _) = self.parts();
        let tail = words.get(SLOTS).and_then(|end| words.get(*end as usize..)).unwrap_or_default();
        tail.split_at_checked(SLOTS / STEP).unwrap_or_default()
    }

    /// When a tuple was written.
    pub(super) fn stamp(&self, at: usize, class: u32, item: u32) -> Option<i64> {
        let (counts, stamps) = self.tail();
        let counted = *counts.get(at / STEP)? as usize;
        let mut index = counted + (at / STEP * STEP..at).map(|at| self.record(at).few()).sum::<usize>();
        for entry in self.record(at) {
            match entry.members {
                Members::Few { items, .. } if entry.class == class => {
                    let at = index + items.binary_search(&item).ok()?;
                    return stamp(stamps.get(at * 2..at * 2 + 2)?);
                }
                Members::Few { items, .. } => index += items.len(),
                Members::Many(big) if entry.class == class => return big.stamp(item),
                Members::Many(_) => {}
            }
        }
        None
    }
}

pub(super) fn stamp(words: &[u32]) -> Option<i64> {
    Some((u64::from(*words.first()?) | u64::from(*words.get(1)?) << 32) as i64)
}

/// The head of an entry.
pub(super) fn head(class: u32, conditional: bool, count: usize) -> u32 {
    class << 10 | u32::from(conditional) << 8 | if count > FEW { MANY } else { count as u32 }
}

impl<'a> Record<'a> {
    /// Has its beginning come into the processor's cache.
    #[inline]
    pub(super) fn reach_for(self) {
        black_box(self.words.first().copied());
    }

    /// How many neighbours stand in the page itself.
    pub(super) fn few(self) -> usize {
        self.map(|entry| if let Members::Few { items, .. } = entry.members { items.len() } else { 0 }).sum()
    }

    /// The neighbours by one class.
    #[inline]
    pub(super) fn members(mut self, class: u32) -> Option<Members<'a>> {
        self.find(|entry| entry.class == class).map(|entry| entry.members)
    }
}

impl<'a> Iterator for Record<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        let (head, rest) = self.words.split_first()?;
        let (class, count) = (head >> 10, head & 0xff);
        if count == MANY {
            let (big, rest) = rest.split_first()?;
            self.words = rest;
            return Some(Entry { class, members: Members::Many(self.bigs.get(*big as usize)?) });
        }
        let (items, rest) = rest.split_at_checked(count as usize)?;
        let (contexts, rest) = rest.split_at_checked(if head & 0x100 == 0 { 0 } else { count as usize })?;
        self.words = rest;
        Some(Entry { class, members: Members::Few { items, contexts } })
    }
}

impl<'a> Members<'a> {
    #[inline]
    pub(super) fn len(self) -> usize {
        match self {
            Members::Few { items, .. } => items.len(),
            Members::Many(big) => big.len(),
        }
    }

    /// The number of an item's context, [`PLAIN`] where it has none.
    #[inline]
    pub(super) fn find(self, item: u32) -> Option<u32> {
        match self {
            Members::Few { items, contexts } => {
                let at = items.iter().position(|one| *one == item)?;
                Some(contexts.get(at).copied().unwrap_or(PLAIN))
            }
            Members::Many(big) => big.find(item),
        }
    }

    /// Whether one of them fits.
    #[inline]
    pub(super) fn any(self, mut fits: impl FnMut(u32) -> bool) -> bool {
        match self {
            Members::Few { items, .. } => items.iter().any(|item| fits(*item)),
            Members::Many(_) => self.each().any(|(item, _)| fits(item)),
        }
    }

    /// In runs: the items, and their contexts where they have some.
    #[inline]
    pub(super) fn runs(self) -> impl Iterator<Item = (&'a [u32], &'a [u32])> {
        let (few, pieces): (_, &[Piece]) = match self {
            Members::Few { items, contexts } => (Some((items, contexts)), &[]),
            Members::Many(big) => (None, big.pieces()),
        };
        few.into_iter().chain(pieces.iter().map(|piece| (piece.items(), piece.contexts())))
    }

    /// One by one, each with its context.
    #[inline]
    pub(super) fn each(self) -> impl Iterator<Item = (u32, u32)> {
        self.runs().flat_map(|(items, contexts)| {
            items.iter().enumerate().map(|(at, item)| (*item, contexts.get(at).copied().unwrap_or(PLAIN)))
        })
    }
}
