//! A program of the operator's puts the value in place. It is named in the configuration, never by the API; it gets no
//! environment and no arguments, and reads what it needs from its standard input, where no other process sees it.

use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::Failure;
use super::apply::Job;
use crate::value::Value;

const PATIENCE: Duration = Duration::from_secs(60);

/// One line of JSON.
#[derive(Serialize)]
struct Order<'a> {
    /// `set`: put `new` in place of `old`. `verify`: say whether `new` works. Both may come again.
    action: &'static str,
    secret: String,
    name: &'a str,
    kind: &'static str,
    old: &'a serde_json::value::RawValue,
    new: &'a serde_json::value::RawValue,
}

pub(super) async fn run(job: &Job<'_>, name: &str, action: &'static str) -> Result<(), Failure> {
    let program = job.rotators.commands.get(name);
    let program = program.ok_or(Failure("the configuration has no command of this name"))?;
    let line = line(job, action)?;
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|_| Failure("the command cannot be started"))?;
    let mut input = child.stdin.take().ok_or(Failure("the command has no input"))?;
    let work = async {
        // A program that needs nothing of it may have closed its input.
        drop(input.write_all(&line).await);
        drop(input);
        child.wait().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) if action == "verify" => Err(Failure("the command says that the new value does not work")),
        Ok(Ok(_)) => Err(Failure("the command failed")),
        Ok(Err(_)) => Err(Failure("the command was lost")),
        Err(_) => Err(Failure("the command took longer than a minute")),
    }
}

fn line(job: &Job<'_>, action: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let raw = |value: &Value| {
        let text = std::str::from_utf8(&value.plain()).map(str::to_owned).ok()?;
        serde_json::value::RawValue::from_string(text).ok()
    };
    let lost = Failure("the value cannot be written");
    let (old, new) = (raw(job.old).ok_or(lost)?, raw(job.new).ok_or(lost)?);
    let order = Order {
        action,
        secret: job.secret.id.to_string(),
        name: &job.secret.name,
        kind: job.secret.kind.as_str(),
        old: &old,
        new: &new,
    };
    let mut line = serde_json::to_vec(&order).map_err(|_| lost)?;
    line.push(b'\n');
    Ok(Zeroizing::new(line))
}
