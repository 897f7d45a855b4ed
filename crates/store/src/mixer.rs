//! A quick hash for keys that nobody chooses to collide: ids, which this server makes with their random half at the end,
//! and addresses of our own binary. A decision looks up two dozen of them. What strangers word is hashed by the standard
//! library's keyed hash instead.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Mixes machine words by multiplication.
#[derive(Default)]
pub struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        // The upper bits are mixed best, and the map picks its place by the lower ones.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.write_u64(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

pub type ById<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::id::timed_uuid;
    use chancery_kernel::{AgentId, AppId, Id, Timestamp};
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    /// Fresh ids, made in one millisecond with little to tell them apart, spread as chance would spread them.
    #[test]
    fn ids_and_pairs_of_them_spread_over_all_places() {
        let build = BuildHasherDefault::<Mixer>::default();
        let app = AppId::from_uuid(timed_uuid(Timestamp::from_seconds(1), [7; 10]));
        let (mut alone, mut paired) = (HashSet::new(), HashSet::new());
        for n in 0..65_536u32 {
            let [a, b, c, d] = n.to_be_bytes();
            let random = [0, 0, 0, 0, 0, 0, a, b, c, d];
            let agent = AgentId::from_uuid(timed_uuid(Timestamp::from_seconds(2), random));
            alone.insert(build.hash_one(agent) & 0xffff);
            paired.insert(build.hash_one((agent, app)) & 0xffff);
        }
        // Of as many places as there are ids, chance fills 1 - 1/e: 41,427.
        assert!(alone.len() > 36_000 && paired.len() > 36_000, "{} {}", alone.len(), paired.len());
    }
}
