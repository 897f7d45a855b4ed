//! The ids of one type: a name for each number, a number for each name. Numbers are given out once and stay.
//!
//! Names stand in sealed pages of 64 and one open page; the way back is a hash table that grows by one leaf at a time
//! (linear hashing), so that no single write pays for the growth of all.

use std::hint::black_box;
use std::sync::Arc;

use super::hash::HashKey;
use super::radix::Radix;

/// The number of `*`, which stands for every object of the type.
pub(super) const STAR: u32 = 0;

const PAGE: usize = 64;
const HEAD: usize = PAGE * 4;
/// Names in a leaf, at most on average: the fewer, the fewer lines of memory a look-up touches.
const LOAD: u32 = 12;

#[derive(Clone)]
pub(super) struct Names {
    key: HashKey,
    count: u32,
    sealed: Radix<Option<Arc<[u8]>>>,
    open: Arc<Open>,
    leaves: Radix<Option<Arc<[u32]>>>,
    leaf_count: u32,
}

#[derive(Clone, Default)]
struct Open {
    ends: Vec<u32>,
    text: Vec<u8>,
}

impl Names {
    pub(super) fn new(key: HashKey) -> Self {
        let mut names = Self {
            key,
            count: 0,
            sealed: Radix::default(),
            open: Arc::default(),
            leaves: Radix::default(),
            leaf_count: 1,
        };
        names.intern("*");
        names
    }

    pub(super) fn len(&self) -> u32 {
        self.count
    }

    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.find_hashed(name, self.key.hash(name))
    }

    #[inline]
    pub(super) fn hash(&self, name: &str) -> u64 {
        self.key.hash(name)
    }

    /// Has the leaf of a hash come into the processor's cache: for those who look up several at once.
    #[inline]
    pub(super) fn reach_for(&self, hash: u64) {
        let leaf = self.leaves.get(place(hash as u32, self.leaf_count) as usize);
        let ends = leaf.and_then(Option::as_deref).map(|leaf| (leaf.first().copied(), leaf.last().copied()));
        black_box(ends);
    }

    #[inline]
    pub(super) fn find_hashed(&self, name: &str, hash: u64) -> Option<u32> {
        let (hashes, ids) = self.leaf(hash)?;
        let same = hashes.iter().zip(ids).filter(|(one, _)| **one == hash as u32);
        same.map(|(_, id)| *id).find(|id| self.bytes(*id) == Some(name.as_bytes()))
    }

    /// The number of a name that was guessed.
    #[inline]
    pub(super) fn confirm(&self, name: &str, hash: u64, guess: u32) -> Option<u32> {
        if self.bytes(guess) == Some(name.as_bytes()) { Some(guess) } else { self.find_hashed(name, hash) }
    }

    /// The number that a name of this hash most likely has, with that number's name on the way into the cache.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> Option<u32> {
        let (hashes, ids) = self.leaf(hash)?;
        let id = *ids.get(hashes.iter().position(|one| *one == hash as u32)?)?;
        let page = self.sealed.get(id as usize / PAGE).and_then(Option::as_deref);
        black_box(page.and_then(|page| page.get(id as usize % PAGE * 4).copied()));
        Some(id)
    }

    #[inline]
    fn leaf(&self, hash: u64) -> Option<(&[u32], &[u32])> {
        let leaf = self.leaves.get(place(hash as u32, self.leaf_count) as usize)?.as_deref()?;
        leaf.split_at_checked(leaf.len() / 2)
    }

    pub(super) fn get(&self, id: u32) -> Option<&str> {
        std::str::from_utf8(self.bytes(id)?).ok()
    }

    #[inline]
    fn bytes(&self, id: u32) -> Option<&[u8]> {
        let (page, at) = (id as usize / PAGE, id as usize % PAGE);
        let Some(Some(sealed)) = self.sealed.get(page) else {
            return if page == self.count as usize / PAGE { self.open.get(at) } else { None };
        };
        let end = |at: usize| {
            let word = sealed.get(at * 4..at * 4 + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
        };
        let start = if at == 0 { 0 } else { end(at - 1)? };
        sealed.get(HEAD + start..HEAD + end(at)?)
    }

    pub(super) fn intern(&mut self, name: &str) -> u32 {
        let hash = self.key.hash(name);
        if let Some(known) = self.find_hashed(name, hash) {
            return known;
        }
        let id = self.count;
        self.append(name);
        self.enter(hash, id);
        if self.count > self.leaf_count * LOAD {
            self.split();
        }
        id
    }

    fn append(&mut self, name: &str) {
        let open = Arc::make_mut(&mut self.open);
        open.text.extend_from_slice(name.as_bytes());
        open.ends.push(open.text.len() as u32);
        if open.ends.len() == PAGE {
            let mut page = Vec::with_capacity(HEAD + open.text.len());
            open.ends.iter().for_each(|end| page.extend_from_slice(&end.to_le_bytes()));
            page.extend_from_slice(&open.text);
            *self.sealed.at_mut(self.count as usize / PAGE) = Some(page.into());
            open.ends.clear();
            open.text.clear();
        }
        self.count += 1;
    }

    fn enter(&mut self, hash: u64, id: u32) {
        let leaf = self.leaves.at_mut(place(hash as u32, self.leaf_count) as usize);
        let (hashes, ids) = halves(leaf.as_deref());
        let new = hashes.iter().copied().chain([hash as u32]).chain(ids.iter().copied()).chain([id]);
        *leaf = Some(new.collect());
    }

    /// Makes one more leaf, and shares out to it from the one whose turn it is.
    fn split(&mut self) {
        let bit = 1 << self.leaf_count.ilog2();
        let turn = (self.leaf_count - bit) as usize;
        let old = self.leaves.get(turn).and_then(Clone::clone);
        let (hashes, ids) = halves(old.as_deref());
        let part = |moves: bool| {
            let goes = move |(hash, _): &(&u32, &u32)| (**hash & bit != 0) == moves;
            let mut part: Vec<u32> = hashes.iter().zip(ids).filter(goes).map(|(hash, _)| *hash).collect();
            part.extend(hashes.iter().zip(ids).filter(goes).map(|(_, id)| *id));
            Some(part.into())
        };
        *self.leaves.at_mut(turn) = part(false);
        *self.leaves.at_mut(self.leaf_count as usize) = part(true);
        self.leaf_count += 1;
    }
}

impl Open {
    fn get(&self, at: usize) -> Option<&[u8]> {
        let start = if at == 0 { 0 } else { *self.ends.get(at - 1)? as usize };
        self.text.get(start..*self.ends.get(at)? as usize)
    }
}

/// The leaf of a hash, where so many are there.
#[inline]
fn place(hash: u32, leaves: u32) -> u32 {
    let bit = 1u32 << leaves.ilog2();
    let wide = hash & (bit * 2 - 1);
    if wide < leaves { wide } else { wide & (bit - 1) }
}

/// A leaf is the lower halves of hashes, and their numbers.
fn halves(leaf: Option<&[u32]>) -> (&[u32], &[u32]) {
    leaf.and_then(|leaf| leaf.split_at_checked(leaf.len() / 2)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_number_and_every_number_its_name_while_older_versions_stay() {
        let mut names = Names::new(HashKey::fresh());
        let mut earlier = Vec::new();
        for n in 0..5_000u32 {
            let name = format!("ärger/{}-{n}", "x".repeat(n as usize % 50));
            assert_eq!(names.intern(&name), n + 1);
            assert_eq!(names.intern(&name), n + 1);
            if n % 777 == 0 {
                earlier.push((n, name, names.clone()));
            }
        }
        for n in 0..5_000u32 {
            let name = format!("ärger/{}-{n}", "x".repeat(n as usize % 50));
            assert_eq!(names.find(&name), Some(n + 1));
            assert_eq!(names.get(n + 1), Some(name.as_str()));
        }
        for (n, name, old) in earlier {
            assert_eq!((old.len(), old.find(&name)), (n + 2, Some(n + 1)));
            assert_eq!(old.get(n + 2), None);
        }
        assert_eq!((names.find("*"), names.find("nobody")), (Some(STAR), None));
    }
}
