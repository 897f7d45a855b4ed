//! Records by keys that stand in them: a map would hold each key twice, which with millions of records is half of what it
//! weighs.

use std::hash::{BuildHasher, BuildHasherDefault, Hash};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::mixer::Mixer;

fn hash<K: Hash>(key: &K) -> u64 {
    BuildHasherDefault::<Mixer>::default().hash_one(key)
}

/// One record for each key.
pub struct Keyed<N, K> {
    rows: HashTable<Arc<N>>,
    key: fn(&N) -> K,
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

/// Any number of records for each key, in no order; a record whose key is `None` is not kept. Two are the same record if
/// they have the same id.
pub struct Grouped<N, K, I> {
    rows: HashTable<Arc<N>>,
    key: fn(&N) -> Option<K>,
    id: fn(&N) -> I,
}

impl<N, K: Hash + Eq, I: Eq> Grouped<N, K, I> {
    pub fn by(key: fn(&N) -> Option<K>, id: fn(&N) -> I) -> Self {
        Self { rows: HashTable::new(), key, id }
    }

    pub fn of(&self, key: K) -> impl Iterator<Item = &Arc<N>> {
        self.rows.iter_hash(hash(&key)).filter(move |row| (self.key)(row).is_some_and(|k| k == key))
    }

    /// Puts a record. One that stood under another key has to be removed first.
    pub fn put(&mut self, record: Arc<N>) {
        let Some(key) = (self.key)(&record) else { return };
        let id = (self.id)(&record);
        match self.rows.find_mut(hash(&key), |row| (self.id)(row) == id) {
            Some(row) => *row = record,
            None => {
                let again = |row: &Arc<N>| (self.key)(row).map_or(0, |key| hash(&key));
                self.rows.insert_unique(hash(&key), record, again);
            }
        }
    }

    pub fn remove(&mut self, record: &N) {
        let Some(key) = (self.key)(record) else { return };
        let id = (self.id)(record);
        if let Ok(found) = self.rows.find_entry(hash(&key), |row| (self.id)(row) == id) {
            found.remove();
        }
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

    #[test]
    fn records_of_one_key_stand_side_by_side_and_those_without_are_left_out() {
        let mut grouped: Grouped<(u64, Option<u64>, &str), u64, u64> = Grouped::by(|row| row.1, |row| row.0);
        for n in 0..1_000 {
            grouped.put(Arc::new((n, (n % 3 != 0).then_some(n % 10), "first")));
        }
        let ids = |grouped: &Grouped<_, _, _>, key| {
            let mut ids: Vec<u64> = grouped.of(key).map(|row: &Arc<(u64, _, _)>| row.0).collect();
            ids.sort_unstable();
            ids
        };
        let sevens: Vec<u64> = (0..1_000).filter(|n| n % 10 == 7 && n % 3 != 0).collect();
        assert_eq!(ids(&grouped, 7), sevens);
        grouped.put(Arc::new((17, Some(7), "second")));
        assert_eq!(ids(&grouped, 7), sevens, "the same record is not kept twice");
        assert!(grouped.of(7).any(|row| row.2 == "second"));
        grouped.remove(&(17, Some(7), "second"));
        assert_eq!(ids(&grouped, 7).len(), sevens.len() - 1);
        assert!(ids(&grouped, 10).is_empty());
    }
}
