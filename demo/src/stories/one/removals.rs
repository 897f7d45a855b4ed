//! Four ways to lose access. Each works at once, also for tokens already issued, and on nobody else.

mod order;

use chancery_client::Secret;

use super::meeting::{Met, meet};
use crate::agents::Answer;
use crate::setup::{Play, System};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Call, Told};
use crate::world::SCOPE;
use order::{Order, Removal};

pub(super) async fn play(play: &mut Play, mut met: Met) -> anyhow::Result<()> {
    for removal in Removal::ALL {
        play.stage.scene(removal.title());
        Scene::open(play, &mut met, removal).play().await?;
    }
    Ok(())
}

/// One removal: the finance agent acts for Alice.
struct Scene<'a> {
    play: &'a mut Play,
    met: &'a mut Met,
    removal: Removal,
    agent: String,
    alice: String,
}

impl<'a> Scene<'a> {
    fn open(play: &'a mut Play, met: &'a mut Met, removal: Removal) -> Self {
        let (agent, alice) = (play.agents.finance.id.clone(), play.people.alice.id.clone());
        Self { play, met, removal, agent, alice }
    }

    async fn play(mut self) -> anyhow::Result<()> {
        let before = token(&self.ask(&self.met.alice_at_finance).await?)?;
        self.ledger(&before, "a token issued before", 200, "for alice").await?;
        let (system, who, bystander) = self.bystander().await?;
        let order = self.removal.take(self.play).await?;
        let death = self.play.watch(System::Finance, &before, order.since).await?;
        self.tell(&order).await?;
        self.play.dies("the same token", death, &[&self.agent, &self.alice]).await?;
        self.refused().await?;
        self.unharmed(system, &who, &bystander).await?;
        self.back(&before).await
    }

    /// The finance agent asks to act for somebody at FinanceApp.
    async fn ask(&self, presence: &Secret) -> anyhow::Result<Answer> {
        self.play.agents.finance.act_for(presence, &self.play.systems.finance.resource, SCOPE).await
    }

    async fn ledger(&mut self, token: &Secret, about: &str, status: u16, says: &str) -> anyhow::Result<()> {
        let parties = [self.agent.as_str(), self.alice.as_str()];
        let call = Call { about, status, says, parties: &parties, ..Call::of(System::Finance, token) };
        self.play.call(call).await.map(drop)
    }

    /// A token that must not be touched, and who holds it for whom: Dana's when it is about Alice, the other agent's
    /// when it is about the agent.
    async fn bystander(&self) -> anyhow::Result<(System, [String; 2], Secret)> {
        let Play { agents, people, systems, .. } = &*self.play;
        if self.removal == Removal::Member {
            let answer = self.ask(&self.met.dana_at_finance).await?;
            return Ok((System::Finance, [self.agent.clone(), people.dana.id.clone()], token(&answer)?));
        }
        let answer = agents.hr.act_for(&self.met.henry_at_hr, &systems.hr.resource, SCOPE).await?;
        Ok((System::Hr, [agents.hr.id.clone(), people.henry.id.clone()], token(&answer)?))
    }

    /// The order itself, told after its effect was measured.
    async fn tell(&mut self, order: &Order) -> anyhow::Result<()> {
        let event = ledger::latest(&mut self.play.desk, order.kind, &order.party).await?;
        let beat = Beat::new(order.request, Word::Done, order.says).evidence(event.clone());
        self.play.stage.beat(beat.told(event.is_some(), "the order stands in the log")).await;
        Ok(())
    }

    /// No new token either.
    async fn refused(&mut self) -> anyhow::Result<()> {
        let answer = self.ask(&self.met.alice_at_finance).await?;
        let parties = [self.agent.as_str(), self.alice.as_str()];
        self.play.decision("finance-agent-app for alice", &answer, &parties, self.removal.told()).await?;
        if let Some(told) = self.removal.told_alone() {
            let resource = &self.play.systems.finance.resource;
            let answer = self.play.agents.finance.act_alone(resource, SCOPE).await?;
            self.play.decision("finance-agent-app for itself", &answer, &[&self.agent], told).await?;
        }
        Ok(())
    }

    /// What was not meant goes on.
    async fn unharmed(&mut self, system: System, who: &[String; 2], held: &Secret) -> anyhow::Result<()> {
        let member = self.removal == Removal::Member;
        let about = if member { "dana, through the same agent" } else { "the other agent" };
        let parties: Vec<&str> = who.iter().map(String::as_str).collect();
        let call =
            Call { about, status: 200, says: "records for", parties: &parties, ..Call::of(system, held) };
        self.play.call(call).await?;
        if member {
            self.still_signed_in().await;
        }
        Ok(())
    }

    /// Alice lost FinanceApp, not her sign-in at the agent.
    async fn still_signed_in(&mut self) {
        let known = self.play.agents.finance.person_of(&self.met.alice_at_finance).await;
        let alice = known.is_ok_and(|id| id == self.alice);
        let says = if alice { "still signed in: only FinanceApp ended for her" } else { "signed out" };
        let beat = Beat::new("GET /oauth2/userinfo  alice at finance-agent-app", Word::Done, says);
        self.play.stage.beat(beat.told(alice, "her sign-in is untouched")).await;
    }

    /// Given back: new tokens work, old ones stay dead. Whoever lost the sign-in comes again.
    async fn back(&mut self, before: &Secret) -> anyhow::Result<()> {
        let says = self.removal.give_back(self.play).await?;
        self.play.stage.say(&format!("Given back: {says}."));
        if self.removal.stops_the_agent() {
            let Play { stage, people, agents, .. } = &mut *self.play;
            self.met.alice_at_finance = meet(stage, &agents.finance, &mut people.alice).await?;
            self.met.dana_at_finance = meet(stage, &agents.finance, &mut people.dana).await?;
        }
        let answer = self.ask(&self.met.alice_at_finance).await?;
        let parties = [self.agent.as_str(), self.alice.as_str()];
        self.play.decision("finance-agent-app for alice", &answer, &parties, Told::Allow).await?;
        self.ledger(&token(&answer)?, "the new token", 200, "for alice").await?;
        self.ledger(before, "the old token", 401, "revoked").await
    }
}

/// A token that is simply needed; how it is decided was told before.
fn token(answer: &Answer) -> anyhow::Result<Secret> {
    scenes::pass(answer).map(|pass| pass.token.clone())
}
