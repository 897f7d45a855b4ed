//! Answers to whole questions, found by their text: whoever asks the same again waits for two lines of memory. What is asked
//! for the first time is only marked, since most of that is never asked again.

use std::sync::atomic::{AtomicU32, Ordering};

use super::cache::Cache;
use super::hash::HashKey;
use crate::tuple::TupleKey;

/// Answers that are kept.
const SLOTS: usize = 1 << 16;

/// What is longer is not remembered.
const LONGEST: usize = 92;

/// A question's three texts with their lengths, one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    bytes: [u8; LONGEST],
    lengths: [u8; 3],
}

impl Text {
    #[inline]
    pub(super) fn of(key: &TupleKey) -> Option<Self> {
        let parts = [key.object.as_bytes(), key.relation.as_bytes(), key.user.as_bytes()];
        let mut text = Self { bytes: [0; LONGEST], lengths: [0; 3] };
        let mut rest = text.bytes.as_mut_slice();
        for (part, length) in parts.into_iter().zip(&mut text.lengths) {
            let (mine, others) = rest.split_at_mut_checked(part.len())?;
            mine.copy_from_slice(part);
            *length = part.len() as u8;
            rest = others;
        }
        Some(text)
    }

    /// Of the whole question; where it is kept follows from it.
    #[inline]
    pub(super) fn hash(key: &TupleKey, hash: HashKey) -> u64 {
        hash.hash(&key.object) ^ hash.hash(&key.user).rotate_left(23) ^ hash.hash(&key.relation)
    }
}

pub(super) struct Answers {
    kept: Cache<Text, bool>,
    /// The upper half of the hash of the last question that was met in a slot.
    met: Box<[AtomicU32]>,
}

impl Default for Answers {
    fn default() -> Self {
        let met = std::iter::repeat_with(AtomicU32::default).take(SLOTS).collect();
        Self { kept: Cache::new(SLOTS, SLOTS, |_| 1), met }
    }
}

impl Answers {
    /// Whether a question of this hash was met before, as far as that is remembered; from now on it was.
    #[inline]
    pub(super) fn meet(&self, hash: u64) -> bool {
        let mark = (hash >> 32) as u32 | 1;
        let Some(last) = self.met.get(hash as usize % SLOTS) else { return false };
        let again = last.load(Ordering::Relaxed) == mark;
        if !again {
            last.store(mark, Ordering::Relaxed);
        }
        again
    }

    #[inline]
    pub(super) fn get(&self, hash: u64, text: &Text, stamp: u64) -> Option<bool> {
        self.kept.get(hash as usize % SLOTS, text, stamp)
    }

    pub(super) fn put(&self, hash: u64, text: Text, stamp: u64, answer: bool) {
        self.kept.put(hash as usize % SLOTS, text, stamp, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_questions_have_one_text() {
        let text =
            |object: &str, relation: &str, user: &str| Text::of(&TupleKey::new(object, relation, user));
        assert!(text("doc:1", "viewer", "user:1") == text("doc:1", "viewer", "user:1"));
        assert!(text("doc:1", "viewer", "user:1") != text("doc:1v", "iewer", "user:1"));
        assert!(text("doc:1", "viewer", "user:1") != text("doc:1", "viewer", "user:1\0"));
        assert!(text(&"x".repeat(90), "viewer", "user:1").is_none());
    }

    #[test]
    fn what_is_asked_again_is_known_again_until_another_takes_its_place() {
        let answers = Answers::default();
        let (one, other) = (7 << 32 | 5, 8 << 32 | 5);
        assert_eq!(
            [one, one, other, one, one].map(|hash| answers.meet(hash)),
            [false, true, false, false, true]
        );
        assert!(!answers.meet(0) && answers.meet(0));
    }
}
