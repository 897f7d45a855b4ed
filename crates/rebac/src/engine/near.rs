//! Short lists that were found out once, each with its key in a few lines of the processor's cache side by side: whoever looks
//! one up waits for memory once. Nobody locks: a reader that meets a writer goes without.
//!
//! A list carries the event that last changed what it rests on, as in [`super::cache`], and is passed over when that is not the
//! last any more.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// What a line begins with: a sequence number, the key, the event, how many.
const HEAD: usize = 4;
/// Words of a line of the processor's cache.
const APART: usize = 8;
/// How many there are of a list that has no place here.
const FAR: u64 = u64::MAX;
/// Lines made at a time.
const LEAF: usize = 1024;

/// The head, and the list, two of it in a word.
#[repr(align(64))]
struct Line<const WORDS: usize>([AtomicU64; WORDS]);

pub(super) struct Near<const WORDS: usize> {
    leaves: Box<[OnceLock<Box<[Line<WORDS>]>>]>,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known<T> {
    Here(T),
    /// It is too long for here.
    Far,
    /// Nothing yet.
    Not,
}

/// A list where it stands.
#[derive(Clone, Copy)]
pub(super) struct Items<'a> {
    words: &'a [AtomicU64],
    len: usize,
}

impl Items<'_> {
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let words = self.words.iter().map(|word| word.load(Ordering::Relaxed));
        words.flat_map(|word| [word as u32, (word >> 32) as u32]).take(self.len)
    }
}

/// A list as it was read: words of which only the beginning counts.
#[derive(Clone, Copy)]
pub(super) struct Few<const WORDS: usize> {
    words: [u64; WORDS],
    len: usize,
}

impl<const WORDS: usize> Near<WORDS> {
    /// At least so many lines.
    pub(super) fn new(lines: usize) -> Self {
        let leaves = lines.div_ceil(LEAF).next_power_of_two();
        Self { leaves: std::iter::repeat_with(OnceLock::new).take(leaves).collect() }
    }

    #[inline]
    fn line(&self, at: usize) -> Option<&Line<WORDS>> {
        let leaf = self.leaves.get((at / LEAF) & (self.leaves.len() - 1))?;
        let made = || Line(std::array::from_fn(|_| AtomicU64::new(0)));
        leaf.get_or_init(|| std::iter::repeat_with(made).take(LEAF).collect()).get(at % LEAF)
    }

    /// Has all of a line come into the processor's cache.
    #[inline]
    pub(super) fn reach_for(&self, at: usize) {
        let words = self.line(at).map_or(&[][..], |line| &line.0);
        let first = |word: &AtomicU64| word.load(Ordering::Relaxed);
        black_box(words.iter().step_by(APART).map(first).fold(0, |all, one| all | one));
    }

    #[inline]
    pub(super) fn get(&self, at: usize, key: u64, stamp: u64) -> Known<Few<WORDS>> {
        self.with(at, key, stamp, |items| {
            let mut words = [0; WORDS];
            items.words.iter().zip(&mut words).for_each(|(word, read)| *read = word.load(Ordering::Relaxed));
            Few { words, len: items.len }
        })
    }

    /// What is seen in a list, where it stands. While somebody writes, `look` may be given a list that never was; what it says of
    /// that is not used.
    #[inline]
    pub(super) fn with<T>(
        &self,
        at: usize,
        key: u64,
        stamp: u64,
        look: impl FnOnce(Items<'_>) -> T,
    ) -> Known<T> {
        let words = self.line(at).map_or(&[][..], |line| &line.0);
        let [sequence, own, when, count, words @ ..] = words else { return Known::Not };
        let before = sequence.load(Ordering::Acquire);
        let is_own = own.load(Ordering::Relaxed) == key && when.load(Ordering::Relaxed) == stamp;
        if !is_own || before % 2 == 1 || before == 0 {
            return Known::Not;
        }
        let len = count.load(Ordering::Relaxed);
        let seen =
            if len == FAR { Known::Far } else { Known::Here(look(Items { words, len: len as usize })) };
        // What was read counts only if nobody wrote meanwhile.
        fence(Ordering::Acquire);
        if sequence.load(Ordering::Relaxed) == before { seen } else { Known::Not }
    }

    /// Keeps a list; none stands for one that has no place here.
    pub(super) fn put(&self, at: usize, key: u64, stamp: u64, list: Option<&[u32]>) {
        let Some(Line(words)) = self.line(at) else { return };
        let list = list.filter(|list| list.len() <= Self::most());
        let [sequence, own, when, count, places @ ..] = words.as_slice() else { return };
        let before = sequence.load(Ordering::Relaxed);
        let mine = |before| {
            sequence.compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        // Somebody else writes: theirs is as good.
        if before % 2 == 1 || !mine(before) {
            return;
        }
        fence(Ordering::Release);
        own.store(key, Ordering::Relaxed);
        when.store(stamp, Ordering::Relaxed);
        count.store(list.map_or(FAR, |list| list.len() as u64), Ordering::Relaxed);
        for (place, two) in places.iter().zip(list.unwrap_or_default().chunks(2)) {
            let half = |at: usize| u64::from(two.get(at).copied().unwrap_or_default());
            place.store(half(0) | half(1) << 32, Ordering::Relaxed);
        }
        sequence.store(before + 2, Ordering::Release);
    }

    /// The longest list.
    pub(super) const fn most() -> usize {
        (WORDS - HEAD) * 2
    }
}

impl<const WORDS: usize> Few<WORDS> {
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]).take(self.len)
    }
}

/// A mark and two numbers in one word, where they are small enough: as long lists have them, in [`super::seen::pair`] with the
/// mark in the highest bit.
#[inline]
pub(super) fn packed(item: u64) -> Option<u32> {
    let (mark, high, low) = (item >> 63, item >> 32 & 0x7fff_ffff, item & 0xffff_ffff);
    (high < 8 && low < 1 << 28).then_some((mark << 31 | high << 28 | low) as u32)
}

/// All of a list, if each of it is small enough.
pub(super) fn all_packed(list: &[u64]) -> Option<Vec<u32>> {
    list.iter().map(|item| packed(*item)).collect()
}

#[inline]
pub(super) fn unpacked(item: u32) -> u64 {
    u64::from(item >> 31) << 63 | u64::from(item >> 28 & 7) << 32 | u64::from(item & 0x0fff_ffff)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    type Small = Near<16>;
    const MOST: usize = Small::most();

    fn found(near: &Small, at: usize, key: u64, stamp: u64) -> Option<Vec<u32>> {
        match near.get(at, key, stamp) {
            Known::Here(few) => Some(few.iter().collect()),
            Known::Far | Known::Not => None,
        }
    }

    #[test]
    fn a_list_is_found_by_its_key_and_event_until_another_takes_its_place() {
        let near = Small::new(2 * LEAF);
        assert_eq!(found(&near, 7, 0, 0), None, "nothing was kept, not even for the key nought");
        for len in 0..=MOST as u32 {
            let list: Vec<u32> = (len..2 * len).collect();
            near.put(7, 70, 1, Some(&list));
            assert_eq!(found(&near, 7, 70, 1), Some(list));
        }
        assert_eq!((found(&near, 7, 70, 2), found(&near, 7, 71, 1)), (None, None));
        near.put(7 + 2 * LEAF, 71, 1, Some(&[9]));
        assert_eq!((found(&near, 7, 70, 1), found(&near, 7, 71, 1)), (None, Some(vec![9])));
        near.put(7, 70, 1, Some(&[1; MOST + 1]));
        assert!(matches!(near.get(7, 70, 1), Known::Far));
    }

    #[test]
    fn whoever_reads_while_others_write_gets_a_whole_list_or_none() {
        let (near, over) = (Small::new(LEAF), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for writer in 0..2u64 {
                let (near, over) = (&near, &over);
                scope.spawn(move || {
                    let mut n = writer;
                    while !over.load(Ordering::Relaxed) {
                        n += 2;
                        let len = n as usize % (MOST + 1);
                        near.put(3, n % 4, 5, Some(&vec![n as u32; len]));
                    }
                });
            }
            let mut seen = 0;
            while seen < 20_000 {
                if let Some(list) = found(&near, 3, seen % 4, 5) {
                    let first = list.first().copied().unwrap_or_default();
                    assert!(list.iter().all(|one| *one == first), "{list:?}");
                    assert!(list.is_empty() || list.len() == first as usize % (MOST + 1), "{list:?}");
                    assert!(list.is_empty() || u64::from(first) % 4 == seen % 4, "{list:?}");
                }
                seen += 1;
            }
            over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn what_is_small_is_packed_and_the_same_again() {
        for item in [0, 5, 7 << 32 | 9, 1 << 63 | 3 << 32 | 0x0fff_ffff] {
            assert_eq!(packed(item).map(unpacked), Some(item));
        }
        assert_eq!((packed(8 << 32), packed(1 << 28), packed(u64::from(u32::MAX))), (None, None, None));
    }
}
