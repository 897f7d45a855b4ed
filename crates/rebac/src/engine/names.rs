//! The ids of one type: a name for each number, a number for each name. Numbers are given out once and stay.
//!
//! Names stand in sealed pages of 512 and one open page; the way back is a hash table that grows by one bucket at a time
//! (linear hashing), so that no single write pays for the growth of all. A bucket is one line of the processor's cache; the
//! few names that find no place in theirs stand beside it.

use std::hint::black_box;
use std::sync::Arc;

use super::hash::HashKey;
use super::radix::Radix;

/// The number of `*`, which stands for every object of the type.
pub(super) const STAR: u32 = 0;

const PAGE: usize = 512;
const HEAD: usize = PAGE * 4;
/// Names in a bucket, at most on average; and those that have a place in it.
const LOAD: u32 = 4;
const PLACES: usize = 8;
/// Names that are reached for together.
const TOGETHER: usize = 16;
/// No name's number.
const NONE: u32 = u32::MAX;

#[derive(Clone)]
pub(super) struct Names {
    key: HashKey,
    count: u32,
    sealed: Radix<Option<Arc<[u8]>>>,
    open: Arc<Open>,
    buckets: Radix<Bucket>,
    bucket_count: u32,
    /// What found no place in its bucket: hashes, and as many numbers.
    beside: Radix<Option<Arc<[u32]>>>,
}

/// The lower halves of hashes, and the numbers of the names that have them; those without a name come last.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Bucket {
    hashes: [u32; PLACES],
    ids: [u32; PLACES],
}

impl Default for Bucket {
    fn default() -> Self {
        Self { hashes: [0; PLACES], ids: [NONE; PLACES] }
    }
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
            buckets: Radix::default(),
            bucket_count: 1,
            beside: Radix::default(),
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

    /// Has the bucket of a hash come into the processor's cache: for those who look up several at once.
    #[inline]
    pub(super) fn reach_for(&self, hash: u64) {
        self.bucket(hash).inspect(|bucket| bucket.reach_for());
    }

    #[inline]
    pub(super) fn find_hashed(&self, name: &str, hash: u64) -> Option<u32> {
        self.with_hash(hash).find(|id| self.is(*id, name))
    }

    /// Whether a name has this number.
    #[inline]
    pub(super) fn is(&self, id: u32, name: &str) -> bool {
        self.bytes(id) == Some(name.as_bytes())
    }

    /// The number of a name that was guessed.
    #[inline]
    pub(super) fn confirm(&self, name: &str, hash: u64, guess: u32) -> Option<u32> {
        if self.is(guess, name) { Some(guess) } else { self.find_hashed(name, hash) }
    }

    /// The number that a name of this hash most likely has.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> Option<u32> {
        self.guess_in(self.bucket(hash)?, hash)
    }

    /// The same by the bucket of the hash.
    #[inline]
    pub(super) fn guess_in(&self, bucket: &Bucket, hash: u64) -> Option<u32> {
        bucket.guess(hash as u32).or_else(|| self.with_hash(hash).next())
    }

    /// The page of a number's name, if it is sealed.
    #[inline]
    pub(super) fn page(&self, id: u32) -> Option<Sealed<'_>> {
        self.sealed.get(id as usize / PAGE)?.as_deref().map(Sealed)
    }

    /// The numbers of the names whose hash this may be.
    fn with_hash(&self, hash: u64) -> impl Iterator<Item = u32> {
        let (own, beside) = (self.bucket(hash), self.beside(hash));
        let own = own.into_iter().flat_map(|bucket| bucket.hashes.iter().zip(&bucket.ids));
        let all = own.chain(beside.0.iter().zip(beside.1));
        all.filter(move |(one, id)| **one == hash as u32 && **id != NONE).map(|(_, id)| *id)
    }

    /// Where the names of a hash are to be found.
    #[inline]
    pub(super) fn bucket(&self, hash: u64) -> Option<&Bucket> {
        self.buckets.get(place(hash as u32, self.bucket_count) as usize)
    }

    /// What stands beside a bucket that is full.
    #[inline]
    fn beside(&self, hash: u64) -> (&[u32], &[u32]) {
        let full = self.bucket(hash).is_some_and(|bucket| bucket.ids[PLACES - 1] != NONE);
        let at = place(hash as u32, self.bucket_count) as usize;
        halves(if full { self.beside.get(at).and_then(Option::as_deref) } else { None })
    }

    /// The numbers of the names from one turned hash on, in the order of [`HashKey::turned`] and of the names that share one. It is
    /// that of every table with this key, however many names are in it, and takes no more room than the table.
    pub(super) fn turned_from(&self, turned: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut next = Some(turned);
        let buckets = std::iter::from_fn(move || {
            let from = next?;
            let at = place(from.reverse_bits(), self.bucket_count);
            next = behind(from, width(at, self.bucket_count));
            let mut all: Vec<_> = self.in_bucket(at as usize).filter(|(turned, _)| *turned >= from).collect();
            all.sort_unstable_by_key(|(turned, id)| (*turned, self.get(*id)));
            Some(all)
        });
        buckets.flatten()
    }

    fn in_bucket(&self, at: usize) -> impl Iterator<Item = (u32, u32)> {
        let own = self.buckets.get(at).into_iter().flat_map(|bucket| bucket.hashes.iter().zip(&bucket.ids));
        let (hashes, ids) = halves(self.beside.get(at).and_then(Option::as_deref));
        let all = own.chain(hashes.iter().zip(ids)).filter(|(_, id)| **id != NONE);
        all.map(|(hash, id)| (hash.reverse_bits(), *id))
    }

    pub(super) fn get(&self, id: u32) -> Option<&str> {
        std::str::from_utf8(self.bytes(id)?).ok()
    }

    /// The names of many numbers, one after the other, as bytes: each is text.
    pub(super) fn each(&self, ids: &[u32], mut give: impl FnMut(u32, Option<&[u8]>)) {
        for ids in ids.chunks(TOGETHER) {
            let sealed = || ids.iter().filter_map(|id| Some((self.page(*id)?, *id)));
            sealed().for_each(|(page, id)| page.reach_for(id));
            ids.iter().for_each(|id| give(*id, self.bytes(*id)));
        }
    }

    #[inline]
    fn bytes(&self, id: u32) -> Option<&[u8]> {
        match self.page(id) {
            Some(sealed) => sealed.get(id),
            None if id as usize / PAGE == self.count as usize / PAGE => self.open.get(id as usize % PAGE),
            None => None,
        }
    }

    pub(super) fn intern(&mut self, name: &str) -> u32 {
        self.intern_hashed(name, self.key.hash(name))
    }

    pub(super) fn intern_hashed(&mut self, name: &str, hash: u64) -> u32 {
        if let Some(known) = self.find_hashed(name, hash) {
            return known;
        }
        let id = self.count;
        self.append(name);
        self.enter(hash, id);
        if self.count > self.bucket_count * LOAD {
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
        let at = place(hash as u32, self.bucket_count) as usize;
        self.put(at, hash as u32, id);
    }

    fn put(&mut self, at: usize, hash: u32, id: u32) {
        let bucket = self.buckets.at_mut(at);
        let mut places = bucket.hashes.iter_mut().zip(&mut bucket.ids);
        if let Some((own, free)) = places.find(|(_, id)| **id == NONE) {
            (*own, *free) = (hash, id);
            return;
        }
        let beside = self.beside.at_mut(at);
        let (hashes, ids) = halves(beside.as_deref());
        let new = hashes.iter().copied().chain([hash]).chain(ids.iter().copied()).chain([id]);
        *beside = Some(new.collect());
    }

    /// Makes one more bucket, and shares out to it from the one whose turn it is.
    fn split(&mut self) {
        let bit = 1 << self.bucket_count.ilog2();
        let (turn, new) = ((self.bucket_count - bit) as usize, self.bucket_count as usize);
        let old = std::mem::take(self.buckets.at_mut(turn));
        let beside = match self.beside.get(turn) {
            Some(Some(_)) => self.beside.at_mut(turn).take(),
            _ => None,
        };
        self.bucket_count += 1;
        let (hashes, ids) = halves(beside.as_deref());
        let all = old.hashes.iter().zip(&old.ids).chain(hashes.iter().zip(ids));
        for (hash, id) in all.filter(|(_, id)| **id != NONE) {
            self.put(if hash & bit != 0 { new } else { turn }, *hash, *id);
        }
    }
}

impl Bucket {
    /// Has it come into the processor's cache.
    #[inline]
    pub(super) fn reach_for(&self) {
        black_box(self.ids[0]);
    }

    /// The first with this hash; without a branch for each, which nobody could foretell.
    #[inline]
    fn guess(&self, hash: u32) -> Option<u32> {
        let same = |(at, one): (usize, &u32)| u32::from(*one == hash) << at;
        let mask = self.hashes.iter().enumerate().map(same).fold(0, |all, one| all | one);
        self.ids.get(mask.trailing_zeros() as usize).copied().filter(|id| *id != NONE)
    }
}

/// The names of a page's numbers: where each ends, and the text of all.
#[derive(Clone, Copy)]
pub(super) struct Sealed<'n>(&'n [u8]);

impl<'n> Sealed<'n> {
    #[inline]
    fn get(self, id: u32) -> Option<&'n [u8]> {
        let at = id as usize % PAGE;
        let end = |at: usize| {
            let word = self.0.get(at * 4..at * 4 + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
        };
        let start = if at == 0 { 0 } else { end(at - 1)? };
        self.0.get(HEAD + start..HEAD + end(at)?)
    }

    /// Has the place of a name come into the processor's cache, and at the same time the line in which the name itself is where
    /// all of the page are about as long.
    #[inline]
    pub(super) fn reach_for(self, id: u32) {
        let at = id as usize % PAGE;
        let guess = HEAD + (self.0.len() - HEAD) * at / PAGE;
        black_box([at * 4, guess].map(|at| self.0.get(at).copied()));
    }

    /// The same of the name itself, once it is clear where that is.
    #[inline]
    pub(super) fn reach_for_text(self, id: u32) {
        black_box(self.get(id).and_then(|text| text.first().copied()));
    }
}

impl Open {
    fn get(&self, at: usize) -> Option<&[u8]> {
        let start = if at == 0 { 0 } else { *self.ends.get(at - 1)? as usize };
        self.text.get(start..*self.ends.get(at)? as usize)
    }
}

/// The bucket of a hash, where so many are there.
#[inline]
fn place(hash: u32, buckets: u32) -> u32 {
    let bit = 1u32 << buckets.ilog2();
    let wide = hash & (bit * 2 - 1);
    if wide < buckets { wide } else { wide & (bit - 1) }
}

/// How many bits of a hash decide that it belongs into a bucket.
fn width(at: u32, buckets: u32) -> u32 {
    let bits = buckets.ilog2();
    bits + u32::from(at >= 1 << bits || at < buckets - (1 << bits))
}

/// The first turned hash of the next bucket.
fn behind(turned: u32, width: u32) -> Option<u32> {
    let shift = 32 - width;
    u32::try_from(((u64::from(turned) >> shift) + 1) << shift).ok()
}

/// Hashes, and as many numbers.
fn halves(beside: Option<&[u32]>) -> (&[u32], &[u32]) {
    beside.and_then(|beside| beside.split_at_checked(beside.len() / 2)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_number_and_every_number_its_name_while_older_versions_stay() {
        let mut names = Names::new(HashKey::fresh());
        let mut earlier = Vec::new();
        for n in 0..50_000u32 {
            let name = format!("ärger/{}-{n}", "x".repeat(n as usize % 50));
            assert_eq!(names.intern(&name), n + 1);
            assert_eq!(names.intern(&name), n + 1);
            if n % 7_777 == 0 {
                earlier.push((n, name, names.clone()));
            }
        }
        for n in 0..50_000u32 {
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

    #[test]
    fn names_are_walked_through_in_one_order_however_many_there_are_and_in_whatever_order_they_came() {
        let (key, name) = (HashKey::fresh(), |n: u32| format!("name-{n}"));
        let in_order = |names: &Names, from| -> Vec<String> {
            names.turned_from(from).map(|(_, id)| names.get(id).unwrap().to_owned()).collect()
        };
        for count in [0, 1, 3, 4, 5, 63, 64, 1_000, 1_025, 5_000] {
            let (mut names, mut others) = (Names::new(key), Names::new(key));
            (0..count).map(name).for_each(|name| assert!(names.intern(&name) > STAR));
            (0..count * 2).rev().map(name).for_each(|name| assert!(others.intern(&name) > STAR));
            let all = in_order(&names, 0);
            assert_eq!(all.len(), count as usize + 1, "each once, and the star");
            assert!(all.is_sorted_by_key(|name| (key.turned(name), name.clone())));
            let known = |name: &String| names.find(name).is_some();
            assert_eq!(in_order(&others, 0).into_iter().filter(known).collect::<Vec<_>>(), all);
            let (at, half) = (all.len() / 2, &all[all.len() / 2]);
            let rest = in_order(&names, key.turned(half));
            assert!(rest.ends_with(&all[at..]) && rest.len() <= all.len() - at + 1, "{count}");
        }
    }
}
