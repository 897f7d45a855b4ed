//! A program of the operator's puts the value in place. It is named in the configuration, never by the API; it gets no
//! environment and no arguments, and reads what it needs from its standard input, where no other process sees it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::Failure;
use super::apply::Job;
use super::order;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(job: &Job<'_>, name: &str, action: &'static str) -> Result<(), Failure> {
    let program = job.rotators.commands.get(name);
    let program = program.ok_or(Failure("the configuration has no command of this name"))?;
    let mut line = order::line(job, action)?;
    line.push(b'\n');
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
