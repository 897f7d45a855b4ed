//! Proofs that an entry is in a tree, and that a tree is the beginning of another (RFC 6962 §2.1.1, §2.1.2); checked
//! as RFC 9162 §2.1.3.2 and §2.1.4.2 describe, step by step.

use super::{Hash, empty_root, node_hash};

/// A perfect subtree: its leaves are `index << level .. (index + 1) << level`, counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    pub level: u8,
    pub index: u64,
}

impl Node {
    /// The subtree of which this is one half.
    #[must_use]
    pub const fn parent(self) -> Self {
        Self { level: self.level + 1, index: self.index >> 1 }
    }

    /// Its two halves; none of a leaf.
    pub const fn children(self) -> Option<[Self; 2]> {
        if self.level == 0 {
            return None;
        }
        let (level, index) = (self.level - 1, self.index * 2);
        Some([Self { level, index }, Self { level, index: index + 1 }])
    }

    /// Its leaves, counted from zero, and one past them.
    pub const fn leaves(self) -> std::ops::Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }
}

/// Computes a perfect subtree from the leaf hashes, for logs small enough to hold them all.
pub fn node_of_leaves(leaves: &[Hash], node: Node) -> Option<Hash> {
    let Some([left, right]) = node.children() else {
        return leaves.get(usize::try_from(node.index).ok()?).copied();
    };
    Some(node_hash(&node_of_leaves(leaves, left)?, &node_of_leaves(leaves, right)?))
}

/// PATH(index, D[size]): `nodes` answers for any perfect subtree within the tree. `None` where the tree has no such
/// leaf.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut nodes: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(middle, end, &mut nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut nodes)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// PROOF(old, D[new]). `None` where the old tree is larger than the new.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    mut nodes: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old > new {
        return Ok(None);
    }
    let mut path = Vec::new();
    if old == 0 {
        return Ok(Some(path));
    }
    let (mut start, mut end) = (0, new);
    // The old tree's edge within the subtree at hand; SUBPROOF's flag is `start == 0`.
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range(middle, end, &mut nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut nodes)?);
            start = middle;
        }
    }
    if start != 0 {
        path.push(range(start, end, &mut nodes)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `proof` shows the leaf at `index` of the tree of `size` leaves with this root (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(step, &hash);
            skip_to_left_turn(&mut at, &mut last);
        } else {
            hash = node_hash(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the old tree is the beginning of the new one (RFC 9162 §2.1.4.2).
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old >= new {
        return old == new && proof.is_empty() && old_root == new_root;
    }
    // A perfect old tree is itself the first step, and is not sent.
    let mut steps = old.is_power_of_two().then_some(old_root).into_iter().chain(proof);
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let Some(first) = steps.next() else { return false };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node_hash(step, &old_hash);
            new_hash = node_hash(step, &new_hash);
            skip_to_left_turn(&mut at, &mut last);
        } else {
            new_hash = node_hash(&new_hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// Climbs while the node is a last one without a sibling: such levels have no step in the proof.
fn skip_to_left_turn(at: &mut u64, last: &mut u64) {
    while *at & 1 == 0 && *at != 0 {
        *at >>= 1;
        *last >>= 1;
    }
}

/// The largest power of two below `leaves`, which is at least 2.
fn split(leaves: u64) -> u64 {
    1 << (u64::BITS - 1 - (leaves - 1).leading_zeros())
}

/// MTH(D[start:end]); ranges of the recursion start at a multiple of the power of two that covers them.
fn range<E>(start: u64, end: u64, nodes: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let leaves = end - start;
    if leaves.is_power_of_two() {
        let level = leaves.trailing_zeros();
        return nodes(Node { level: level as u8, index: start >> level });
    }
    let middle = start + split(leaves);
    // The left half is perfect and needs no recursion, so the depth is bounded by the bits of the size.
    let left = range(start, middle, nodes)?;
    let right = range(middle, end, nodes)?;
    Ok(node_hash(&left, &right))
}
