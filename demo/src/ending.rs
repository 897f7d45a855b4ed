//! The end: the log leaves the server and is verified without it; then the stage stays open for a look around.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::doorstep::Doorstep;
use crate::random;
use crate::setup::Play;

/// Exports the organization's log and has the binary verify it against a checkpoint kept from earlier. That needs
/// neither the server nor its keys.
pub(crate) async fn verify_log(play: &mut Play, program: &Path) -> anyhow::Result<()> {
    play.stage.story(
        "The evidence",
        &["All of it is in one log, which anybody can check who has only the export."],
    );
    play.stage.scene("audit verify");
    let log = play.desk.bytes("/api/v1/events/export").await?;
    let file = Export::write(&log).await?;
    let entries = log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    play.stage.say(&format!("GET /api/v1/events/export: {entries} lines, {} KiB", log.len() / 1024));
    let older = match &play.checkpoint {
        Some(note) => Some(Export::write(note.as_bytes()).await?),
        None => None,
    };
    play.stage.say("$ chancery audit verify corp-example.chlog --checkpoint kept-since-story-1");
    let (holds, said) = verify(program, &file, older.as_ref()).await?;
    play.stage.exhibit(&said);
    play.stage.check(holds, "complete, in order, unchanged, and it continues what was signed during Story 1");
    let forged = Export::write(&forged(&log)).await?;
    let (holds, _) = verify(program, &forged, older.as_ref()).await?;
    play.stage.check(!holds, "with one word of one entry changed, it no longer verifies");
    Ok(())
}

/// A file of our own in the folder for temporary ones; gone when it is dropped.
struct Export(PathBuf);

impl Export {
    async fn write(bytes: &[u8]) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("chancery-demo-{}", random::word()?));
        let shown = || path.display().to_string();
        // Who worked with whom stands in it, so nobody else may read it, and it must not be somebody else's file.
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await;
        let mut open = opened.with_context(|| format!("{} cannot be written", path.display()))?;
        let file = Self(path.clone());
        open.write_all(bytes).await.with_context(shown)?;
        open.flush().await.with_context(shown)?;
        Ok(file)
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn verify(
    program: &Path,
    file: &Export,
    older: Option<&Export>,
) -> anyhow::Result<(bool, Vec<String>)> {
    let mut command = Command::new(program);
    command.args(["audit", "verify"]).arg(&file.0).stdin(Stdio::null());
    if let Some(older) = older {
        command.arg("--checkpoint").arg(&older.0);
    }
    let done = command.output().await;
    let done = done.with_context(|| format!("{} audit verify could not be run", program.display()))?;
    let said = String::from_utf8_lossy(&done.stdout);
    Ok((done.status.success(), said.lines().map(str::to_owned).collect()))
}

/// The same log after somebody tried to hide a refusal.
fn forged(log: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(log);
    text.replacen("agent_not_assigned", "agent_is_assigned!", 1).into_bytes()
}

/// Leaves everything running until somebody ends it.
pub(crate) async fn stay(play: &mut Play) -> anyhow::Result<()> {
    let Play { stage, issuer, administrator, people, .. } = play;
    let door = Doorstep::open(issuer, administrator.anew(issuer)).await?;
    stage.scene("The console is open");
    stage.keep("console", &format!("{issuer}/console"));
    stage.keep("sign in", &door.link);
    for (what, person) in [("or as", &*administrator), ("or as", &people.brandon)] {
        stage.keep(what, &format!("{}   {}", person.login, person.password().expose()));
    }
    stage.say(
        "The link signs Ines in, on this machine and once; after that it takes a password. She sees everything, Brandon \
         what agents may do for him. The passwords were made for this run and are shown here once. Ctrl-C ends the \
         server and everything in it.",
    );
    told_to_stop().await
}

/// By the terminal, or by whoever started the process.
pub(crate) async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be listened to")?;
    tokio::select! {
        heard = tokio::signal::ctrl_c() => heard.context("the terminal cannot be listened to"),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgery_changes_one_word_and_no_length() {
        let log = b"{\"reasons\":[\"agent_not_assigned\",\"agent_not_assigned\"]}";
        let forged = forged(log);
        assert_eq!(forged.len(), log.len());
        assert_ne!(forged, log);
    }
}
