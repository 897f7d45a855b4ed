//! A set of the numbers of one type's objects: bits in pieces of 4,096, there where there is something.

const WORDS: usize = 64;
const PIECE: usize = WORDS * 64;

type Piece = Box<[u64; WORDS]>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pieces: Vec<Option<Piece>>,
}

impl Bits {
    /// Whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, item: u32) -> bool {
        let (piece, at) = (item as usize / PIECE, item as usize % PIECE);
        if self.pieces.len() <= piece {
            self.pieces.resize_with(piece + 1, || None);
        }
        let Some(place) = self.pieces.get_mut(piece) else { return false };
        let words = place.get_or_insert_with(|| Box::new([0; WORDS]));
        let Some(word) = words.get_mut(at / 64 % WORDS) else { return false };
        let bit = 1 << (at % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    #[inline]
    pub(super) fn contains(&self, item: u32) -> bool {
        let (piece, at) = (item as usize / PIECE, item as usize % PIECE);
        let Some(Some(words)) = self.pieces.get(piece) else { return false };
        words.get(at / 64 % WORDS).is_some_and(|word| word & 1 << (at % 64) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().flatten().all(|words| words.iter().all(|word| *word == 0))
    }

    pub(super) fn remove(&mut self, item: u32) {
        let (piece, at) = (item as usize / PIECE, item as usize % PIECE);
        let words = self.pieces.get_mut(piece).and_then(Option::as_mut);
        if let Some(word) = words.and_then(|words| words.get_mut(at / 64 % WORDS)) {
            *word &= !(1 << (at % 64));
        }
    }

    /// What both have.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.combined(other, |mine, others| mine & others)
    }

    /// What the other does not have.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.combined(other, |mine, others| mine & !others)
    }

    fn combined(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        let none = [0; WORDS];
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for (at, mine) in self.pieces.iter().enumerate() {
            let others = other.pieces.get(at).and_then(Option::as_deref).unwrap_or(&none);
            let new = mine.as_ref().map(|mine| {
                let mut new = mine.clone();
                for (word, other) in new.iter_mut().zip(others) {
                    *word = combine(*word, *other);
                }
                new
            });
            pieces.push(new.filter(|words| words.iter().any(|word| *word != 0)));
        }
        Self { pieces }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        other.iter().for_each(|item| {
            self.insert(item);
        });
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let pieces = self.pieces.iter().enumerate().filter_map(|(at, words)| Some((at, words.as_ref()?)));
        let words = pieces.flat_map(|(piece, words)| {
            words.iter().enumerate().map(move |(at, word)| (piece * PIECE + at * 64, *word))
        });
        words.flat_map(|(start, word)| {
            std::iter::successors(Some(word).filter(|word| *word != 0), |word| {
                Some(word & (word - 1)).filter(|word| *word != 0)
            })
            .map(move |word| start as u32 + word.trailing_zeros())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(items: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::default();
        items.iter().for_each(|item| assert!(bits.insert(*item)));
        bits
    }

    fn list(bits: &Bits) -> Vec<u32> {
        assert_eq!(bits.is_empty(), bits.iter().next().is_none());
        bits.iter().collect()
    }

    proptest! {
        #[test]
        fn is_a_set(a in prop::collection::btree_set(0u32..20_000, 0..300), b in prop::collection::btree_set(0u32..20_000, 0..300)) {
            let (x, y) = (of(&a), of(&b));
            prop_assert_eq!(list(&x), a.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&x.and(&y)), a.intersection(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&x.without(&y)), a.difference(&b).copied().collect::<Vec<_>>());
            let mut both = x.clone();
            both.extend(&y);
            prop_assert_eq!(list(&both), a.union(&b).copied().collect::<Vec<_>>());
            both = x.clone();
            b.iter().for_each(|item| both.remove(*item));
            prop_assert_eq!(list(&both), a.difference(&b).copied().collect::<Vec<_>>());
            prop_assert!(b.iter().all(|item| x.contains(*item) == a.contains(item)));
        }
    }
}
