//! What a walk has met: a short list while it is short, a set when it is not.

use std::collections::HashSet;

use super::hash::HashKey;

const SHORT: usize = 24;

pub(super) struct Seen {
    list: Vec<u64>,
    set: HashSet<u64, HashKey>,
}

impl Seen {
    pub(super) fn new(key: HashKey) -> Self {
        Self { list: Vec::with_capacity(SHORT), set: HashSet::with_hasher(key) }
    }

    /// Whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, item: u64) -> bool {
        if self.list.len() < SHORT {
            let new = !self.list.contains(&item);
            if new {
                self.list.push(item);
            }
            return new;
        }
        if self.set.is_empty() {
            self.set.reserve(SHORT * 4);
            self.set.extend(&self.list);
        }
        let new = self.set.insert(item);
        if new {
            self.list.push(item);
        }
        new
    }

    /// In the order in which they were met.
    pub(super) fn list(&self) -> &[u64] {
        &self.list
    }

    pub(super) fn into_list(self) -> Vec<u64> {
        self.list
    }
}

/// Two numbers in one.
#[inline]
pub(super) fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

#[inline]
pub(super) fn parts(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}
