//! The history of an agent: one entry for each change, with who and why.

use chancery_kernel::Outcome;
use chancery_model::{Agent, Version};
use chancery_store::Tx;
use chancery_store::tables::versions;

pub(super) fn write(tx: &mut Tx<'_>, agent: &Agent, by: String, why: String) -> Outcome<()> {
    let (number, at) = (agent.meta.version, tx.now());
    let version = Version { agent: agent.id, number, at, by, why, record: agent.clone() };
    Ok(versions::insert(tx.sql(), &version)?)
}
