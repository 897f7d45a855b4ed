//! Builds the inner nodes of the logs' trees for proofs, a closed segment at a time: later than the entries, and never
//! in a commit that appends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chancery_audit::merkle::Node;
use chancery_audit::{Frontier, Hash};

use super::Stretch;
use crate::fault::DbFault;
use crate::log::hashed;
use crate::sql::Sql;
use crate::tables::nodes::{self, GROUP, Row, SEGMENT};
use crate::tail::Tails;

/// Segments built at a time, of all logs together.
const PORTION: u64 = 128;

/// How far each log's nodes reach, by its number, as far as this process has looked: the right edge of the tree whose
/// leaves are the segments.
#[derive(Default)]
pub(crate) struct Edges(HashMap<i64, Frontier>);

/// Rows of some logs, by their numbers, and the logs' edges once the rows are there.
#[derive(Default)]
pub(super) struct Grown {
    pub rows: Vec<(i64, Vec<Row>)>,
    pub moved: Vec<(i64, Frontier)>,
}

impl Edges {
    /// Forgets what was known: another node may have gone on meanwhile.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a log of this size may have segments without nodes.
    pub(super) fn behind(&self, no: i64, size: i64) -> bool {
        let closed = closed_segments(size);
        closed > self.0.get(&no).map_or(0, Frontier::size)
    }

    /// The last entry of a log that has its nodes, as far as this process has looked.
    pub(super) fn covered(&self, no: i64) -> Option<i64> {
        self.0.get(&no).and_then(|edge| i64::try_from(edge.size() << SEGMENT).ok())
    }

    /// Makes the next rows of these logs, up to the ends of their stretches.
    pub(super) fn grow(
        &mut self,
        sql: &mut Sql<'_>,
        tails: &Tails,
        logs: &[Stretch],
    ) -> Result<Grown, DbFault> {
        let (mut room, mut grown) = (PORTION, Grown::default());
        for Stretch { log, no, upto: size, .. } in logs.iter().copied() {
            if room == 0 {
                break;
            }
            let mut edge = match self.0.entry(no) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => unknown.insert(edge(sql, no)?).clone(),
            };
            let upto = closed_segments(size).min(edge.size() + room);
            let mut rows = Vec::new();
            while edge.size() < upto {
                let index = edge.size();
                let (start, end) = (index << SEGMENT, (index + 1) << SEGMENT);
                // What this process wrote it has hashed once.
                let kept = match (i64::try_from(start), i64::try_from(end)) {
                    (Ok(start), Ok(end)) => tails.leaves(log, start + 1, end),
                    _ => None,
                };
                let leaves = kept.map_or_else(|| hashed(sql, no, start, end), Ok)?;
                add_segment(&mut edge, &leaves, &mut rows);
                room -= 1;
            }
            if !rows.is_empty() {
                grown.rows.push((no, rows));
                grown.moved.push((no, edge));
            }
        }
        Ok(grown)
    }

    /// The rows are there.
    pub(super) fn take(&mut self, moved: Vec<(i64, Frontier)>) {
        self.0.extend(moved);
    }
}

fn closed_segments(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0) >> SEGMENT
}

/// The edge as the rows have it.
fn edge(sql: &mut Sql<'_>, no: i64) -> Result<Frontier, DbFault> {
    let closed = nodes::closed(sql, no)?;
    let perfect = |level: u8| Node { level, index: (closed >> level) - 1 };
    let wanted: Vec<Node> = (0..32).rev().filter(|level| closed >> level & 1 == 1).map(perfect).collect();
    let rows = nodes::read(sql, no, &wanted)?;
    let mut bytes = closed.to_be_bytes().to_vec();
    for hash in wanted.iter().filter_map(|node| rows.get(node)?.first()) {
        bytes.extend_from_slice(hash);
    }
    let broken = || DbFault::Corrupt { what: "nodes of a log", why: "a row is missing".into() };
    Frontier::from_bytes(&bytes).ok_or_else(broken)
}

/// Adds a segment's row, and those of the larger subtrees that it completes.
fn add_segment(edge: &mut Frontier, leaves: &[Hash], rows: &mut Vec<Row>) {
    let mut heap = vec![[0; 32]; (2 << (SEGMENT - GROUP)) - 1];
    let mut segment = Frontier::new();
    for leaf in leaves {
        segment.append_seen(*leaf, |node, hash| {
            if let Some(slot) = nodes::place(node).and_then(|(_, at)| heap.get_mut(at)) {
                *slot = *hash;
            }
        });
    }
    edge.append_seen(segment.root(), |node, hash| {
        let hashes = if node.level == 0 { heap.concat() } else { hash.to_vec() };
        rows.push(Row { node, hashes });
    });
}
