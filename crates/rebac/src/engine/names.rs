//! The ids of one type: a name for each number, a number for each name. Numbers are given out once and stay.
//!
//! Names stand in sealed pages of 64 and one open page; the way back is a hash table that grows by one leaf at a time
//! (linear hashing), so that no single write pays for the growth of all.

use std::sync::Arc;

use super::hash::HashKey;
use super::radix::Radix;

/// The number of `*`, which stands for every object of the type.
pub(super) const STAR: u32 = 0;

const PAGE: usize = 64;
const HEAD: usize = PAGE * 4;
/// Names in a leaf, on average.
const LOAD: u32 = 32;

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
    fn find_hashed(&self, name: &str, hash: u64) -> Option<u32> {
        let leaf = self.leaves.get(place(hash, self.leaf_count) as usize)?.as_deref()?;
        let (tags, ids) = leaf.split_at_checked(leaf.len() - leaf.len() * 2 / 3)?;
        let wanted = tag(hash);
        for (pair, word) in tags.iter().enumerate() {
            for (half, found) in [*word as u16, (*word >> 16) as u16].into_iter().enumerate() {
                if found != wanted {
                    continue;
                }
                if let Some(id) = ids.get(pair * 2 + half)
                    && self.bytes(*id) == Some(name.as_bytes())
                {
                    return Some(*id);
                }
            }
        }
        None
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
        let leaf = self.leaves.at_mut(place(hash, self.leaf_count) as usize);
        let mut entries = leaf.as_deref().map(entries).unwrap_or_default();
        entries.push((tag(hash), id));
        *leaf = Some(packed(&entries));
    }

    /// Makes one more leaf, and shares out to it from the one whose turn it is.
    fn split(&mut self) {
        let bit = 1 << self.leaf_count.ilog2();
        let turn = self.leaf_count - bit;
        let old = self.leaves.get(turn as usize).and_then(|leaf| leaf.as_deref().map(entries));
        let goes = |id: u32| self.get(id).is_some_and(|name| self.key.hash(name) & u64::from(bit) != 0);
        let (moved, stays): (Vec<_>, Vec<_>) =
            old.unwrap_or_default().into_iter().partition(|(_, id)| goes(*id));
        *self.leaves.at_mut(turn as usize) = Some(packed(&stays));
        *self.leaves.at_mut(self.leaf_count as usize) = Some(packed(&moved));
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
fn place(hash: u64, leaves: u32) -> u32 {
    let bit = 1u32 << leaves.ilog2();
    let wide = hash as u32 & (bit * 2 - 1);
    if wide < leaves { wide } else { wide & (bit - 1) }
}

#[inline]
fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// A leaf is its tags, two in a word, and its numbers.
fn entries(leaf: &[u32]) -> Vec<(u16, u32)> {
    let (tags, ids) = leaf.split_at(leaf.len() - leaf.len() * 2 / 3);
    let tags = tags.iter().flat_map(|word| [*word as u16, (*word >> 16) as u16]);
    tags.zip(ids.iter().copied()).collect()
}

fn packed(entries: &[(u16, u32)]) -> Arc<[u32]> {
    let pair = |pair: &[(u16, u32)]| pair.iter().rev().fold(0, |word, (tag, _)| word << 16 | u32::from(*tag));
    entries.chunks(2).map(pair).chain(entries.iter().map(|(_, id)| *id)).collect::<Vec<_>>().into()
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
