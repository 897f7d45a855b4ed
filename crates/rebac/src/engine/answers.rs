//! Answers to whole questions, found by their text: whoever asks the same again waits for two lines of memory.

use super::hash::HashKey;
use crate::tuple::TupleKey;

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

    /// Where it is kept.
    #[inline]
    pub(super) fn slot(key: &TupleKey, hash: HashKey) -> usize {
        (hash.hash(&key.object) ^ hash.hash(&key.user).rotate_left(23) ^ hash.hash(&key.relation)) as usize
            >> 8
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
}
