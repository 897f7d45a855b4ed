//! What the CRM refuses, each refusal played; and step 5 as far as it goes without an approval.

use anyhow::Context;
use chancery_client::{AuthorizeRequest, Secret};
use reqwest::Method;
use serde_json::json;

use super::customers::{FOR_BRANDON, Passes, exchange, request, write};
use super::profile::SignedIn;
use crate::agents::Pass;
use crate::people::Answer;
use crate::setup::{CRM_PAGE, Play};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Told};
use crate::world::Crm;

pub(super) async fn play(play: &mut Play, signed_in: &SignedIn, passes: &Passes) -> anyhow::Result<()> {
    play.stage.scene("2.5  What the CRM refuses");
    foreign_record(play, &passes.good).await?;
    foreign_audience(play, signed_in).await?;
    no_delegation(play).await?;
    expired(play, &passes.short).await?;
    play.stage.scene("2.6  Brandon asks for a change: reading is not writing");
    change(play, signed_in, &passes.good).await?;
    play.stage.scene("2.7  Somebody pulls the kill switch");
    contained(play, signed_in, &passes.good).await?;
    play.stage.scene("2.8  What came of it all");
    uses(play).await
}

async fn foreign_record(play: &mut Play, token: &Secret) -> anyhow::Result<()> {
    let reply = play.systems.crm.get(Crm::FOREIGN, token).await?;
    play.reply(request(Method::GET, Crm::FOREIGN, "somebody else's customer"), &reply, 403, "not_yours")
        .await;
    Ok(())
}

async fn foreign_audience(play: &mut Play, signed_in: &SignedIn) -> anyhow::Result<()> {
    let reply = play.systems.crm.get(Crm::LIST, &signed_in.presence).await?;
    let request = request(Method::GET, Crm::LIST, "a token for another audience");
    play.reply(request, &reply, 401, "another API").await;
    Ok(())
}

/// An agent without a person gets no token; a person without an agent gets one, and the CRM's agent routes refuse it.
async fn no_delegation(play: &mut Play) -> anyhow::Result<()> {
    let answer = play.agents.support.act_alone(Crm::RESOURCE, "crm.read").await?;
    let agent = play.agents.support.id.clone();
    let told = Told::Deny(&["human_missing"]);
    play.decision("support-agent for nobody   crm.read", &answer, &[&agent], told).await?;
    let token = persons_token(play).await?;
    let reply = play.systems.crm.get(Crm::LIST, &token).await?;
    let request = request(Method::GET, Crm::LIST, "Brandon's own token, without an agent");
    play.reply(request, &reply, 403, "acting for a person").await;
    Ok(())
}

/// Brandon at the CRM's own page.
async fn persons_token(play: &mut Play) -> anyhow::Result<Secret> {
    let request = AuthorizeRequest {
        redirect_uri: CRM_PAGE.to_owned(),
        scope: "crm.read".to_owned(),
        resource: Some(Crm::RESOURCE.to_owned()),
        ..AuthorizeRequest::default()
    };
    let visit = play.people.brandon.visit(&play.systems.crm_page, request, Answer::Allow).await?;
    Ok(visit.tokens.context("Brandon got no token at the CRM's page")?.access_token)
}

async fn expired(play: &mut Play, token: &Secret) -> anyhow::Result<()> {
    tokio::time::sleep(Pass::read(token.clone())?.life()).await;
    let reply = play.systems.crm.get(Crm::LIST, token).await?;
    let request = request(Method::GET, Crm::LIST, "a token that was issued for two seconds");
    play.reply(request, &reply, 401, "expired").await;
    Ok(())
}

async fn change(play: &mut Play, signed_in: &SignedIn, token: &Secret) -> anyhow::Result<()> {
    let reply = write(play, token).await?;
    let request = request(Method::PATCH, Crm::OWN, "with the token for reading");
    play.reply(request, &reply, 403, "insufficient_scope").await;
    let answer = exchange(play, signed_in, "crm.write").await?;
    let (agent, brandon) = (play.agents.support.id.clone(), play.people.brandon.id.clone());
    let told = Told::Pending("approval_required");
    play.decision(&format!("{FOR_BRANDON}   crm.write"), &answer, &[&agent, &brandon], told).await?;
    play.stage.say("So the agent has to ask him. Approvals are the next chapter.");
    Ok(())
}

async fn contained(play: &mut Play, signed_in: &SignedIn, token: &Secret) -> anyhow::Result<()> {
    let (agent, brandon) = (play.agents.support.id.clone(), play.people.brandon.id.clone());
    let since = std::time::Instant::now();
    let body = json!({"reason": "it asks for what nobody asked it"});
    play.desk.post(&format!("/api/v1/agents/{agent}/contain"), &body).await?;
    let death = scenes::watch(&play.systems.crm, Crm::LIST, token, since).await?;
    let event = ledger::latest(&mut play.desk, "agent_contained", &agent).await?;
    let beat = Beat::new("POST /api/v1/agents/{id}/contain", Word::Done, "support-agent is contained");
    play.stage.beat(beat.evidence(event.clone()).told(event.is_some(), "the order stands in the log")).await;
    play.dies("the token that worked", death).await;
    let answer = exchange(play, signed_in, "crm.read").await?;
    let told = Told::Deny(&["subject_token_revoked", "invalid_request"]);
    play.decision(&format!("{FOR_BRANDON}   crm.read"), &answer, &[&agent, &brandon], told).await?;
    let body = json!({"reason": "the question was answered"});
    play.desk.post(&format!("/api/v1/agents/{agent}/release"), &body).await?;
    play.stage.say("Released, so that you can try it yourself. What it held stays dead.");
    Ok(())
}

/// The guards reported what became of every token: decisions and their uses stand side by side.
async fn uses(play: &mut Play) -> anyhow::Result<()> {
    let systems = &play.systems;
    let flushed = systems.finance.flush().await && systems.hr.flush().await && systems.crm.flush().await;
    play.stage.check(flushed, "every guard has reported what came of every call");
    let (alice, brandon) = (play.people.alice.id.clone(), play.people.brandon.id.clone());
    let (finance, support) = (play.agents.finance.id.clone(), play.agents.support.id.clone());
    let ledger = ledger::count(&mut play.desk, "token_used", &[&finance, &alice]).await?;
    let crm = ledger::count(&mut play.desk, "token_used", &[&support, &brandon]).await?;
    let sentence = format!(
        "the log has {ledger} uses by finance-agent-app for Alice, {crm} by support-agent for Brandon"
    );
    play.stage.check(ledger > 0 && crm > 0, &sentence);
    Ok(())
}
