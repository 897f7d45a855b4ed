//! Step 3: the agent takes the CRM's client secret out of the vault, after Brandon said yes to that, and gets a token with
//! it. Denial and lapse are played first; in the end it gives the secret back, and everything ends together.

use std::time::{Duration, Instant};

use anyhow::Context;
use chancery_client::{Checkout, Lent, Secret, Step, Wish};
use serde_json::{Value, json};

use super::customers::parties;
use crate::agents::Answer;
use crate::desk::text;
use crate::setup::{Play, System};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Call, Told};
use crate::world::Crm;

const FOLDER: &str = "/api/v1/secrets/resource_groups/customers/projects/crm";
const SECRET: &str = "crm-access";

pub(super) async fn play(play: &mut Play) -> anyhow::Result<()> {
    play.stage.scene("2.3  The vault: the CRM's client secret, lent for brandon");
    deposit(play).await?;
    refused(play).await?;
    let (wish, lent) = approved(play).await?;
    let token = used(play, &lent).await?;
    given_back(play, &wish, &lent, &token).await
}

/// What an administrator does once: a folder whose policy asks a person, the secret, and who may reach it.
async fn deposit(play: &mut Play) -> anyhow::Result<()> {
    let agent = play.agents.support.id.clone();
    let client = json!({"name": "crm access", "agent": agent, "auth": "client_secret_basic",
        "grants": ["client_credentials"]});
    let client = play.desk.post("/api/v1/clients", &client).await?;
    let (id, credential) = (text(&client, "/id")?, text(&client, "/client_secret")?);
    let folder = json!({"resource_group": "customers", "project": "crm",
        "policy": {"tier": "approval", "longest": 900, "checkout": true}});
    let folder = text(&play.desk.post("/api/v1/secrets/folders", &folder).await?, "/id")?;
    let secret = json!({"name": SECRET, "kind": "oauth_client", "description": "customers and contacts in the CRM",
        "value": {"client_id": id, "client_secret": credential},
        "rotation": {"by": "client", "after_use": true}});
    let made = play.desk.post(&format!("{FOLDER}/secrets"), &secret).await?;
    let shown = !made.to_string().contains(&credential);
    play.stage.check(shown, "the secret lies in the vault, and no answer shows it any more");
    let reach = json!({"principal": agent, "folder": folder, "tier": "approval"});
    play.desk.post("/api/v1/secrets/connections", &reach).await?;
    Ok(())
}

fn wish(play: &Play, task: &str) -> Wish {
    Wish::new("customers", "crm", SECRET).user(&play.people.brandon.login).task(task)
}

/// The agent asks; a person has to say yes, so the answer is a request's id.
async fn ask(play: &mut Play, wish: &Wish) -> anyhow::Result<String> {
    let Step::Asked(asked) = play.agents.support.asks_vault(wish).await? else {
        anyhow::bail!("the vault handed the secret out without asking anybody")
    };
    let event = ledger::latest(&mut play.desk, "approval_requested", &asked.id).await?;
    let beat = Beat::new(
        "POST …/secrets/crm-access/checkout  for brandon",
        Word::Pending,
        format!("202 · “{}”", wish.task),
    );
    let beat = beat.evidence(event.clone());
    play.stage.beat(beat.told(event.is_some(), "the question stands in the log")).await;
    Ok(asked.id)
}

/// A no, and no answer at all: the agent hears which.
async fn refused(play: &mut Play) -> anyhow::Result<()> {
    let no = wish(play, "Export every customer");
    let request = ask(play, &no).await?;
    play.people.brandon.answers(&play.issuer, &request, Some("deny")).await?;
    let heard = play.agents.support.hears_of_secret(&no, &request).await?;
    tell(play, &heard, matches!(heard, Checkout::Denied), "denied: the person said no").await;
    let late = wish(play, "Look at last year's deals").expiry(Duration::from_secs(1));
    let request = ask(play, &late).await?;
    let heard = play.agents.support.hears_of_secret(&late, &request).await?;
    tell(play, &heard, matches!(heard, Checkout::Lapsed), "lapsed: nobody answered in time").await;
    Ok(())
}

async fn tell(play: &mut Play, heard: &Checkout, holds: bool, told: &str) {
    let says = match heard {
        Checkout::Lent(_) => "the secret was handed out",
        Checkout::Denied => "denied · the person said no",
        Checkout::Lapsed => "lapsed · nobody answered in time",
        Checkout::Canceled => "canceled · taken back before anything came of it",
    };
    let word = if matches!(heard, Checkout::Lent(_)) { Word::Allow } else { Word::Deny };
    play.stage
        .beat(Beat::new("POST …/secrets/crm-access/checkout  what came of it", word, says).told(holds, told))
        .await;
}

/// Brandon reads and says yes while the agent waits.
async fn approved(play: &mut Play) -> anyhow::Result<(Wish, Box<Lent>)> {
    let wish = wish(play, "Look at Brandon's customers");
    let request = ask(play, &wish).await?;
    let hears = play.agents.support.hears_of_secret(&wish, &request);
    let (heard, read) =
        tokio::join!(hears, play.people.brandon.answers(&play.issuer, &request, Some("approve")));
    let (heard, read) = (heard?, read.context("Brandon's inbox")?);
    let shown: Vec<String> = ["What", "System", "Data", "How long"]
        .iter()
        .filter_map(|term| read.facts.iter().find(|(name, _)| name == term))
        .map(|(term, text)| format!("{term}: {text}"))
        .collect();
    play.stage.say("Brandon opens his inbox and reads:");
    play.stage.exhibit(&shown);
    play.stage
        .check(shown.len() == 4 && read.listed, "the inbox shows which secret, what it opens, and how long");
    tell(
        play,
        &heard,
        matches!(heard, Checkout::Lent(_)),
        "the secret, for this agent, this person and this task",
    )
    .await;
    let Checkout::Lent(lent) = heard else { anyhow::bail!("Brandon said yes, and the secret was not lent") };
    let event = ledger::latest(&mut play.desk, "secret_revealed", &lent.id).await?;
    play.stage.check(event.is_some(), "that it was handed out stands in the log, without its value");
    Ok((wish, lent))
}

fn field<'a>(lent: &'a Lent, name: &str) -> anyhow::Result<&'a Secret> {
    lent.value.get(name).with_context(|| format!("the secret has no {name}"))
}

async fn fetch(play: &Play, lent: &Lent) -> anyhow::Result<Answer> {
    let credential = (field(lent, "client_id")?, field(lent, "client_secret")?);
    let brandon = &play.people.brandon.login;
    play.agents.support.with_lent(credential, brandon, Crm::RESOURCE, "crm.read").await
}

/// With the secret the agent gets a token by client credentials, and the CRM reads for whom it acts.
async fn used(play: &mut Play, lent: &Lent) -> anyhow::Result<Secret> {
    let answer = fetch(play, lent).await?;
    let [agent, brandon] = parties(play);
    let parties = [agent.as_str(), brandon.as_str()];
    play.decision("client credentials with the CRM's secret  crm.read", &answer, &parties, Told::Allow)
        .await?;
    let pass = scenes::pass(&answer)?.clone();
    let line = |name: &str| format!("\"{name}\": \"{}\"", pass.text(name));
    play.stage.exhibit(&["sub", "act_as", "scope"].map(line));
    let right = pass.text("sub") == agent && pass.text("act_as") == play.people.brandon.login;
    play.stage.check(right, "profile act_as: the agent is the subject, and the token names whom it acts for");
    let call = Call {
        about: "his customers",
        says: "2 of 3 records",
        parties: &parties,
        ..Call::of(System::Crm, &pass.token)
    };
    play.call(call).await?;
    Ok(pass.token)
}

/// The agent gives the secret back: lease and token end together, and the secret is another one from then on.
async fn given_back(play: &mut Play, wish: &Wish, lent: &Lent, token: &Secret) -> anyhow::Result<()> {
    let since = Instant::now();
    play.agents.support.gives_back(wish, &lent.lease).await?;
    let death = play.watch(System::Crm, token, since).await?;
    let event = ledger::latest(&mut play.desk, "lease_ended", &lent.lease).await?;
    let beat = Beat::new("POST /api/v1/leases/{id}/return", Word::Done, "the agent needs it no more");
    play.stage
        .beat(beat.evidence(event.clone()).told(event.is_some(), "the end of the lease stands in the log"))
        .await;
    let [agent, brandon] = parties(play);
    play.dies("the token from the secret", death, &[&agent, &brandon]).await?;
    let answer = fetch(play, lent).await?;
    let says = match &answer {
        Answer::Refused(refusal) => refusal.told(),
        Answer::Allowed(_) => "another token".to_owned(),
    };
    let beat = Beat::new("POST /oauth2/token  the same secret once more", Word::Deny, says);
    let refused = matches!(answer, Answer::Refused(_));
    play.stage.beat(beat.told(refused, "refused: the secret is lent to nobody")).await;
    let rotated = rotated(play).await?;
    play.stage.check(rotated, "and it was rotated after use: what the agent may remember is nobody's secret");
    Ok(())
}

async fn rotated(play: &mut Play) -> anyhow::Result<bool> {
    for _ in 0..50 {
        let all = play.desk.get(&format!("{FOLDER}/secrets/{SECRET}/versions")).await?;
        let current = all.pointer("/items/0/state").and_then(Value::as_str) == Some("current");
        if current && all.pointer("/items/0/number") == Some(&json!(2)) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(false)
}
