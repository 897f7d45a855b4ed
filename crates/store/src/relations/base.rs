//! Writes the tuples of a store down whole, sorted, as the base that a start reads: when what came since the last base
//! is much beside it. The parts of a base are added in portions, while others write; only then is it switched to. And
//! removes what stores that were deleted left behind.

use chancery_kernel::StoreId;
use chancery_rebac::engine::Graph;

use super::Relations;
use super::pack::Packer;
use crate::fault::DbFault;
use crate::index::Indexer;
use crate::tables::relations as table;

/// Fewer changes than these are read in no time.
const FEW: usize = 10_000;
/// A base is written anew when what came since is more than this share of it.
const SHARE: usize = 4;
/// Bytes of a part.
const PART: usize = 128 * 1024;
/// Rows of a store that is gone, removed at a time.
const PORTION: i64 = 500;

/// A store whose base is far behind.
pub(crate) struct Due {
    store: StoreId,
    graph: Graph,
    since: usize,
}

impl Relations {
    pub(crate) fn due(&self) -> Vec<Due> {
        let far = self.stores.iter().filter(|(_, held)| held.since > FEW.max(count(&held.graph) / SHARE));
        far.map(|(store, held)| Due { store: *store, graph: held.graph.clone(), since: held.since }).collect()
    }
}

fn count(graph: &Graph) -> usize {
    usize::try_from(graph.len()).unwrap_or(usize::MAX)
}

impl Indexer {
    /// Brings bases up to date, where it is this node's turn.
    pub(crate) fn bases(&mut self) -> Result<(), DbFault> {
        let due = self.facts.hot().relations.due();
        let gone = self.read(table::gone)?;
        if (due.is_empty() && gone.is_none()) || !self.my_turn()? {
            return Ok(());
        }
        let present = self.read(table::bases)?;
        for Due { store, graph, since } in due {
            let Some((no, _, base)) = present.iter().find(|(_, id, _)| *id == store).copied() else {
                continue;
            };
            let version = graph.version();
            if base >= version {
                self.facts.based(store, base, since);
                continue;
            }
            self.write_base(no, base, &graph)?;
            self.facts.based(store, version, since);
        }
        while let Some((no, store)) = self.read(table::gone)? {
            while self.send(move |sql| table::sweep(sql, no, store, PORTION))? {}
        }
        Ok(())
    }

    fn write_base(&mut self, no: i64, present: u64, graph: &Graph) -> Result<(), DbFault> {
        // What an earlier attempt left.
        self.send(move |sql| table::forget_parts(sql, no, present))?;
        let (base, mut packer, mut parts) = (graph.version(), Packer::default(), 0i64..);
        for stored in graph.all() {
            packer.stored(&stored.tuple, stored.written_at)?;
            if packer.len() >= PART {
                self.send_part(no, base, &mut parts, std::mem::take(&mut packer))?;
            }
        }
        self.send_part(no, base, &mut parts, packer)?;
        let tuples = i64::try_from(graph.len()).unwrap_or(i64::MAX);
        self.send(move |sql| table::switch(sql, no, base, tuples)).map(drop)
    }

    fn send_part(
        &self,
        no: i64,
        base: u64,
        parts: &mut impl Iterator<Item = i64>,
        packer: Packer,
    ) -> Result<(), DbFault> {
        let (part, body) = (parts.next().unwrap_or(0), packer.into_bytes());
        self.send(move |sql| table::add_part(sql, no, base, part, &body))
    }
}
