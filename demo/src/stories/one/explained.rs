//! One line of the log in plain words, with the proof that it is in there.

use std::time::Duration;

use serde_json::Value;

use super::truth::Decided;
use crate::setup::Play;

/// Checkpoints are signed once a second; the proof of a fresh line has to wait for one.
const PATIENCE: usize = 30;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn play(play: &mut Play, decided: &Decided) -> anyhow::Result<()> {
    let Some(event) = &decided.refused else { return Ok(()) };
    play.stage.scene("1.6  A refusal, explained from the log");
    play.stage.say(&format!("$ chancery explain {event}"));
    let mut told = Value::Null;
    for _ in 0..PATIENCE {
        told = play.desk.get(&format!("/api/v1/events/{event}/explain")).await?;
        if told.get("proof").is_some() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let facts =
        told.get("evidence").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let facts: Vec<String> = facts.map(str::to_owned).collect();
    play.stage.exhibit(&facts);
    play.stage.check(
        facts.len() == 7,
        "all seven facts are there: who, by whom, where, what, for what, decision, outcome",
    );
    play.checkpoint = told.pointer("/proof/checkpoint").and_then(Value::as_str).map(str::to_owned);
    let sentence = "a signed checkpoint covers it; whoever keeps it can tell if anything before is rewritten";
    play.stage.check(play.checkpoint.is_some(), sentence);
    Ok(())
}
