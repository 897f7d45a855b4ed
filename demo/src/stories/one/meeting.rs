//! People sign in at the agents: what an agent gets of it proves that the person was there, and opens nothing.

use anyhow::Context;
use chancery_client::Secret;

use crate::agents::Agent;
use crate::people::Person;
use crate::setup::Play;
use crate::stage::{Beat, Stage, Word};

/// Proofs of presence, by agent and person.
pub(super) struct Met {
    pub alice_at_finance: Secret,
    pub dana_at_finance: Secret,
    pub henry_at_finance: Secret,
    pub alice_at_hr: Secret,
    pub henry_at_hr: Secret,
}

pub(super) async fn play(play: &mut Play) -> anyhow::Result<Met> {
    play.stage.scene("1.1  People meet the agents");
    play.stage
        .say("Each signs in on the server's own page and consents there; the agent never sees a password.");
    let Play { stage, people, agents, .. } = play;
    Ok(Met {
        alice_at_finance: meet(stage, &agents.finance, &mut people.alice).await?,
        dana_at_finance: meet(stage, &agents.finance, &mut people.dana).await?,
        henry_at_finance: meet(stage, &agents.finance, &mut people.henry).await?,
        alice_at_hr: meet(stage, &agents.hr, &mut people.alice).await?,
        henry_at_hr: meet(stage, &agents.hr, &mut people.henry).await?,
    })
}

/// One person at one agent.
pub(super) async fn meet(stage: &mut Stage, agent: &Agent, person: &mut Person) -> anyhow::Result<Secret> {
    let visit = agent.meet(person).await?;
    let tokens = visit.tokens.with_context(|| format!("{} got nothing from {}", agent.name, person.login))?;
    let pages = if visit.pages.is_empty() { "known already".to_owned() } else { visit.pages.join(", ") };
    let request = format!("GET /oauth2/authorize  {} at {}  openid profile", person.name(), agent.name);
    let id = tokens.id_claims.as_ref().and_then(|claims| claims.get("sub")).and_then(|sub| sub.as_str());
    let beat = Beat::new(
        request,
        Word::Done,
        format!("pages: {pages} · the agent holds a proof that {} was there", person.name()),
    );
    stage.beat(beat.told(id == Some(person.id.as_str()), format!("an ID token of {}", person.login))).await;
    Ok(tokens.access_token)
}
