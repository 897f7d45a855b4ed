//! Proofs about a log are those that an independent implementation makes from all of its lines, whether the nodes stand
//! in rows, or the end has none yet, or none has.

use std::time::Duration;

use chancery_audit::merkle::{verify_consistency, verify_inclusion};
use chancery_audit::{Frontier, Hash, leaf_hash};
use chancery_kernel::{Fault, OrgId};
use chancery_store::{Db, Who, log};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use crate::fixture::{Bench, event, on_both, verified};

on_both! {
    proofs_are_those_of_an_independent_implementation
    there_is_no_proof_of_what_is_not_there
    nodes_of_a_log_from_before_are_built_later
}

/// Sizes around which the shape of the tree changes.
const SIZES: [i64; 18] =
    [1, 2, 15, 16, 17, 255, 256, 257, 300, 511, 512, 513, 767, 768, 1_023, 1_024, 1_025, 1_300];

async fn fill(db: &Db, org: OrgId, count: usize) {
    db.write(org, Who::SYSTEM, move |tx| {
        for _ in 1..count {
            let user = tx.id();
            let _ = tx.record(event(user));
        }
        let user = tx.id();
        Ok::<_, Fault>(tx.record(event(user)).with(()))
    })
    .await
    .unwrap();
}

async fn rows(db: &Db) -> i64 {
    db.read(|sql| sql.rows("select count(*) from audit_nodes", &[])?[0].int(0)).await.unwrap()
}

/// Waits until this many nodes stand in rows.
async fn built(db: &Db, wanted: i64) {
    for _ in 0..200 {
        if rows(db).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} rows, not {wanted}", rows(db).await);
}

/// A log held against the judge.
struct Judged {
    db: Db,
    org: OrgId,
    leaves: Vec<Hash>,
    lines: Vec<Vec<u8>>,
}

impl Judged {
    async fn new(db: &Db, org: OrgId) -> Self {
        let lines: Vec<Vec<u8>> = verified(db, org).await.into_iter().map(|line| line.body).collect();
        Self { db: db.clone(), org, leaves: lines.iter().map(|line| leaf_hash(line)).collect(), lines }
    }

    fn root(&self, size: i64) -> Hash {
        let mut tree = Frontier::new();
        self.leaves[..size as usize].iter().for_each(|leaf| tree.append(*leaf));
        tree.root()
    }

    fn tree(&self, size: i64) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        self.lines[..size as usize].iter().for_each(|line| tree.push(line.clone()));
        tree
    }

    async fn check(&self) {
        for size in SIZES.into_iter().filter(|size| *size <= self.lines.len() as i64) {
            let (tree, root, org) = (self.tree(size), self.root(size), self.org);
            for seq in (1..=size).filter(|seq| seq % 37 == size % 37 || [1, size / 2, size].contains(seq)) {
                let proof = self.db.read(move |sql| log::inclusion(sql, org, seq, size)).await.unwrap();
                let (proof, index) = (proof.unwrap(), seq as usize - 1);
                assert_eq!(proof.concat(), tree.prove_inclusion(index).as_bytes(), "{seq} of {size}");
                assert!(verify_inclusion(&self.leaves[index], index as u64, size as u64, &proof, &root));
            }
            for old in SIZES.into_iter().filter(|old| *old <= size) {
                let proof = self.db.read(move |sql| log::consistency(sql, org, old, size)).await.unwrap();
                let proof = proof.unwrap();
                assert_eq!(
                    proof.concat(),
                    tree.prove_consistency((size - old) as usize).as_bytes(),
                    "{old} {size}"
                );
                assert!(verify_consistency(old as u64, &self.root(old), size as u64, &root, &proof));
            }
        }
    }
}

async fn proofs_are_those_of_an_independent_implementation(bench: Bench) {
    let db = bench.open();
    let (org, other): (OrgId, OrgId) = (db.env().id(), db.env().id());
    fill(&db, other, 600).await;
    fill(&db, org, 300).await;
    // One segment of this log, two of the other and the node over them.
    built(&db, 1 + 3).await;
    Judged::new(&db, org).await.check().await;
    fill(&db, org, 1_000).await;
    // Whatever part of it is built by now.
    Judged::new(&db, org).await.check().await;
    built(&db, (5 + 2 + 1) + 3).await;
    Judged::new(&db, org).await.check().await;
    Judged::new(&db, other).await.check().await;
    // Another process goes on where this one stopped.
    drop(db);
    let db = bench.open();
    fill(&db, org, 300).await;
    built(&db, (6 + 3 + 1) + 3).await;
    Judged::new(&db, org).await.check().await;
}

async fn there_is_no_proof_of_what_is_not_there(bench: Bench) {
    let db = bench.open();
    let (org, nobody): (OrgId, OrgId) = (db.env().id(), db.env().id());
    fill(&db, org, 20).await;
    for (log, seq, size) in [(org, 21, 20), (org, 0, 20), (org, 1, 21), (org, -1, -1), (nobody, 1, 1)] {
        let proof = db.read(move |sql| log::inclusion(sql, log, seq, size)).await.unwrap();
        assert_eq!(proof, None, "{seq} of {size}");
    }
    for (log, old, new) in [(org, 20, 19), (org, 5, 21), (org, -1, 5), (nobody, 1, 1)] {
        let proof = db.read(move |sql| log::consistency(sql, log, old, new)).await.unwrap();
        assert_eq!(proof, None, "{old} {new}");
    }
    assert_eq!(db.read(move |sql| log::consistency(sql, org, 0, 20)).await.unwrap(), Some(Vec::new()));
}

async fn nodes_of_a_log_from_before_are_built_later(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    fill(&db, org, 1_100).await;
    built(&db, 4 + 2 + 1).await;
    drop(db);
    let db = bench.open();
    // As an older version left it: entries, and no node.
    db.maintain(|sql| sql.run("delete from audit_nodes", &[])).await.unwrap();
    let judged = Judged::new(&db, org).await;
    judged.check().await;
    drop((db, judged));
    let db = bench.open();
    built(&db, 4 + 2 + 1).await;
    Judged::new(&db, org).await.check().await;
}
