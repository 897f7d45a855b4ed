//! The stages of an agent's life: `staged → active ⇄ suspended → retired`.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AgentId, Fault, Outcome};
use chancery_model::{Agent, MarkKey, Stage};
use chancery_store::tables::families;
use chancery_store::{Hot, Tx};

use super::history;
use crate::change::at;
use crate::check;

/// Moves an agent to another stage. To suspend or retire it kills every token issued to it, refresh tokens for good.
pub async fn set_stage(
    cx: &Cx,
    id: AgentId,
    expected: Option<i64>,
    to: Stage,
    why: &str,
) -> Outcome<Arc<Agent>> {
    let _may = cx.allowed(Act::AgentManage, id).await?;
    let (by, why) = (cx.caller.text(), check::reason(why)?);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Agent>(tx, id, expected)?;
            let from = before.stage;
            if !from.may_become(to) {
                return Err(impossible(from, to));
            }
            if to == Stage::Active {
                ready(tx.hot(), &before)?;
            }
            let agent = tx.update(Agent { stage: to, ..Agent::clone(&before) })?;
            let text = |stage: Stage| Text::new(stage.as_str());
            let event =
                Event::AgentStageChanged { agent: id, from: text(from), to: text(to), why: Text::new(&why) };
            history::write(tx, &agent, by, why)?;
            let recorded = tx.record(event);
            if matches!(to, Stage::Suspended | Stage::Retired) {
                tx.mark(MarkKey::Agent(id), recorded.pos)?;
                end_sign_ins(tx, id)?;
                tx.cancel_approvals_of_agent(id, "the agent was taken from its work")?;
                tx.end_leases_of_agent(id, "the agent was taken from its work")?;
            }
            Ok::<_, Fault>(recorded.with(agent))
        })
        .await
}

/// Access tokens die by the mark; these would come back with the agent.
fn end_sign_ins(tx: &mut Tx<'_>, agent: AgentId) -> Outcome<()> {
    let (now, clients) = (tx.now(), tx.hot().clients_of(agent).map(|client| client.id).collect::<Vec<_>>());
    for client in clients {
        families::end_of_client(tx.sql(), client, now)?;
    }
    Ok(())
}

fn impossible(from: Stage, to: Stage) -> Fault {
    let all = [Stage::Staged, Stage::Active, Stage::Suspended, Stage::Retired];
    let next: Vec<&str> = all.into_iter().filter(|s| from.may_become(*s)).map(Stage::as_str).collect();
    let (from, to) = (from.as_str(), to.as_str());
    let mend = if next.is_empty() {
        "register another one".to_owned()
    } else {
        format!("from here it may become {}", next.join(" or "))
    };
    Fault::conflict("stage_impossible", format!("this agent is {from} and cannot become {to}: {mend}"))
}

/// An agent at work has somebody who answers for it, and something to prove itself with.
fn ready(hot: &Hot, agent: &Agent) -> Outcome<()> {
    let active = |id| hot.users.find(agent.org, id).is_some_and(|user| user.is_active());
    let mut missing = Vec::new();
    if !agent.owners.iter().any(|owner| active(*owner)) {
        missing.push("a technical owner");
    }
    if !agent.sponsor.is_some_and(active) {
        missing.push("a sponsor");
    }
    if !hot.clients_of(agent.id).any(|client| client.enabled && client.has_credential()) {
        missing.push("an enabled client with a credential");
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Fault::conflict(
        "agent_not_ready",
        format!("the agent cannot be activated without {}: add what is missing first", missing.join(", ")),
    ))
}
