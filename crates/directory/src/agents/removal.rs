//! Removing an agent that is not at work.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, Fault, OrgId, Outcome};
use chancery_model::{Agent, MarkKey, Principal, Stage};
use chancery_store::Hot;

use crate::change::at;
use crate::dependents::{assignments, connections, drop_assignments, drop_connections, drop_grants, grants};

/// Removes an agent with its assignments, connections and grants. Only one that is staged or retired, and whose clients
/// are deleted. Its history and its lines in the audit log stay.
pub async fn delete(cx: &Cx, id: AgentId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::AgentManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let agent = at::<Agent>(tx, id, expected)?;
            if matches!(agent.stage, Stage::Active | Stage::Suspended) {
                return Err(Fault::conflict("agent_in_use", "this agent is not retired: retire it first"));
            }
            has_no_clients(tx.hot(), tx.org(), id)?;
            let recorded = tx.record(Event::AgentDeleted { agent: id, name: Text::new(&agent.name) });
            tx.mark(MarkKey::Agent(id), recorded.pos)?;
            let of = assignments(tx.hot(), tx.org(), |a| a.principal == Principal::Agent(id));
            drop_assignments(tx, &of)?;
            let of = connections(tx.hot(), tx.org(), |c| c.agent == id);
            drop_connections(tx, &of)?;
            let of = grants(tx.hot(), tx.org(), |g| g.agent == Some(id));
            drop_grants(tx, &of, "the agent was removed")?;
            tx.delete(&agent)?;
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

fn has_no_clients(hot: &Hot, org: OrgId, id: AgentId) -> Outcome<()> {
    match hot.clients.of(org).find(|c| c.agent == Some(id)) {
        Some(client) => Err(Fault::conflict(
            "agent_in_use",
            format!("the client {} ({}) belongs to this agent: delete it first", client.name, client.id),
        )),
        None => Ok(()),
    }
}
