//! What the CRM refuses, each refusal played; the change that needs a yes, and the kill switch.

use std::time::Instant;

use anyhow::Context;
use chancery_client::{AuthorizeRequest, Secret};
use serde_json::json;

use super::approval;
use super::customers::{Passes, exchange, parties};
use super::profile::SignedIn;
use crate::agents::Pass;
use crate::people::Answer;
use crate::setup::{CRM_PAGE, Play, System};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{Call, Told};
use crate::world::Crm;

pub(super) async fn play(play: &mut Play, signed_in: &SignedIn, passes: &Passes) -> anyhow::Result<()> {
    play.stage.say("And what it refuses:");
    foreign_record(play, &passes.good).await?;
    foreign_audience(play, signed_in).await?;
    no_delegation(play).await?;
    expired(play, &passes.short).await?;
    play.stage.scene("2.5  Brandon asks for a change: reading is not writing");
    change(play, signed_in, &passes.good).await?;
    approval::approved(play).await?;
    play.stage.scene("2.6  What else can become of a question");
    approval::denied(play).await?;
    approval::lapsed(play).await?;
    let open = approval::two_open(play).await?;
    play.stage.scene("2.6  Somebody pulls the kill switch while two questions are open");
    contained(play, signed_in, &passes.good, &open).await?;
    play.stage.scene("What came of it all");
    uses(play).await
}

async fn foreign_record(play: &mut Play, token: &Secret) -> anyhow::Result<()> {
    let [agent, brandon] = parties(play);
    let call = Call {
        path: Some(Crm::FOREIGN),
        about: "somebody else's customer",
        status: 403,
        says: "not_yours",
        parties: &[&agent, &brandon],
        ..Call::of(System::Crm, token)
    };
    play.call(call).await.map(drop)
}

async fn foreign_audience(play: &mut Play, signed_in: &SignedIn) -> anyhow::Result<()> {
    let call = Call {
        about: "a token for another audience",
        status: 401,
        says: "another API",
        ..Call::of(System::Crm, &signed_in.presence)
    };
    play.call(call).await.map(drop)
}

/// An agent without a person gets no token; a person without an agent gets one, and the CRM's agent routes refuse it.
async fn no_delegation(play: &mut Play) -> anyhow::Result<()> {
    let answer = play.agents.support.act_alone(Crm::RESOURCE, "crm.read").await?;
    let [agent, _] = parties(play);
    let told = Told::Deny(&["human_missing"]);
    play.decision("support-agent for nobody  crm.read", &answer, &[&agent], told).await?;
    let token = persons_token(play).await?;
    let call = Call {
        about: "brandon's own token, without an agent",
        status: 403,
        says: "acting for a person",
        ..Call::of(System::Crm, &token)
    };
    play.call(call).await.map(drop)
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
    let call = Call {
        about: "a token that was issued for one second",
        status: 401,
        says: "expired",
        ..Call::of(System::Crm, token)
    };
    play.call(call).await.map(drop)
}

async fn change(play: &mut Play, signed_in: &SignedIn, token: &Secret) -> anyhow::Result<()> {
    let [agent, brandon] = parties(play);
    let call = Call {
        path: Some(Crm::OWN),
        change: Some(json!({"stage": "won"})),
        about: "with the token for reading",
        status: 403,
        says: "insufficient_scope",
        parties: &[&agent, &brandon],
        ..Call::of(System::Crm, token)
    };
    play.call(call).await?;
    let answer = exchange(play, signed_in, "crm.write").await?;
    let told = Told::Pending("approval_required");
    play.decision("support-agent for brandon  crm.write", &answer, &[&agent, &brandon], told).await?;
    play.stage.say("So the agent has to ask him first.");
    Ok(())
}

async fn contained(
    play: &mut Play,
    signed_in: &SignedIn,
    token: &Secret,
    open: &approval::TwoOpen,
) -> anyhow::Result<()> {
    let [agent, brandon] = parties(play);
    let since = Instant::now();
    let body = json!({"reason": "it asks for what nobody asked it"});
    play.desk.post(&format!("/api/v1/agents/{agent}/contain"), &body).await?;
    let death = play.watch(System::Crm, token, since).await?;
    let event = ledger::latest(&mut play.desk, "agent_contained", &agent).await?;
    let beat = Beat::new("POST /api/v1/agents/{id}/contain", Word::Done, "it asks for what nobody asked it");
    play.stage.beat(beat.evidence(event.clone()).told(event.is_some(), "the order stands in the log")).await;
    play.dies("the token that worked", death, &[&agent, &brandon]).await?;
    let answer = exchange(play, signed_in, "crm.read").await?;
    let told = Told::Deny(&["subject_token_revoked", "invalid_request"]);
    play.decision("support-agent for brandon  crm.read", &answer, &[&agent, &brandon], told).await?;
    approval::canceled(play, open).await?;
    let body = json!({"reason": "the question was answered"});
    play.desk.post(&format!("/api/v1/agents/{agent}/release"), &body).await?;
    play.stage.say("Released again. What it held stays dead, and what it had asked stays canceled.");
    approval::stays_canceled(play, open).await?;
    Ok(())
}

/// The guards reported what became of every token: decisions and their uses stand side by side.
async fn uses(play: &mut Play) -> anyhow::Result<()> {
    let systems = &play.systems;
    let flushed = systems.finance.flush().await && systems.hr.flush().await && systems.crm.flush().await;
    play.stage.check(flushed, "every guard has reported what came of every call");
    let (alice, finance) = (play.people.alice.id.clone(), play.agents.finance.id.clone());
    let [support, brandon] = parties(play);
    let ledger = ledger::count(&mut play.desk, "token_used", &[&finance, &alice]).await?;
    let crm = ledger::count(&mut play.desk, "token_used", &[&support, &brandon]).await?;
    let sentence = format!(
        "the log has {ledger} uses by finance-agent-app for alice, {crm} by support-agent for brandon"
    );
    play.stage.check(ledger > 0 && crm > 0, &sentence);
    Ok(())
}
