//! A sorted set for ids, which come nearly in order: blocks of neighbours, each full but the last. A tree whose keys come
//! in order leaves half of each node empty.

/// Keys of one block.
const BLOCK: usize = 512;

/// Sorted keys without repeats.
pub struct Ordered<I> {
    /// None is empty, and each block's keys are below the next one's.
    blocks: Vec<Vec<I>>,
}

impl<I> Default for Ordered<I> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<I: Copy + Ord> Ordered<I> {
    /// The block in which this key stands, if anywhere.
    fn block_of(&self, key: &I) -> usize {
        self.blocks.partition_point(|block| block.first().is_some_and(|first| first <= key)).saturating_sub(1)
    }

    pub fn insert(&mut self, key: I) {
        let at = self.block_of(&key);
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(vec![key]);
            return;
        };
        let Err(place) = block.binary_search(&key) else { return };
        if block.len() < BLOCK {
            block.insert(place, key);
            return;
        }
        // Behind a full block begins a new one; in its middle it is parted there.
        let mut upper = block.split_off(place);
        if upper.is_empty() {
            upper.push(key);
        } else {
            block.push(key);
            block.shrink_to_fit();
        }
        self.blocks.insert(at + 1, upper);
    }

    pub fn remove(&mut self, key: &I) {
        let at = self.block_of(key);
        let Some(block) = self.blocks.get_mut(at) else { return };
        if let Ok(place) = block.binary_search(key) {
            block.remove(place);
            if block.is_empty() {
                self.blocks.remove(at);
            }
        }
    }

    /// The keys above this one, or all.
    pub fn after(&self, after: Option<I>) -> impl Iterator<Item = &I> {
        let from = after.map_or(0, |key| self.block_of(&key));
        let blocks = self.blocks.get(from..).unwrap_or_default();
        let passed = after.and_then(|key| blocks.first().map(|block| block.partition_point(|k| *k <= key)));
        blocks.iter().flatten().skip(passed.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Whatever is put in and taken out, in whatever order, it lists what a tree lists.
        #[test]
        fn lists_what_a_tree_lists(
            steps in prop::collection::vec((any::<bool>(), 0u16..3_000), 0..3_000),
            rising in 0u16..2_000,
            after in prop::option::of(0u16..3_000),
        ) {
            let (mut ordered, mut tree) = (Ordered::default(), BTreeSet::new());
            for key in 0..rising {
                ordered.insert(key);
                tree.insert(key);
            }
            for (put, key) in steps {
                if put {
                    ordered.insert(key);
                    tree.insert(key);
                } else {
                    ordered.remove(&key);
                    tree.remove(&key);
                }
            }
            let all: Vec<u16> = ordered.after(None).copied().collect();
            prop_assert_eq!(all, tree.iter().copied().collect::<Vec<_>>());
            let rest: Vec<u16> = ordered.after(after).copied().collect();
            let above = tree.iter().copied().filter(|key| after.is_none_or(|after| *key > after));
            prop_assert_eq!(rest, above.collect::<Vec<_>>());
            prop_assert!(ordered.blocks.iter().all(|block| !block.is_empty() && block.len() <= BLOCK));
        }
    }

    #[test]
    fn keys_that_come_in_order_fill_their_blocks() {
        let mut ordered = Ordered::default();
        for key in 0..10 * BLOCK {
            ordered.insert(key);
        }
        assert_eq!(ordered.blocks.len(), 10);
        assert!(ordered.blocks.iter().all(|block| block.capacity() == BLOCK));
    }
}
