//! The keyed hash of names: short strings, many times a request, chosen by strangers.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A key that no stranger knows, so that nobody can choose names that meet in one place. Readings go in its order (see
/// [`super::matches`]): graphs that are read on from one to the other need the same.
#[derive(Clone, Copy)]
pub struct HashKey(u64, u64);

impl Default for HashKey {
    fn default() -> Self {
        Self::fresh()
    }
}

impl From<[u8; 16]> for HashKey {
    fn from(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        Self(key as u64, (key >> 64) as u64 | 1)
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

impl HashKey {
    /// A new one, from what the standard library seeds its own maps with.
    pub(super) fn fresh() -> Self {
        let state = RandomState::new();
        let word = |salt: u8| {
            let mut hasher = state.build_hasher();
            hasher.write_u8(salt);
            hasher.finish()
        };
        Self(word(1), word(2) | 1)
    }

    /// The half by which a name has its bucket, read backwards: buckets that split are neighbours in this order.
    pub(super) fn turned(self, name: &str) -> u32 {
        (self.hash(name) as u32).reverse_bits()
    }

    #[inline]
    pub(super) fn hash(self, name: &str) -> u64 {
        let (words, rest) = name.as_bytes().as_chunks::<8>();
        let mut state = self.0 ^ (name.len() as u64).wrapping_mul(MIX);
        for word in words {
            state = fold(state ^ u64::from_le_bytes(*word), self.1);
        }
        let last = rest.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        fold(fold(state ^ last, self.1), MIX ^ self.0)
    }
}

/// Both halves of the product: every bit of the one meets every bit of the other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// The same for the standard library's maps.
impl BuildHasher for HashKey {
    type Hasher = Keyed;

    #[inline]
    fn build_hasher(&self) -> Keyed {
        Keyed { key: *self, state: self.0 }
    }
}

pub struct Keyed {
    key: HashKey,
    state: u64,
}

impl Hasher for Keyed {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.write_u64(rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.state = fold(self.state ^ word, self.key.1);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    #[inline]
    fn finish(&self) -> u64 {
        fold(self.state, MIX ^ self.key.0)
    }
}
