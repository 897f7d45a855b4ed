//! Tokens whose signature was already checked. An agent uses one token for many calls; checking the signature each
//! time would cost more than everything else together. Marks and expiry are *not* cached: they are checked each time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::Caller;

/// A token that was verified once.
#[derive(Debug)]
pub(crate) struct Entry {
    pub caller: Caller,
    /// What marks may name it by.
    pub mark_keys: Vec<String>,
    pub exp: i64,
    pub involves_agent: bool,
}

/// Bounded, in two generations: when the young one is full it becomes the old one, and the old one goes. What is in
/// use moves back to the young one, so no list has to be kept in order.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<[u8; 32], Arc<Entry>>,
    old: HashMap<[u8; 32], Arc<Entry>>,
}

/// Entries per generation.
const GENERATION: usize = 4096;

impl Cache {
    pub(crate) fn find(&self, token: &[u8; 32]) -> Option<Arc<Entry>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = held.young.get(token) {
            return Some(Arc::clone(entry));
        }
        let entry = held.old.remove(token)?;
        held.put(*token, Arc::clone(&entry));
        Some(entry)
    }

    pub(crate) fn put(&self, token: [u8; 32], entry: Arc<Entry>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(token, entry);
    }

    /// Forgets everything, when the issuer's keys have changed.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Generations::default();
    }
}

impl Generations {
    fn put(&mut self, token: [u8; 32], entry: Arc<Entry>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(token, entry);
    }
}
