//! Inner nodes of the logs' Merkle trees (RFC 6962 §2.1), from those of a *segment* of 256 leaves upwards.
//!
//! A segment's row also holds the nodes below it, down to those of 16 leaves: what lies below these is hashed from 16
//! entries faster than it would be read. That makes four bytes an entry.

use std::collections::HashMap;
use std::sync::LazyLock;

use chancery_audit::Hash;
use chancery_audit::merkle::Node;

use crate::fault::DbFault;
use crate::head::{key, seq_of};
use crate::insert::Insert;
use crate::sql::{Sql, Value};

/// Level of a segment's node.
pub(crate) const SEGMENT: u8 = 8;
/// Level of the smallest nodes that are kept.
pub(crate) const GROUP: u8 = 4;

static ADD: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("audit_nodes (key, hashes)", 2, "on conflict do nothing"));
const LAST: &str = "select key from audit_nodes where key >= $1 and key < $2 order by key desc limit 1";
const SOME: &str = "select key, hashes from audit_nodes \
     where key in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const SOME_WIDTH: usize = 16;

pub fn statements() -> Vec<&'static str> {
    [LAST, SOME].into_iter().chain(ADD.statements()).collect()
}

/// A node that has a row, counted in segments: its own level is higher by [`SEGMENT`].
pub(crate) type Kept = Node;

/// One row.
pub(crate) struct Row {
    pub node: Kept,
    /// As in a heap: the node, its two halves, their four halves, and so on.
    pub hashes: Vec<u8>,
}

/// The row in which a node stands, and its place there; none for nodes below [`GROUP`].
pub(crate) fn place(node: Node) -> Option<(Kept, usize)> {
    let Some(below) = SEGMENT.checked_sub(node.level) else {
        return Some((Node { level: node.level - SEGMENT, ..node }, 0));
    };
    let (segment, offset) = (node.index >> below, node.index & ((1 << below) - 1));
    let at = usize::try_from((1 << below) + offset - 1).ok()?;
    (node.level >= GROUP).then_some((Node { level: 0, index: segment }, at))
}

/// Where a node stands among all that have rows, read from left to right: a segment at twice its index, what joins two
/// between them. So rows are added near the end, and the last one is the last segment's.
fn row_key(no: i64, node: Kept) -> Result<i64, DbFault> {
    let place = (2 * node.index + 1) << node.level;
    let place = i64::try_from(place).map_err(|_| DbFault::Internal("a log beyond 2^40 entries".into()))?;
    Ok(key(no, place - 1))
}

/// How many segments of the log have their nodes.
pub(crate) fn closed(sql: &mut Sql<'_>, no: i64) -> Result<u64, DbFault> {
    let rows = sql.rows(LAST, &[key(no, 0).into(), key(no + 1, 0).into()])?;
    let last = rows.first().map(|row| row.int(0)).transpose()?;
    Ok(last.and_then(|last| u64::try_from(seq_of(last) / 2 + 1).ok()).unwrap_or(0))
}

/// Adds rows; those that are there already are the same.
pub(crate) fn add(sql: &mut Sql<'_>, no: i64, rows: &[Row]) -> Result<(), DbFault> {
    let keys = rows.iter().map(|row| row_key(no, row.node)).collect::<Result<Vec<_>, _>>()?;
    let mut both: Vec<_> = keys.into_iter().zip(rows).collect();
    ADD.insert(sql, &mut both, |(key, row), args| {
        args.extend([(*key).into(), row.hashes.as_slice().into()]);
    })
}

/// The hashes of rows that are there.
pub(crate) fn read(sql: &mut Sql<'_>, no: i64, wanted: &[Kept]) -> Result<HashMap<Kept, Vec<Hash>>, DbFault> {
    let mut found = HashMap::with_capacity(wanted.len());
    for chunk in wanted.chunks(SOME_WIDTH) {
        let keys = chunk.iter().map(|node| row_key(no, *node)).collect::<Result<Vec<_>, _>>()?;
        // One statement for any number: the last one fills the places left.
        let filler = keys.last().into_iter().cycle();
        let args: Vec<Value> = keys.iter().chain(filler).take(SOME_WIDTH).map(|key| (*key).into()).collect();
        for row in sql.rows(SOME, &args)? {
            let at = row.int(0)?;
            let node = keys.iter().position(|key| *key == at).and_then(|at| chunk.get(at));
            let (hashes, rest) = row.blob(1)?.as_chunks::<32>();
            let node = node.filter(|_| rest.is_empty());
            let node =
                node.ok_or_else(|| DbFault::Corrupt { what: "node", why: "its row is malformed".into() })?;
            found.insert(*node, hashes.to_vec());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_node_of_a_tree_has_a_place_of_its_own() {
        let mut places = BTreeSet::new();
        for level in GROUP..13 {
            for index in 0..(1u64 << (13 - level)) {
                let (node, at) = place(Node { level, index }).unwrap();
                assert!(at < 31 && (node.level == 0 || at == 0));
                assert!(places.insert((row_key(7, node).unwrap(), at)), "{level} {index}");
            }
        }
        let last = places.last().map(|(key, _)| seq_of(*key));
        assert_eq!(last, Some(2 * 31), "the last row is the last segment's");
        assert_eq!(place(Node { level: 3, index: 0 }), None);
    }
}
