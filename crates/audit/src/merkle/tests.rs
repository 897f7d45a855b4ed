use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::note::hex;

/// The leaves of the reference tests of Certificate Transparency's implementations.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// Their roots, by size.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hashes(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.append(*leaf));
    frontier
}

fn nodes(leaves: &[Hash]) -> impl FnMut(Node) -> Result<Hash, Infallible> {
    |node| Ok(node_of_leaves(leaves, node).unwrap())
}

fn judge(count: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..count).for_each(|n| tree.push(n.to_be_bytes().to_vec()));
    tree
}

fn judged_root(root: &Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new((*root).into(), size)
}

#[test]
fn roots_are_those_of_the_reference_vectors() {
    let mut frontier = Frontier::new();
    assert_eq!(hex(&frontier.root()), ROOTS[0]);
    for (size, leaf) in LEAVES.iter().enumerate() {
        frontier.append(leaf_hash(leaf));
        assert_eq!(hex(&frontier.root()), ROOTS[size + 1], "size {}", size + 1);
    }
}

#[test]
fn a_frontier_survives_its_bytes_and_other_bytes_are_refused() {
    for size in 0..70 {
        let frontier = frontier(&hashes(size));
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes), Some(frontier));
        assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Frontier::from_bytes(&[bytes, vec![0; 32]].concat()), None);
    }
}

#[test]
fn appending_hands_over_every_perfect_subtree_once() {
    let leaves = hashes(64);
    let (mut frontier, mut seen) = (Frontier::new(), Vec::new());
    for leaf in &leaves {
        frontier.append_seen(*leaf, |node, hash| {
            assert_eq!(node_of_leaves(&leaves, node), Some(*hash));
            seen.push(node);
        });
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 127);
}

#[test]
fn a_stretch_joins_only_where_the_tree_ends() {
    let mut tree = frontier(&hashes(5));
    let mut stretch = Stretch::at(6);
    stretch.append(leaf_hash(b"later"));
    assert!(!tree.join(&stretch));
    assert_eq!(tree, frontier(&hashes(5)));
}

#[test]
fn every_small_tree_proves_its_leaves_and_its_beginnings() {
    for size in 0..40u64 {
        let leaves = hashes(size);
        let root = frontier(&leaves).root();
        for index in 0..size {
            let proof = inclusion_proof(index, size, nodes(&leaves)).unwrap().unwrap();
            let leaf = &leaves[index as usize];
            assert!(verify_inclusion(leaf, index, size, &proof, &root));
            assert!(!verify_inclusion(leaf, index + 1, size, &proof, &root));
            assert!(!verify_inclusion(leaf, index, size, &proof, &[0; 32]));
            assert!(!verify_inclusion(leaf, index, size, &[&proof[..], &[[1; 32]]].concat(), &root));
        }
        for old in 0..=size {
            let old_root = frontier(&leaves[..old as usize]).root();
            let proof = consistency_proof(old, size, nodes(&leaves)).unwrap().unwrap();
            assert!(verify_consistency(old, &old_root, size, &root, &proof), "{old} of {size}");
            assert!(!verify_consistency(old, &[3; 32], size, &root, &proof), "{old} of {size}");
            assert!(
                old == 0 || !verify_consistency(old, &old_root, size, &[3; 32], &proof),
                "{old} of {size}"
            );
            assert!(!verify_consistency(old, &old_root, size, &root, &[&proof[..], &[[1; 32]]].concat()));
        }
        assert_eq!(inclusion_proof(size, size, nodes(&leaves)), Ok(None));
        assert_eq!(consistency_proof(size + 1, size, nodes(&leaves)), Ok(None));
    }
}

proptest! {
    #[test]
    fn an_independent_implementation_finds_the_same_root(size in 0u64..600) {
        let root = frontier(&hashes(size)).root();
        let theirs = judge(size).root();
        prop_assert_eq!(root.as_slice(), theirs.as_bytes().as_slice());
    }

    #[test]
    fn leaves_hashed_in_stretches_make_the_same_tree(cuts in proptest::collection::vec(0u64..90, 0..9)) {
        let mut tree = Frontier::new();
        for count in &cuts {
            let mut stretch = Stretch::at(tree.size());
            let leaves = hashes(tree.size() + count);
            leaves.iter().skip(tree.size() as usize).for_each(|leaf| stretch.append(*leaf));
            prop_assert_eq!(stretch.end(), tree.size() + count);
            prop_assert!(tree.join(&stretch));
        }
        prop_assert_eq!(tree, frontier(&hashes(cuts.iter().sum())));
    }

    #[test]
    fn an_independent_implementation_makes_and_accepts_the_same_inclusion_proofs(
        (index, size) in (1u64..400).prop_flat_map(|size| (0..size, Just(size)))
    ) {
        let leaves = hashes(size);
        let root = frontier(&leaves).root();
        let proof = inclusion_proof(index, size, nodes(&leaves)).unwrap().unwrap();
        let theirs = judge(size).prove_inclusion(index as usize);
        prop_assert_eq!(proof.concat(), theirs.as_bytes());
        let ours = InclusionProof::<Sha256>::try_from_bytes(proof.concat()).unwrap();
        let leaf = index.to_be_bytes().to_vec();
        prop_assert!(judged_root(&root, size).verify_inclusion(&leaf, index, &ours).is_ok());
        prop_assert!(verify_inclusion(&leaves[index as usize], index, size, &proof, &root));
    }

    #[test]
    fn an_independent_implementation_makes_and_accepts_the_same_consistency_proofs(
        (old, new) in (1u64..400).prop_flat_map(|new| (1..=new, Just(new)))
    ) {
        let leaves = hashes(new);
        let (old_root, root) = (frontier(&leaves[..old as usize]).root(), frontier(&leaves).root());
        let proof = consistency_proof(old, new, nodes(&leaves)).unwrap().unwrap();
        let theirs = judge(new).prove_consistency((new - old) as usize);
        prop_assert_eq!(proof.concat(), theirs.as_bytes());
        let ours = ConsistencyProof::<Sha256>::try_from_bytes(proof.concat()).unwrap();
        let judged = judged_root(&root, new).verify_consistency(&judged_root(&old_root, old), &ours);
        prop_assert!(judged.is_ok());
    }

    #[test]
    fn a_changed_proof_is_refused(size in 2u64..200, pick in any::<u64>(), bit in 0u32..256) {
        let (leaves, index) = (hashes(size), pick % size);
        let root = frontier(&leaves).root();
        let mut proof = inclusion_proof(index, size, nodes(&leaves)).unwrap().unwrap();
        let at = (pick % proof.len() as u64) as usize;
        proof[at][(bit / 8) as usize] ^= 1 << (bit % 8);
        prop_assert!(!verify_inclusion(&leaves[index as usize], index, size, &proof, &root));
    }
}
