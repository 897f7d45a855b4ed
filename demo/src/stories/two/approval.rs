//! Steps 5 and 6: the agent asks Brandon by a backchannel request (CIBA), and he answers in his inbox; and every other
//! way in which a question can end.

use std::time::Duration;

use anyhow::Context;
use chancery_client::{Decision, Question, Waiting};
use serde_json::{Value, json};

use super::customers::parties;
use crate::agents::Answer;
use crate::setup::{Play, System};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Call, Told};
use crate::world::Crm;

const SENTENCE: &str = "Approve AI agent to update Salesforce CRM for Brandon Stark?";

/// Two questions that are open when the kill switch is pulled.
pub(super) struct TwoOpen {
    waiting: Waiting,
    approved: Waiting,
}

/// The change, in the six facts that a person decides by.
fn task(stage: &str) -> Value {
    json!([{"type": "agent_task", "task": format!("Set the stage of Harbor Glass Works to {stage}"),
        "system": Crm::NAME, "data": "the record of Harbor Glass Works", "access": "change",
        "impact": "Sales counts on it from then on", "duration": 120, "locations": [Crm::RESOURCE]}])
}

/// Puts the question, and tells that it was put.
async fn ask(play: &mut Play, message: &str, expiry: u64, stage: &str) -> anyhow::Result<Waiting> {
    let question = Question::new(&play.people.brandon.login, "crm.write")
        .resource(Crm::RESOURCE)
        .message(message)
        .details(task(stage))
        .expiry(Duration::from_secs(expiry));
    let waiting = play.agents.support.ask(question).await?;
    let event = ledger::latest(&mut play.desk, "approval_requested", approval(&waiting)?).await?;
    let says = format!("“{message}” · stands for {} s", waiting.expires_in);
    let beat = Beat::new("POST /oauth2/bc-authorize  crm.write, for brandon", Word::Pending, says);
    let beat = beat.evidence(event.clone()).told(event.is_some(), "the question stands in the log");
    play.stage.beat(beat.told(waiting.interval.is_some(), "the answer says how often to ask")).await;
    Ok(waiting)
}

fn approval(waiting: &Waiting) -> anyhow::Result<&str> {
    waiting.approval.as_deref().context("the answer does not name the question")
}

/// Brandon opens his inbox, reads, and answers; the agent waits meanwhile.
async fn answered(play: &mut Play, waiting: &Waiting, word: &str) -> anyhow::Result<Decision> {
    let id = approval(waiting)?;
    let hears = play.agents.support.hears(waiting);
    let (decision, read) = tokio::join!(hears, play.people.brandon.answers(&play.issuer, id, Some(word)));
    let read = read.context("Brandon's inbox")?;
    let kind = if word == "approve" { "approval_granted" } else { "approval_denied" };
    let event = ledger::latest(&mut play.desk, kind, id).await?;
    let beat = Beat::new(format!("POST /inbox/{{id}}/answer  brandon presses {word}"), Word::Done, kind);
    let beat = beat.evidence(event.clone()).told(event.is_some(), "his answer stands in the log");
    play.stage.beat(beat.told(read.listed, "the inbox shows the question")).await;
    decision
}

/// Step 5: he says yes, and the agent makes this one change.
pub(super) async fn approved(play: &mut Play) -> anyhow::Result<()> {
    let waiting = ask(play, SENTENCE, 300, "won").await?;
    shown(play, &waiting).await?;
    let decision = answered(play, &waiting, "approve").await?;
    let Decision::Approved(tokens) = decision else {
        anyhow::bail!("Brandon said yes, and the agent heard {decision:?}")
    };
    let answer = Answer::read(Ok(*tokens))?;
    let [agent, brandon] = parties(play);
    play.decision(
        "support-agent fetches brandon's yes  crm.write",
        &answer,
        &[&agent, &brandon],
        Told::Allow,
    )
    .await?;
    let pass = scenes::pass(&answer)?.clone();
    let claim =
        |name: &str| pass.claims.get("approval").and_then(|a| a.get(name)).cloned().unwrap_or_default();
    play.stage.exhibit(&["id", "by", "seen"].map(|name| format!("\"approval.{name}\": {}", claim(name))));
    let right = claim("by") == json!([brandon]) && claim("id") == json!(approval(&waiting)?);
    play.stage.check(right, "the token names the question, who said yes, and the digest of what he read");
    let parties = [agent.as_str(), brandon.as_str()];
    let call = Call {
        path: Some(Crm::OWN),
        change: Some(json!({"stage": "won"})),
        about: "the change he said yes to",
        says: "won",
        parties: &parties,
        ..Call::of(System::Crm, &pass.token)
    };
    play.call(call).await?;
    once(play, &waiting).await
}

/// A yes is used up.
async fn once(play: &mut Play, waiting: &Waiting) -> anyhow::Result<()> {
    let again = play.agents.support.fetches_again(waiting).await?;
    let once = matches!(&again, Answer::Refused(refusal) if refusal.error == "invalid_grant");
    let says = match &again {
        Answer::Refused(refusal) => refusal.told(),
        Answer::Allowed(_) => "a second token".to_owned(),
    };
    let beat = Beat::new("POST /oauth2/token  the same yes once more", Word::Deny, says);
    play.stage.beat(beat.told(once, "invalid_grant: a yes is used once")).await;
    Ok(())
}

/// What stands on the page, word for word.
async fn shown(play: &mut Play, waiting: &Waiting) -> anyhow::Result<()> {
    let read = play.people.brandon.answers(&play.issuer, approval(waiting)?, None).await?;
    let six = ["What", "System", "Data", "Access", "Impact", "How long"];
    let mut shown = Vec::new();
    for term in std::iter::once("Message").chain(six) {
        if let Some((_, text)) = read.facts.iter().find(|(name, _)| name == term) {
            shown.push(format!("{term}: {text}"));
        }
    }
    play.stage.say("Brandon opens his inbox and reads:");
    play.stage.exhibit(&shown);
    play.stage.check(shown.len() == 7, "the sentence and the six facts are on the page");
    Ok(())
}

/// He says no.
pub(super) async fn denied(play: &mut Play) -> anyhow::Result<()> {
    let waiting = ask(play, "Approve AI agent to mark Harbor Glass Works as lost?", 300, "lost").await?;
    let decision = answered(play, &waiting, "deny").await?;
    heard(play, &decision, matches!(decision, Decision::Denied), "denied: the person said no").await
}

/// He does not look in time.
pub(super) async fn lapsed(play: &mut Play) -> anyhow::Result<()> {
    let waiting = ask(play, "Approve AI agent to reopen Harbor Glass Works?", 2, "negotiation").await?;
    let decision = play.agents.support.hears(&waiting).await?;
    heard(play, &decision, matches!(decision, Decision::Lapsed), "lapsed: nobody answered in time").await
}

/// Two more questions: one waits, to one he said yes that the agent has not fetched.
pub(super) async fn two_open(play: &mut Play) -> anyhow::Result<TwoOpen> {
    let waiting = ask(play, "Approve AI agent to give Harbor Glass Works a discount?", 300, "won").await?;
    let approved = ask(play, "Approve AI agent to note the contract's date?", 300, "won").await?;
    let id = approval(&approved)?;
    play.people.brandon.answers(&play.issuer, id, Some("approve")).await?;
    let event = ledger::latest(&mut play.desk, "approval_granted", id).await?;
    let beat =
        Beat::new("POST /inbox/{id}/answer  brandon presses approve", Word::Done, "and nobody fetches it");
    let beat = beat.evidence(event.clone());
    play.stage.beat(beat.told(event.is_some(), "his yes stands in the log")).await;
    Ok(TwoOpen { waiting, approved })
}

/// The containment took both back.
pub(super) async fn canceled(play: &mut Play, open: &TwoOpen) -> anyhow::Result<()> {
    for (waiting, which) in
        [(&open.waiting, "one that waited"), (&open.approved, "one approved and not fetched")]
    {
        let decision = play.agents.support.hears(waiting).await?;
        let event = ledger::latest(&mut play.desk, "approval_canceled", approval(waiting)?).await?;
        let holds = matches!(decision, Decision::Canceled);
        let beat = Beat::new(format!("POST /oauth2/token  {which}"), Word::Deny, word(&decision));
        let beat = beat.evidence(event.clone()).told(event.is_some(), "the cancelation stands in the log");
        play.stage.beat(beat.told(holds, "canceled by the containment")).await;
    }
    Ok(())
}

/// A release brings nothing back.
pub(super) async fn stays_canceled(play: &mut Play, open: &TwoOpen) -> anyhow::Result<()> {
    let decision = play.agents.support.hears(&open.approved).await?;
    heard(play, &decision, matches!(decision, Decision::Canceled), "canceled, also after the release").await
}

async fn heard(play: &mut Play, decision: &Decision, holds: bool, told: &str) -> anyhow::Result<()> {
    let beat = Beat::new("POST /oauth2/token  the agent waits for the answer", Word::Deny, word(decision));
    play.stage.beat(beat.told(holds, told)).await;
    Ok(())
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Approved(_) => "approved",
        Decision::Denied => "denied · the person said no",
        Decision::Lapsed => "lapsed · nobody answered in time",
        Decision::Canceled => "canceled · taken back before anything came of it",
    }
}
