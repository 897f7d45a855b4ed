//! How often one person is asked, whoever asks, and whichever way.

use chancery_kernel::{AgentId, Fault, UserId};
use chancery_policy::approval;
use chancery_store::Tx;
use chancery_store::tables::approvals;

/// Why this person is left alone for now, if so: too much waits for them, or they were asked too much in the last minutes.
/// Without an agent it is about what the person asks for themselves.
pub fn left_alone(
    tx: &mut Tx<'_>,
    user: UserId,
    agent: Option<AgentId>,
) -> Result<Option<&'static str>, Fault> {
    let (org, now) = (tx.org(), tx.now());
    let (of_one, of_all) = tx.waiting(user, agent);
    if let Some(why) = approval::too_many(of_one, of_all) {
        return Ok(Some(why));
    }
    let (of_one, of_all) = approvals::asked_since(tx.sql(), org, user, agent, now.minus(approval::SPAN))?;
    Ok(approval::too_often(of_one, of_all))
}
