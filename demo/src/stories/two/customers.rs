//! Step 4: the CRM. The agent acts for Brandon by token exchange, and sees what is Brandon's.

use chancery_client::Secret;
use reqwest::Method;
use serde_json::json;

use super::profile::SignedIn;
use crate::agents::{Answer, Pass};
use crate::setup::{Play, System};
use crate::stories::scenes::{self, Call, Told};
use crate::world::Crm;

/// A token for the CRM, and one that will have expired when the story needs it.
pub(super) struct Passes {
    pub good: Secret,
    pub short: Secret,
}

/// A token of one second, fetched before anything else; tokens live longer from then on.
pub(super) async fn short(play: &mut Play, signed_in: &SignedIn) -> anyhow::Result<Secret> {
    let short = scenes::pass(&exchange(play, signed_in, "crm.read").await?)?.token.clone();
    longer(play).await?;
    Ok(short)
}

pub(super) async fn play(play: &mut Play, signed_in: &SignedIn, short: Secret) -> anyhow::Result<Passes> {
    play.stage.scene("2.4  The CRM: the agent acts for brandon");
    let answer = exchange(play, signed_in, "crm.read").await?;
    let [agent, brandon] = parties(play);
    let parties = [agent.as_str(), brandon.as_str()];
    play.decision("support-agent for brandon  crm.read", &answer, &parties, Told::Allow).await?;
    let pass = scenes::pass(&answer)?.clone();
    shape(play, &pass);
    let crm = || Call { parties: &parties, ..Call::of(System::Crm, &pass.token) };
    play.call(Call { about: "all there is", says: "2 of 3 records", ..crm() }).await?;
    play.call(Call { path: Some(Crm::OWN), about: "a customer of his", says: "negotiation", ..crm() })
        .await?;
    Ok(Passes { good: pass.token.clone(), short })
}

/// The agent and the person of this story.
pub(super) fn parties(play: &Play) -> [String; 2] {
    [play.agents.support.id.clone(), play.people.brandon.id.clone()]
}

/// Asks to act for Brandon at the CRM.
pub(super) async fn exchange(play: &Play, signed_in: &SignedIn, scope: &str) -> anyhow::Result<Answer> {
    play.agents.support.act_for(&signed_in.presence, Crm::RESOURCE, scope).await
}

/// The connection was made with one second, for the token that is to expire; from now on it says nothing of time.
async fn longer(play: &mut Play) -> anyhow::Result<()> {
    let path = format!("/api/v1/connections/{}", play.agents.crm_connection);
    play.desk.change(Method::PATCH, &path, Some(&json!({"longest_lifetime": null}))).await.map(drop)
}

fn shape(play: &mut Play, pass: &Pass) {
    let line = |name: &str| format!("\"{name}\": \"{}\"", pass.text(name));
    play.stage.exhibit(&["sub", "act_as", "scope"].map(line));
    let right =
        pass.text("sub") == play.agents.support.id && pass.text("act_as") == play.people.brandon.login;
    play.stage.check(right, "profile act_as: the agent is the subject, and the token names whom it acts for");
}
