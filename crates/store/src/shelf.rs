//! Records in memory: found by a key that stands in them, and listed in order within their organization.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hash};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use chancery_kernel::{Cursor, OrgId, Page, PageRequest};
use chancery_model::Noun;
use hashbrown::HashTable;

use crate::mixer::{ById, Mixer};

/// Records by a key that is read from them: a map would hold each key twice, which with millions of records is half
/// of what it weighs.
pub struct Keyed<N, K> {
    rows: HashTable<Arc<N>>,
    key: fn(&N) -> K,
}

fn hash<K: Hash>(key: &K) -> u64 {
    BuildHasherDefault::<Mixer>::default().hash_one(key)
}

impl<N, K: Hash + Eq> Keyed<N, K> {
    pub fn by(key: fn(&N) -> K) -> Self {
        Self { rows: HashTable::new(), key }
    }

    pub fn get(&self, key: &K) -> Option<&Arc<N>> {
        self.rows.find(hash(key), |row| (self.key)(row) == *key)
    }

    /// Puts a record in the place of the one with its key, if there is one.
    pub fn put(&mut self, record: Arc<N>) {
        let key = (self.key)(&record);
        match self.rows.find_mut(hash(&key), |row| (self.key)(row) == key) {
            Some(row) => *row = record,
            None => {
                self.rows.insert_unique(hash(&key), record, |row| hash(&(self.key)(row)));
            }
        }
    }

    pub fn remove(&mut self, key: &K) {
        if let Ok(found) = self.rows.find_entry(hash(key), |row| (self.key)(row) == *key) {
            found.remove();
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<N>> {
        self.rows.iter()
    }
}

/// All records of one noun.
pub struct Shelf<N: Noun> {
    by_id: Keyed<N, N::Id>,
    order: ById<OrgId, BTreeSet<N::Id>>,
}

impl<N: Noun> Default for Shelf<N> {
    fn default() -> Self {
        Self { by_id: Keyed::by(N::id), order: ById::default() }
    }
}

impl<N: Noun> Shelf<N> {
    /// The record, if it belongs to this organization: unknown and foreign look the same.
    pub fn find(&self, org: OrgId, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id).filter(|n| n.org() == org)
    }

    /// The record whatever its organization: for ids that a credential proved, such as an authenticated client's.
    pub fn find_anywhere(&self, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All records of one organization, oldest first.
    pub fn of(&self, org: OrgId) -> impl Iterator<Item = &Arc<N>> {
        self.after(org, None)
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<N>> {
        self.by_id.all()
    }

    fn after(&self, org: OrgId, after: Option<N::Id>) -> impl Iterator<Item = &Arc<N>> {
        let from = after.map_or(Unbounded, Excluded);
        let ids = self.order.get(&org).into_iter().flat_map(move |ids| ids.range((from, Unbounded)));
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// One page of an organization's records that pass the filter.
    pub fn page(&self, org: OrgId, request: &PageRequest, keep: impl Fn(&N) -> bool) -> Option<Page<Arc<N>>>
    where
        N::Id: std::str::FromStr,
    {
        let after = match &request.after {
            Some(cursor) => Some(cursor.0.parse::<N::Id>().ok()?),
            None => None,
        };
        let mut items: Vec<Arc<N>> =
            self.after(org, after).filter(|n| keep(n)).take(request.limit + 1).cloned().collect();
        let more = items.len() > request.limit;
        items.truncate(request.limit);
        let next = items.last().filter(|_| more).map(|n| Cursor(n.id().to_string()));
        Some(Page { items, next })
    }

    pub(crate) fn put(&mut self, record: Arc<N>) {
        self.order.entry(record.org()).or_default().insert(record.id());
        self.by_id.put(record);
    }

    pub(crate) fn remove(&mut self, record: &N) {
        if let Some(ids) = self.order.get_mut(&record.org()) {
            ids.remove(&record.id());
        }
        self.by_id.remove(&record.id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_takes_the_place_of_the_one_with_its_key_and_can_be_removed() {
        let mut keyed: Keyed<(u64, &str), u64> = Keyed::by(|row| row.0);
        for n in 0..1_000 {
            keyed.put(Arc::new((n, "first")));
        }
        keyed.put(Arc::new((7, "second")));
        keyed.remove(&8);
        keyed.remove(&5_000);
        assert_eq!(keyed.len(), 999);
        assert_eq!(keyed.get(&7).map(|row| row.1), Some("second"));
        assert_eq!(keyed.get(&9).map(|row| row.1), Some("first"));
        assert!(keyed.get(&8).is_none());
    }
}
