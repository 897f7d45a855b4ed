//! The truth table: two applications, two agents, two people, eight real token requests and eight real calls.

use chancery_client::Secret;

use super::meeting::Met;
use crate::agents::{Agent, Answer, Pass};
use crate::setup::Play;
use crate::stage::{Cell, Table};
use crate::stories::scenes::Told;
use crate::world::{self, Mock};

/// One line of the table.
struct Row<'a> {
    agent: &'a Agent,
    agent_assigned: bool,
    person: (&'a str, &'a str),
    person_assigned: bool,
    /// The person's proof of presence at this agent.
    presence: &'a Secret,
}

/// What came of it.
struct Came {
    agent: String,
    person: String,
    assigned: (bool, bool),
    allowed: bool,
    event: Option<String>,
}

/// The tokens that were allowed.
pub(super) struct Allowed {
    pub finance: Pass,
}

pub(super) async fn play(play: &mut Play, met: &Met) -> anyhow::Result<Allowed> {
    let finance = application(play, met, true).await?;
    let hr = application(play, met, false).await?;
    let mut passes = finance.1.into_iter();
    let pass = passes.next().ok_or_else(|| anyhow::anyhow!("nobody was allowed into FinanceApp"))?;
    play.stage.scene("1.4  The truth table, from the answers above");
    show(play, "FinanceApp", &finance.0);
    show(play, "HRApp", &hr.0);
    Ok(Allowed { finance: pass })
}

/// The four rows of one application.
async fn application(play: &mut Play, met: &Met, finance: bool) -> anyhow::Result<(Vec<Came>, Vec<Pass>)> {
    let title = if finance {
        "1.2  FinanceApp: alice may, henry may not"
    } else {
        "1.3  HRApp: henry may, alice may not"
    };
    play.stage.scene(title);
    let (mut came, mut passes) = (Vec::new(), Vec::new());
    for (agent_assigned, person_assigned) in [(true, true), (false, true), (true, false), (false, false)] {
        // The finance agent belongs to FinanceApp and Alice does; at HRApp it is the other way round.
        let (by_finance, for_alice) = (agent_assigned == finance, person_assigned == finance);
        let (request, answer, reply, line) = {
            let row = row(play, met, (by_finance, agent_assigned), (for_alice, person_assigned));
            ask(play, finance, row).await?
        };
        let parties = [line.ids.0.as_str(), line.ids.1.as_str()];
        let event =
            play.decision(&request, &answer, &parties, expected(agent_assigned, person_assigned)).await?;
        let (status, word) = if answer.pass().is_some() { (200, "acting for") } else { (401, "another API") };
        play.reply(line.call, &reply, status, word).await;
        let allowed = answer.pass().is_some() && reply.status == 200;
        let assigned = (agent_assigned, person_assigned);
        came.push(Came { agent: line.names.0, person: line.names.1, assigned, allowed, event });
        passes.extend(answer.pass().cloned());
    }
    Ok((came, passes))
}

fn row<'a>(
    play: &'a Play,
    met: &'a Met,
    (by_finance, agent_assigned): (bool, bool),
    (for_alice, person_assigned): (bool, bool),
) -> Row<'a> {
    let agent = if by_finance { &play.agents.finance } else { &play.agents.hr };
    let person = if for_alice { &play.people.alice } else { &play.people.henry };
    let presence = match (by_finance, for_alice) {
        (true, true) => &met.alice_at_finance,
        (true, false) => &met.henry_at_finance,
        (false, true) => &met.alice_at_hr,
        (false, false) => &met.henry_at_hr,
    };
    Row { agent, agent_assigned, person: (&person.id, &person.login), person_assigned, presence }
}

/// Names of what was asked, kept beyond the borrow of the play.
struct Line {
    names: (String, String),
    ids: (String, String),
    call: String,
}

/// Asks for a token, and calls the application: with the token, or with all the agent has instead.
async fn ask(
    play: &Play,
    finance: bool,
    row: Row<'_>,
) -> anyhow::Result<(String, Answer, crate::world::Reply, Line)> {
    let (system, path): (&Mock, &str) = match finance {
        true => (&play.systems.finance, world::FINANCE.path),
        false => (&play.systems.hr, world::HR.path),
    };
    let answer = row.agent.act_for(row.presence, &system.resource, world::SCOPE).await?;
    let token = answer.pass().map_or(row.presence, |pass| &pass.token);
    let reply = system.get(path, token).await?;
    let side = |assigned: bool| if assigned { "" } else { " (not assigned)" };
    let request = format!(
        "{}{} for {}{}",
        row.agent.name,
        side(row.agent_assigned),
        row.person.1,
        side(row.person_assigned)
    );
    let what = if answer.pass().is_some() { "with this token" } else { "with the sign-in token instead" };
    let line = Line {
        names: (row.agent.name.clone(), row.person.1.to_owned()),
        ids: (row.agent.id.clone(), row.person.0.to_owned()),
        call: format!("GET {}{path}   {what}", system.name),
    };
    Ok((request, answer, reply, line))
}

/// The rule, as the story writes it.
const fn expected(agent: bool, person: bool) -> Told {
    match (agent, person) {
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
