//! The proof that an entry is in the log: hashes that lead from its leaf to the root that the latest checkpoint signs
//! (RFC 6962 §2.1.1).

use chancery_audit::merkle::{Node, inclusion_proof};
use chancery_audit::{Frontier, Hash, leaf_hash};
use chancery_kernel::OrgId;
use chancery_store::{DbFault, Sql, log};

/// What a verifier needs besides the line itself and the deployment's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Counted from zero, as RFC 6962 does: one less than `seq`.
    pub index: u64,
    /// Size of the tree that the checkpoint signs.
    pub size: u64,
    pub leaf: Hash,
    /// From the leaf's sibling upwards.
    pub path: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

/// Entries read at a time.
const PORTION: usize = 2_000;
/// Every entry below the checkpoint is hashed for one proof, since only the tree's right edge is stored. Beyond this
/// many, that would keep a reader busy for seconds; the export proves the same of any size.
const LARGEST: u64 = 250_000;

/// The proof for one entry, in the tree of the latest checkpoint that covers it.
pub(super) fn of(sql: &mut Sql<'_>, org: OrgId, seq: i64) -> Result<Option<Proof>, DbFault> {
    let Some(checkpoint) = log::checkpoints(sql, org, None, 1)?.into_iter().find(|c| c.size >= seq) else {
        return Ok(None);
    };
    let Some(entry) = log::get(sql, org, seq)? else { return Ok(None) };
    let (Ok(index), Ok(size)) = (u64::try_from(seq - 1), u64::try_from(checkpoint.size)) else {
        return Ok(None);
    };
    if size > LARGEST {
        return Ok(None);
    }
    let path = inclusion_proof(index, size, |node| subtree(sql, org, node))?;
    let leaf = leaf_hash(&entry.body);
    Ok(path.map(|path| Proof { index, size, leaf, path, checkpoint: checkpoint.note }))
}

/// The root of a perfect subtree, from the entries below it.
fn subtree(sql: &mut Sql<'_>, org: OrgId, node: Node) -> Result<Hash, DbFault> {
    let leaves = 1_u64 << node.level;
    let mut frontier = Frontier::new();
    while frontier.size() < leaves {
        let from = node.index * leaves + frontier.size() + 1;
        let left = usize::try_from(leaves - frontier.size()).unwrap_or(PORTION);
        let some = log::entries(sql, org, i64::try_from(from).unwrap_or(i64::MAX), left.min(PORTION))?;
        if some.is_empty() {
            return Err(DbFault::Corrupt { what: "log", why: format!("entry {from} is missing") });
        }
        some.iter().for_each(|entry| frontier.append(leaf_hash(&entry.body)));
    }
    Ok(frontier.root())
}
