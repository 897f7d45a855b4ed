//! Step 4: the CRM. The agent acts for Brandon by token exchange, and sees what is Brandon's.

use chancery_client::Secret;
use reqwest::Method;
use serde_json::json;

use super::profile::SignedIn;
use crate::agents::{Answer, Pass};
use crate::setup::Play;
use crate::stories::scenes::{self, Told};
use crate::world::{Crm, Reply};

/// A token for the CRM, and one that will have expired when the story needs it.
pub(super) struct Passes {
    pub good: Secret,
    pub short: Secret,
}

/// As the story asks.
pub(super) const FOR_BRANDON: &str = "support-agent for brandon.stark@acme.com";

pub(super) async fn play(play: &mut Play, signed_in: &SignedIn) -> anyhow::Result<Passes> {
    play.stage.scene("2.4  The CRM: the agent acts for Brandon");
    let short = scenes::pass(&exchange(play, signed_in, "crm.read").await?)?.token.clone();
    longer(play).await?;
    let answer = exchange(play, signed_in, "crm.read").await?;
    let (agent, brandon) = (play.agents.support.id.clone(), play.people.brandon.id.clone());
    play.decision(&format!("{FOR_BRANDON}   crm.read"), &answer, &[&agent, &brandon], Told::Allow).await?;
    let pass = scenes::pass(&answer)?.clone();
    shape(play, &pass);
    own_records(play, &pass.token).await?;
    Ok(Passes { good: pass.token, short })
}

/// Asks to act for Brandon at the CRM.
pub(super) async fn exchange(play: &Play, signed_in: &SignedIn, scope: &str) -> anyhow::Result<Answer> {
    play.agents.support.act_for(&signed_in.presence, Crm::RESOURCE, scope).await
}

/// The connection was made with two seconds, for the token that is to expire; from now on it says nothing of time.
async fn longer(play: &mut Play) -> anyhow::Result<()> {
    let path = format!("/api/v1/connections/{}", play.agents.crm_connection);
    play.desk.change(Method::PATCH, &path, Some(&json!({"longest_lifetime": null}))).await.map(drop)
}

fn shape(play: &mut Play, pass: &Pass) {
    let line = format!(
        "\"sub\": \"{}\", \"act_as\": \"{}\", \"scope\": \"{}\"",
        pass.text("sub"),
        pass.text("act_as"),
        pass.text("scope")
    );
    play.stage.exhibit(&[line]);
    let right =
        pass.text("sub") == play.agents.support.id && pass.text("act_as") == play.people.brandon.login;
    play.stage.check(right, "profile act_as: the agent is the subject, and the token names whom it acts for");
}

async fn own_records(play: &mut Play, token: &Secret) -> anyhow::Result<()> {
    let reply = play.systems.crm.get(Crm::LIST, token).await?;
    play.reply(request(Method::GET, Crm::LIST, "all there is"), &reply, 200, "2 of 3 records").await;
    let reply = play.systems.crm.get(Crm::OWN, token).await?;
    play.reply(request(Method::GET, Crm::OWN, "a customer of Brandon's"), &reply, 200, "negotiation").await;
    Ok(())
}

pub(super) fn request(method: Method, path: &str, what: &str) -> String {
    format!("{method} CRM{path}   {what}")
}

/// A change, with whatever token there is.
pub(super) async fn write(play: &Play, token: &Secret) -> anyhow::Result<Reply> {
    play.systems.crm.send(Method::PATCH, Crm::OWN, token, Some(&json!({"stage": "won"}))).await
}
