//! The truth table: two applications, two agents, two people, eight real token requests and eight real calls.

use chancery_client::Secret;

use super::meeting::Met;
use crate::agents::{Agent, Pass};
use crate::people::Person;
use crate::setup::{Play, System};
use crate::stage::{Cell, Table};
use crate::stories::scenes::{Call, Told};
use crate::world;

/// Agent and person: assigned or not. In the order of the story.
const ROWS: [(bool, bool); 4] = [(true, true), (false, true), (true, false), (false, false)];

/// What came of one row.
struct Came {
    agent: String,
    person: String,
    assigned: (bool, bool),
    allowed: bool,
    event: Option<String>,
    pass: Option<Pass>,
}

/// What later scenes go on with.
pub(super) struct Decided {
    /// The token for FinanceApp.
    pub pass: Pass,
    /// A refusal, where it stands in the log.
    pub refused: Option<String>,
}

pub(super) async fn play(play: &mut Play, met: &Met) -> anyhow::Result<Decided> {
    play.stage.scene("1.2  FinanceApp: alice may, henry may not");
    let finance = application(play, met, System::Finance).await?;
    play.stage.scene("1.3  HRApp: henry may, alice may not");
    let hr = application(play, met, System::Hr).await?;
    play.stage.scene("1.4  The truth table, from the answers above");
    show(play, "FinanceApp", &finance);
    show(play, "HRApp", &hr);
    let refused = finance.iter().find(|row| !row.allowed).and_then(|row| row.event.clone());
    let pass = finance.into_iter().find_map(|row| row.pass);
    Ok(Decided { pass: pass.ok_or_else(|| anyhow::anyhow!("nobody was allowed into FinanceApp"))?, refused })
}

async fn application(play: &mut Play, met: &Met, system: System) -> anyhow::Result<Vec<Came>> {
    let mut came = Vec::new();
    for assigned in ROWS {
        came.push(row(play, met, system, assigned).await?);
    }
    Ok(came)
}

/// One agent asks for one person, and calls the application: with the token, or with all it has instead.
async fn row(play: &mut Play, met: &Met, system: System, assigned: (bool, bool)) -> anyhow::Result<Came> {
    let (agent, person, presence) = cast(play, met, system, assigned);
    let presence = presence.clone();
    let resource = &play.systems.of(system).resource;
    let answer = agent.act_for(&presence, resource, world::SCOPE).await?;
    let request = format!("{} for {}", agent.name, person.name());
    let (agent_id, person_id) = (agent.id.clone(), person.id.clone());
    let (agent, login) = (agent.name.clone(), person.login.clone());
    let parties = [agent_id.as_str(), person_id.as_str()];
    let event = play.decision(&request, &answer, &parties, expected(assigned)).await?;
    let call = match answer.pass() {
        Some(pass) => Call {
            about: "with this token",
            status: 200,
            says: "acting for",
            parties: &parties,
            ..Call::of(system, &pass.token)
        },
        None => Call {
            about: "with the sign-in token instead",
            status: 401,
            says: "another API",
            ..Call::of(system, &presence)
        },
    };
    let reply = play.call(call).await?;
    let pass = answer.pass().cloned();
    let allowed = pass.is_some() && reply.status == 200;
    Ok(Came { agent, person: login, assigned, allowed, event, pass })
}

/// Who plays the row, and the proof that this person was at this agent.
fn cast<'a>(
    play: &'a Play,
    met: &'a Met,
    system: System,
    (agent_assigned, person_assigned): (bool, bool),
) -> (&'a Agent, &'a Person, &'a Secret) {
    // The finance agent and Alice belong to FinanceApp, the HR agent and Henry to HRApp.
    let finance = system == System::Finance;
    let agents = &play.agents;
    let (by_finance, for_alice) = (agent_assigned == finance, person_assigned == finance);
    let presence = match (by_finance, for_alice) {
        (true, true) => &met.alice_at_finance,
        (true, false) => &met.henry_at_finance,
        (false, true) => &met.alice_at_hr,
        (false, false) => &met.henry_at_hr,
    };
    let agent = if by_finance { &agents.finance } else { &agents.hr };
    (agent, if for_alice { &play.people.alice } else { &play.people.henry }, presence)
}

/// The rule, as the story writes it.
const fn expected(assigned: (bool, bool)) -> Told {
    match assigned {
        (true, true) => Told::Allow,
        (true, false) => Told::Deny(&["human_not_assigned"]),
        (false, _) => Told::Deny(&["agent_not_assigned"]),
    }
}

fn show(play: &mut Play, name: &str, rows: &[Came]) {
    let mut table = Table::new(&[name, "for", "agent assigned", "human assigned", "result"]);
    for row in rows {
        let verdict = if row.allowed { "ALLOW" } else { "DENY" };
        table.row(vec![
            Cell::plain(&row.agent),
            Cell::plain(&row.person),
            Cell::yes(row.assigned.0),
            Cell::yes(row.assigned.1),
            Cell::verdict(row.allowed, verdict),
        ]);
    }
    play.stage.table(&table);
    let right = rows.iter().all(|row| row.allowed == (row.assigned == (true, true)));
    play.stage
        .check(right && rows.len() == 4, &format!("{name}: allowed if, and only if, both are assigned"));
    let found = rows.iter().filter(|row| row.event.is_some()).count();
    let sentence =
        format!("{name}: {found} of {} decisions stand in the log, each with both subjects", rows.len());
    play.stage.check(found == rows.len(), &sentence);
}
