//! Proofs about a log of any length (RFC 6962 §2.1.1, §2.1.2): most of their nodes stand in rows, and what the rows do
//! not reach yet is hashed from the entries at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use chancery_audit::merkle::{self, Node, node_of_leaves};
use chancery_audit::{Hash, leaf_hash};
use chancery_kernel::OrgId;

use super::{End, end, range};
use crate::fault::DbFault;
use crate::sql::Sql;
use crate::tables::nodes::{self, GROUP, Kept, SEGMENT};

/// Entries hashed for one proof, at most: some hundreds in a log at rest, and more only until the nodes of a log have
/// been built that was written before there were any.
const MOST: u64 = 250_000;
/// Entries read at a time.
const PORTION: usize = 2_000;

/// The hashes that lead from an entry to the root of the tree of the log's first `size` entries; none where that tree
/// has no such entry, and while too much of it would have to be hashed.
pub fn inclusion(sql: &mut Sql<'_>, log: OrgId, seq: i64, size: i64) -> Result<Option<Vec<Hash>>, DbFault> {
    let (Ok(index), Ok(leaves)) = (u64::try_from(seq - 1), u64::try_from(size)) else { return Ok(None) };
    let mut wanted = Vec::new();
    if merkle::inclusion_proof(index, leaves, noting(&mut wanted)) == Ok(None) {
        return Ok(None);
    }
    let Some(tree) = Tree::read(sql, log, size, &wanted)? else { return Ok(None) };
    merkle::inclusion_proof(index, leaves, |node| tree.hash(node))
}

/// The hashes that show the log's first `old` entries to be the beginning of its first `new` ones; none as above.
pub fn consistency(sql: &mut Sql<'_>, log: OrgId, old: i64, new: i64) -> Result<Option<Vec<Hash>>, DbFault> {
    let (Ok(smaller), Ok(larger)) = (u64::try_from(old), u64::try_from(new)) else { return Ok(None) };
    let mut wanted = Vec::new();
    if merkle::consistency_proof(smaller, larger, noting(&mut wanted)) == Ok(None) {
        return Ok(None);
    }
    let Some(tree) = Tree::read(sql, log, new, &wanted)? else { return Ok(None) };
    merkle::consistency_proof(smaller, larger, |node| tree.hash(node))
}

/// Answers with anything, and notes what was asked for: all of it is then read at once.
fn noting(wanted: &mut Vec<Node>) -> impl FnMut(Node) -> Result<Hash, Infallible> {
    |node| {
        wanted.push(node);
        Ok([0; 32])
    }
}

/// As much of a log's tree as a proof wants.
struct Tree {
    rows: HashMap<Kept, Vec<Hash>>,
    /// Leaf hashes in runs, by the index of their first.
    leaves: BTreeMap<u64, Vec<Hash>>,
}

/// Where to get what is wanted.
#[derive(Default)]
struct Needs {
    rows: BTreeSet<Kept>,
    /// Leaves, counted from zero, and one past them.
    leaves: BTreeSet<(u64, u64)>,
}

impl Needs {
    fn of(wanted: &[Node], closed: u64) -> Self {
        let (mut needs, mut open) = (Self::default(), wanted.to_vec());
        let covered = closed << SEGMENT;
        while let Some(node) = open.pop() {
            let leaves = node.leaves();
            match (nodes::place(node), node.children()) {
                (Some((row, _)), _) if leaves.end <= covered => drop(needs.rows.insert(row)),
                (_, Some(children)) if node.level > GROUP && leaves.start < covered => open.extend(children),
                _ => drop(needs.leaves.insert((leaves.start, leaves.end))),
            }
        }
        needs
    }

    /// Neighbours as one run.
    fn runs(&self) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (start, end) in &self.leaves {
            match runs.last_mut().filter(|last| last.1 >= *start) {
                Some(last) => last.1 = last.1.max(*end),
                None => runs.push((*start, *end)),
            }
        }
        runs
    }
}

impl Tree {
    fn read(sql: &mut Sql<'_>, log: OrgId, size: i64, wanted: &[Node]) -> Result<Option<Self>, DbFault> {
        let Some(End { no, .. }) = end(sql, log)?.filter(|end| size <= end.size) else { return Ok(None) };
        let needs = Needs::of(wanted, nodes::closed(sql, no)?);
        let runs = needs.runs();
        if runs.iter().map(|(start, end)| end - start).sum::<u64>() > MOST {
            return Ok(None);
        }
        let rows = nodes::read(sql, no, &needs.rows.into_iter().collect::<Vec<_>>())?;
        let mut leaves = BTreeMap::new();
        for (start, end) in runs {
            leaves.insert(start, hashed(sql, no, start, end)?);
        }
        Ok(Some(Self { rows, leaves }))
    }

    fn hash(&self, node: Node) -> Result<Hash, DbFault> {
        let kept = nodes::place(node).and_then(|(row, at)| self.rows.get(&row)?.get(at));
        if let Some(hash) = kept {
            return Ok(*hash);
        }
        if let Some(hash) = self.of_leaves(node) {
            return Ok(hash);
        }
        let missing = || DbFault::Corrupt { what: "log", why: "a node of its tree is missing".into() };
        let [left, right] = node.children().ok_or_else(missing)?;
        Ok(merkle::node_hash(&self.hash(left)?, &self.hash(right)?))
    }

    fn of_leaves(&self, node: Node) -> Option<Hash> {
        let wanted = node.leaves();
        let (start, run) = self.leaves.range(..=wanted.start).next_back()?;
        let from = usize::try_from(wanted.start - start).ok()?;
        let to = usize::try_from(wanted.end - start).ok()?;
        node_of_leaves(run.get(from..to)?, Node { index: 0, ..node })
    }
}

/// The leaf hashes of a run of entries.
pub(crate) fn hashed(sql: &mut Sql<'_>, no: i64, start: u64, end: u64) -> Result<Vec<Hash>, DbFault> {
    let seq = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
    let mut leaves = Vec::with_capacity(usize::try_from(end - start).unwrap_or(0));
    let mut next = seq(start) + 1;
    while next <= seq(end) {
        let some = range(sql, no, next, seq(end), PORTION)?;
        for entry in &some {
            if entry.seq != next {
                break;
            }
            leaves.push(leaf_hash(&entry.body));
            next += 1;
        }
        if some.last().is_none_or(|last| last.seq + 1 != next) {
            return Err(DbFault::Corrupt { what: "log", why: format!("entry {next} is missing") });
        }
    }
    Ok(leaves)
}
