//! The kill switch: containing an agent and releasing it (domain: "Revocation has one mechanism").

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, ClientId, Fault, IncidentId, Outcome, Timestamp};
use chancery_model::{Agent, Containment, MarkKey, Stage, Version};
use chancery_store::Tx;
use chancery_store::tables::{families, versions};

use crate::words;

/// A containment: what follows from it hangs on the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contained {
    pub incident: IncidentId,
    /// Where it stands in the log: every token of the agent decided before it is dead.
    pub pos: i64,
    pub at: Timestamp,
}

/// The end of a containment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    pub incident: IncidentId,
    pub pos: i64,
    pub at: Timestamp,
}

/// Contains an agent: once this returns, nothing issued to it works here, nor will it after a release.
pub async fn contain(cx: &Cx, agent: AgentId, reason: &str) -> Outcome<Contained> {
    let _may = cx.allowed(Act::AgentContain, agent).await?;
    let reason = words::reason(reason)?;
    let by = cx.caller.text();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let present = tx.get::<Agent>(agent)?;
            refuse_second(&present)?;
            let (incident, at): (IncidentId, _) = (tx.id(), tx.now());
            let event = Event::AgentContained { agent, incident, reason: Text::new(&reason) };
            let recorded = tx.record(event);
            let held = Containment { incident, at, reason: reason.clone(), by: by.clone() };
            replace(tx, &present, Some(held), by, reason)?;
            end_sign_ins(tx, agent, at)?;
            // The mark stands at the event itself, so what was decided before it dies and nothing after it does.
            tx.mark(MarkKey::Agent(agent), recorded.pos)?;
            tx.cancel_approvals_of_agent(agent, "the agent was contained")?;
            tx.end_leases_of_agent(agent, "the agent was contained")?;
            Ok::<_, Fault>(recorded.with(Contained { incident, pos: recorded.pos, at }))
        })
        .await
}

fn refuse_second(agent: &Agent) -> Outcome<()> {
    if agent.contained.is_some() {
        return Err(Fault::conflict(
            "already_contained",
            "this agent is contained already: release it first",
        ));
    }
    if agent.stage == Stage::Retired {
        return Err(Fault::conflict("retired", "this agent is retired: it gets no tokens any more"));
    }
    Ok(())
}

/// Releases a contained agent: it gets new tokens again. The mark stays, and with it every earlier token dead.
pub async fn release(cx: &Cx, agent: AgentId, reason: &str) -> Outcome<Released> {
    let _may = cx.allowed(Act::AgentRelease, agent).await?;
    let reason = words::reason(reason)?;
    let by = cx.caller.text();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let present = tx.get::<Agent>(agent)?;
            let Some(incident) = present.contained.as_ref().map(|held| held.incident) else {
                return Err(Fault::conflict("not_contained", "this agent is not contained"));
            };
            let at = tx.now();
            let recorded = tx.record(Event::AgentReleased { agent, incident, reason: Text::new(&reason) });
            replace(tx, &present, None, by, reason)?;
            Ok(recorded.with(Released { incident, pos: recorded.pos, at }))
        })
        .await
}

/// Ends what people authorized the agent to fetch: access tokens die by the mark, these would come back with a release.
fn end_sign_ins(tx: &mut Tx<'_>, agent: AgentId, at: Timestamp) -> Outcome<()> {
    let clients: Vec<ClientId> = tx.hot().clients_of(agent).map(|client| client.id).collect();
    for client in clients {
        families::end_of_client(tx.sql(), client, at)?;
    }
    Ok(())
}

/// Writes the agent with another containment, and the version that says who did it and why.
fn replace(
    tx: &mut Tx<'_>,
    present: &Arc<Agent>,
    contained: Option<Containment>,
    by: String,
    why: String,
) -> Outcome<()> {
    let changed = tx.update(Agent { contained: contained.map(Box::new), ..Agent::clone(present) })?;
    let version = Version {
        agent: changed.id,
        number: changed.meta.version,
        at: changed.meta.updated,
        by,
        why,
        record: Agent::clone(&changed),
    };
    versions::insert(tx.sql(), &version)?;
    Ok(())
}
