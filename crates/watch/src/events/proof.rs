//! The proof that an entry is in the log: hashes that lead from its leaf to the root that the latest checkpoint signs
//! (RFC 6962 §2.1.1).

use chancery_audit::{Hash, leaf_hash};
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

/// The proof for one entry, in the tree of the latest checkpoint that covers it.
pub(super) fn of(sql: &mut Sql<'_>, org: OrgId, seq: i64, line: &[u8]) -> Result<Option<Proof>, DbFault> {
    let Some(checkpoint) = log::checkpoints(sql, org, None, 1)?.into_iter().find(|c| c.size >= seq) else {
        return Ok(None);
    };
    let path = log::inclusion(sql, org, seq, checkpoint.size)?;
    let (Ok(index), Ok(size)) = (u64::try_from(seq - 1), u64::try_from(checkpoint.size)) else {
        return Ok(None);
    };
    Ok(path.map(|path| Proof { index, size, leaf: leaf_hash(line), path, checkpoint: checkpoint.note }))
}
