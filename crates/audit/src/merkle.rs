//! The log as a Merkle tree (RFC 6962 §2.1): leaves are hashed behind a zero byte, nodes behind a one, so that neither
//! can be passed for the other.

mod proof;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};

pub use proof::{
    Node, consistency_proof, inclusion_proof, node_of_leaves, verify_consistency, verify_inclusion,
};

pub type Hash = [u8; 32];

/// Of bytes that events name by their digest.
pub fn sha256(bytes: &[u8]) -> Hash {
    // SHA-256 has 32 bytes; the conversion cannot fail.
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or([0; 32])
}

/// MTH({d}) of RFC 6962 §2.1.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    // One call over a copy is a fifth faster than two calls over the parts.
    let mut input = Vec::with_capacity(entry.len() + 1);
    input.push(0);
    input.extend_from_slice(entry);
    sha256(&input)
}

/// The hash over two subtrees (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [1; 65];
    if let (_, [first, second]) = input.as_rchunks_mut::<32>() {
        (*first, *second) = (*left, *right);
    }
    sha256(&input)
}

/// The hash of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// A tree reduced to its right edge: the roots of its perfect subtrees, the largest first, one for each bit of the
/// size. Enough to append and to know the root, in at most 64 hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Frontier {
    pub const fn new() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn append(&mut self, leaf: Hash) {
        self.append_seen(leaf, |_, _| ());
    }

    /// Appends, and hands over every perfect subtree that this leaf completes, the leaf itself first. Whoever keeps
    /// these can answer proofs about any tree of the log without reading the entries again.
    pub fn append_seen(&mut self, leaf: Hash, completed: impl FnMut(Node, &Hash)) {
        self.grow(0, leaf, completed);
    }

    /// Appends a stretch of leaves that was hashed elsewhere; false, and nothing done, unless it begins where this
    /// tree ends.
    #[must_use]
    pub fn join(&mut self, stretch: &Stretch) -> bool {
        if stretch.start != self.size {
            return false;
        }
        // Each subtree begins at a multiple of its own width, so the one before it is complete below that width.
        stretch.nodes.iter().for_each(|(level, hash)| self.grow(*level, *hash, |_, _| ()));
        true
    }

    fn grow(&mut self, level: u8, hash: Hash, mut completed: impl FnMut(Node, &Hash)) {
        let (mut node, mut hash) = (Node { level, index: self.size >> level }, hash);
        completed(node, &hash);
        // As in adding one to a binary number: every trailing one-bit carries.
        while node.index & 1 == 1 {
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(&left, &hash);
            node = node.parent();
            completed(node, &hash);
        }
        self.edge.push(hash);
        self.size += 1 << level;
    }

    /// MTH of RFC 6962 §2.1.
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.edge.iter().rev().copied();
        match smallest_first.next() {
            None => empty_root(),
            Some(last) => smallest_first.fold(last, |right, left| node_hash(&left, &right)),
        }
    }

    /// Size in eight bytes, big end first, then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 32 * self.edge.len());
        out.extend_from_slice(&self.size.to_be_bytes());
        self.edge.iter().for_each(|hash| out.extend_from_slice(hash));
        out
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, hashes) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (edge, rest) = hashes.as_chunks::<32>();
        let fits = rest.is_empty() && edge.len() == usize::try_from(size.count_ones()).ok()?;
        fits.then(|| Self { size, edge: edge.to_vec() })
    }
}

/// Consecutive leaves from anywhere in a tree, reduced to the perfect subtrees that they fill: what one of several
/// threads can compute without knowing the leaves before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    start: u64,
    end: u64,
    /// Left to right, without a gap.
    nodes: Vec<(u8, Hash)>,
}

impl Stretch {
    /// An empty stretch whose first leaf will be `start`, counted from zero.
    pub const fn at(start: u64) -> Self {
        Self { start, end: start, nodes: Vec::new() }
    }

    /// One past the last leaf.
    pub const fn end(&self) -> u64 {
        self.end
    }

    pub fn append(&mut self, leaf: Hash) {
        let (mut node, mut hash) = (Node { level: 0, index: self.end }, leaf);
        // The sibling to the left is the last subtree here, unless it begins before the stretch does.
        while node.index & 1 == 1 && (node.index - 1) << node.level >= self.start {
            let Some((_, left)) = self.nodes.pop() else { break };
            hash = node_hash(&left, &hash);
            node = node.parent();
        }
        self.nodes.push((node.level, hash));
        self.end += 1;
    }
}
