//! Four ways to lose access. Each works at once, also for tokens already issued, and on nobody else.

mod order;

use chancery_client::Secret;

use super::meeting::{Met, meet};
use crate::setup::Play;
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Told};
use crate::world::{FINANCE, HR, SCOPE};
use order::{Order, Removal};

pub(super) async fn play(play: &mut Play, mut met: Met) -> anyhow::Result<()> {
    for removal in Removal::ALL {
        play.stage.scene(removal.title());
        one(play, &mut met, removal).await?;
    }
    Ok(())
}

async fn one(play: &mut Play, met: &mut Met, removal: Removal) -> anyhow::Result<()> {
    let before = finance_token(play, &met.alice_at_finance).await?;
    let reply = play.systems.finance.get(FINANCE.path, &before).await?;
    play.reply("GET FinanceApp/ledger   a token issued before".to_owned(), &reply, 200, "alice").await;
    let bystander = bystander(play, met, removal).await?;
    let order = removal.take(play).await?;
    let death = scenes::watch(&play.systems.finance, FINANCE.path, &before, order.since).await?;
    tell(play, &order).await?;
    play.dies("the same token", death).await;
    refused(play, met, removal).await?;
    unharmed(play, met, removal, &bystander).await?;
    let says = removal.give_back(play).await?;
    back(play, met, &before, says).await
}

/// A token for FinanceApp that is simply needed; how it is decided was told before.
async fn finance_token(play: &Play, presence: &Secret) -> anyhow::Result<Secret> {
    let answer = play.agents.finance.act_for(presence, &play.systems.finance.resource, SCOPE).await?;
    scenes::pass(&answer).map(|pass| pass.token.clone())
}

/// A token that must not be touched: Dana's when it is about Alice, the other agent's when it is about the agent.
async fn bystander(play: &Play, met: &Met, removal: Removal) -> anyhow::Result<Secret> {
    if removal == Removal::Member {
        return finance_token(play, &met.dana_at_finance).await;
    }
    let answer = play.agents.hr.act_for(&met.henry_at_hr, &play.systems.hr.resource, SCOPE).await?;
    scenes::pass(&answer).map(|pass| pass.token.clone())
}

/// The order itself, told after its effect was measured.
async fn tell(play: &mut Play, order: &Order) -> anyhow::Result<()> {
    let event = ledger::latest(&mut play.desk, order.kind, &order.party).await?;
    let beat = Beat::new(order.request, Word::Done, order.says).evidence(event.clone());
    play.stage.beat(beat.told(event.is_some(), "the order stands in the log")).await;
    Ok(())
}

/// No new token either.
async fn refused(play: &mut Play, met: &Met, removal: Removal) -> anyhow::Result<()> {
    let (agent, alice) = (play.agents.finance.id.clone(), play.people.alice.id.clone());
    let resource = play.systems.finance.resource.clone();
    let answer = play.agents.finance.act_for(&met.alice_at_finance, &resource, SCOPE).await?;
    let request = "finance-agent-app for alice@corp.example, anew";
    play.decision(request, &answer, &[&agent, &alice], removal.told()).await?;
    if let Some(told) = removal.told_alone() {
        let answer = play.agents.finance.act_alone(&resource, SCOPE).await?;
        play.decision("finance-agent-app for itself", &answer, &[&agent], told).await?;
    }
    Ok(())
}

/// What was not meant goes on.
async fn unharmed(play: &mut Play, met: &Met, removal: Removal, bystander: &Secret) -> anyhow::Result<()> {
    if removal != Removal::Member {
        let reply = play.systems.hr.get(HR.path, bystander).await?;
        play.reply("GET HRApp/vacancies   the other agent goes on".to_owned(), &reply, 200, "henry").await;
        return Ok(());
    }
    let reply = play.systems.finance.get(FINANCE.path, bystander).await?;
    play.reply(
        "GET FinanceApp/ledger   dana goes on, through the same agent".to_owned(),
        &reply,
        200,
        "dana",
    )
    .await;
    let known = play.agents.finance.person_of(&met.alice_at_finance).await;
    let alice = known.is_ok_and(|id| id == play.people.alice.id);
    let says =
        if alice { "alice's sign-in lives: only her use of FinanceApp ended" } else { "her sign-in is gone" };
    let beat = Beat::new("GET /oauth2/userinfo   alice's sign-in at the agent", Word::Done, says);
    play.stage.beat(beat.told(alice, "the sign-in is untouched")).await;
    Ok(())
}

/// Given back: new tokens work, old ones stay dead. Whoever lost the sign-in comes again.
async fn back(play: &mut Play, met: &mut Met, before: &Secret, says: &str) -> anyhow::Result<()> {
    play.stage.say(&format!("Given back: {says}."));
    let resource = play.systems.finance.resource.clone();
    let answer = play.agents.finance.act_for(&met.alice_at_finance, &resource, SCOPE).await?;
    if answer.pass().is_none() {
        let Play { stage, people, agents, .. } = play;
        met.alice_at_finance = meet(stage, &agents.finance, &mut people.alice).await?;
        met.dana_at_finance = meet(stage, &agents.finance, &mut people.dana).await?;
    }
    let answer = play.agents.finance.act_for(&met.alice_at_finance, &resource, SCOPE).await?;
    let (agent, alice) = (play.agents.finance.id.clone(), play.people.alice.id.clone());
    let request = "finance-agent-app for alice@corp.example, after";
    play.decision(request, &answer, &[&agent, &alice], Told::Allow).await?;
    let reply = play.systems.finance.get(FINANCE.path, &scenes::pass(&answer)?.token).await?;
    play.reply("GET FinanceApp/ledger   the new token".to_owned(), &reply, 200, "alice").await;
    let reply = play.systems.finance.get(FINANCE.path, before).await?;
    play.reply("GET FinanceApp/ledger   the old token".to_owned(), &reply, 401, "revoked").await;
    Ok(())
}
