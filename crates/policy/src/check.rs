//! The checks that do not depend on a scope: who is live, who belongs here, who is assigned. All of them run.

use chancery_model::{Agent, Client, Connection, DualSubject, Principal, Stage};

use crate::assigned;
use crate::case::{Case, Face};
use crate::facts::{ActorFacts, HumanFacts, Proof};
use crate::limit::DEEPEST_CHAIN;
use crate::reason::Reason;

type Reasons = Vec<Reason>;

pub(crate) fn everything(case: &Case<'_>, out: &mut Reasons) {
    if !case.application.enabled {
        out.push(Reason::ApplicationDisabled { application: case.application.into() });
    }
    match case.face {
        Face::Agents(actors) => chain(case, actors, out),
        Face::Page(client) => plain_client(case, client, out),
        Face::Tool(client, assignment) => {
            plain_client(case, client, out);
            if !assigned::holds(case, assignment, Principal::Client(client.id)) {
                out.push(Reason::ClientNotAssigned {
                    client: client.into(),
                    application: case.application.into(),
                });
            }
        }
    }
    human(case, out);
    if case.source.is_some_and(|s| s.remaining.0 < 1) {
        out.push(Reason::SourceExpired {});
    }
}

fn chain(case: &Case<'_>, actors: &[ActorFacts<'_>], out: &mut Reasons) {
    let inherited = case.source.map_or(0, |s| s.depth);
    if actors.is_empty() {
        out.push(Reason::AgentMissing {});
    }
    if actors.len().max(inherited) > DEEPEST_CHAIN {
        out.push(Reason::ChainTooLong { depth: actors.len().max(inherited) });
    }
    if actors.len() < inherited {
        out.push(Reason::ChainShortened { source: inherited, now: actors.len() });
    }
    // One more than may pass is enough to explain; a flood of them is not looked at.
    for (i, actor) in actors.iter().enumerate().take(DEEPEST_CHAIN + 1) {
        if actors.iter().take(i).any(|earlier| earlier.agent.id == actor.agent.id) {
            out.push(Reason::ChainRepeats { agent: actor.agent.into() });
        }
        one_actor(case, actor, out);
    }
}

fn one_actor(case: &Case<'_>, actor: &ActorFacts<'_>, out: &mut Reasons) {
    let ActorFacts { agent, client, connection, .. } = *actor;
    if agent.org != case.org {
        out.push(Reason::AgentForeign { agent: agent.id, org: agent.org });
        return;
    }
    agent_is_live(case, agent, out);
    client_is_ours(case, client, out);
    if client.agent != Some(agent.id) {
        out.push(Reason::ClientNotOfAgent { client: client.into(), agent: agent.into() });
    }
    if !assigned::is_actor(case, actor) {
        out.push(Reason::AgentNotAssigned { agent: agent.into(), application: case.application.into() });
    }
    if let Some(connection) = connection.filter(|c| !connects(case, c, agent)) {
        // To fall back on the application's tiers here would widen what the connection had narrowed.
        out.push(Reason::ConnectionNotInForce {
            agent: agent.into(),
            application: case.application.into(),
            connection: connection.id,
        });
    }
}

fn agent_is_live(case: &Case<'_>, agent: &Agent, out: &mut Reasons) {
    if agent.stage != Stage::Active {
        out.push(Reason::AgentNotActive { agent: agent.into(), stage: agent.stage });
    }
    if let Some(containment) = &agent.contained {
        out.push(Reason::AgentContained { agent: agent.into(), since: containment.at });
    }
    if let Some(at) = agent.expires.filter(|end| case.now >= *end) {
        out.push(Reason::AgentExpired { agent: agent.into(), at });
    }
}

fn client_is_ours(case: &Case<'_>, client: &Client, out: &mut Reasons) {
    if client.org != case.org {
        out.push(Reason::ClientForeign { client: client.id, org: client.org });
    } else if !client.enabled {
        out.push(Reason::ClientDisabled { client: client.into() });
    }
}

/// A client that acts without an agent must not be an agent's face: else the agent would slip through unnamed.
fn plain_client(case: &Case<'_>, client: &Client, out: &mut Reasons) {
    client_is_ours(case, client, out);
    if let Some(agent) = client.agent.filter(|_| client.org == case.org) {
        out.push(Reason::ClientOfAgent { client: client.into(), agent });
    }
}

fn human(case: &Case<'_>, out: &mut Reasons) {
    match case.human {
        HumanFacts::Absent => {
            let needed = match case.face {
                Face::Agents(_) => case.application.dual_subject == DualSubject::Required,
                Face::Page(_) => true,
                Face::Tool(..) => false,
            };
            if needed {
                out.push(Reason::HumanMissing { application: case.application.into() });
            }
        }
        // Nothing is said of somebody who is not proven: it would tell the caller that the person exists.
        HumanFacts::Present { proven_by: Proof::Claimed, .. } => out.push(Reason::HumanUnproven {}),
        HumanFacts::Present { user, .. } if user.org != case.org => {
            out.push(Reason::HumanForeign { user: user.id, org: user.org });
        }
        HumanFacts::Present { user, scopes, .. } => {
            if !user.is_active() {
                out.push(Reason::HumanDisabled { user: (*user).into() });
            }
            if scopes.is_none() && !assigned::is_human_for_a_while(case) {
                out.push(Reason::HumanNotAssigned {
                    user: (*user).into(),
                    application: case.application.into(),
                });
            }
        }
    }
}

fn connects(case: &Case<'_>, connection: &Connection, agent: &Agent) -> bool {
    connection.org == case.org
        && connection.agent == agent.id
        && connection.application == case.application.id
        && connection.in_force(case.now)
}
