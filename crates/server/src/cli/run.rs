//! `chancery run --secret NAME=ENV -- command`: a process gets secrets of the vault in its environment, and nobody else
//! sees them: nothing of them is printed, and no argument holds one. They are given back when it ends, however it ends.

mod signals;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, bail};
use chancery_client::{Checkout, Client, ClientAuth, Lent, Secret, Step, Wish};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::admin::Access;
use super::admin::rest;
use crate::out;
use signals::Signals;

#[derive(Debug, Args)]
pub struct Run {
    /// Which secret goes into which variable: `GROUP/PROJECT/NAME=ENV`, or `GROUP/PROJECT/NAME#field=ENV` for one field
    #[arg(long = "secret", required = true, value_name = "SECRET=ENV")]
    secrets: Vec<String>,
    /// The person it is for: sign-in name, e-mail address or id; they may have to say yes
    #[arg(long, value_name = "PERSON")]
    user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it
    #[arg(long, default_value = "")]
    task: String,
    /// To nobody else meanwhile
    #[arg(long)]
    exclusive: bool,
    #[command(flatten)]
    access: Access,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// One `--secret`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    group: String,
    project: String,
    name: String,
    field: Option<String>,
    variable: String,
}

fn parse(text: &str) -> anyhow::Result<Asked> {
    let shape = || format!("`{text}`: write GROUP/PROJECT/NAME=ENV");
    let (place, variable) = text.rsplit_once('=').with_context(shape)?;
    let (place, field) = place.split_once('#').map_or((place, None), |(place, field)| (place, Some(field)));
    let [group, project, name] = place.split('/').collect::<Vec<_>>().try_into().ok().with_context(shape)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = !variable.is_empty()
        && variable.chars().all(fine)
        && !variable.starts_with(|c: char| c.is_ascii_digit());
    anyhow::ensure!(named, "`{text}`: `{variable}` is no name of a variable");
    let own = str::to_owned;
    Ok(Asked {
        group: own(group),
        project: own(project),
        name: own(name),
        field: field.map(own),
        variable: own(variable),
    })
}

/// What is lent, and by which wish.
struct Held {
    wish: Wish,
    lent: Box<Lent>,
}

/// How it came to its end.
enum Ended {
    /// The program's own end.
    Program(ExitStatus),
    /// It was told to end before there was a program.
    Before(Signal),
}

impl Ended {
    /// As a shell says it: 128 and the number of a signal.
    fn code(&self) -> u8 {
        let code = match self {
            Self::Program(status) => status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            Self::Before(signal) => 128 + signal.as_raw(),
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

impl Run {
    /// The code by which the program ended, or the signal that ended the waiting for it.
    pub async fn run(self, environment: &BTreeMap<String, String>) -> anyhow::Result<u8> {
        let asked = self.secrets.iter().map(|text| parse(text)).collect::<anyhow::Result<Vec<_>>>()?;
        let (client, token) = self.client(environment).await?;
        let mut signals = Signals::listen()?;
        let mut held = Vec::new();
        let ended = self.lend_and_run(&client, token.as_ref(), (&asked, &mut signals), &mut held).await;
        let returned = give_back(&client, &held).await;
        let ended = ended?;
        returned?;
        if let Ended::Before(signal) = &ended {
            out::note(format_args!("chancery: told to end by signal {}: nothing was run", signal.as_raw()))?;
        }
        Ok(ended.code())
    }

    async fn client(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> anyhow::Result<(Client, Option<Secret>)> {
        let access = self.access.clone().completed(environment);
        if let Some(client_id) = &access.client_id {
            return Ok((rest::client(&access, client_id).await?, None));
        }
        let (server, token) = rest::signed_in(&access, environment).await?;
        let nobody = ClientAuth::None { client_id: String::new() };
        Ok((Client::discover(&server, nobody, rest::options(&access)?).await?, Some(token)))
    }

    fn wish(&self, asked: &Asked, token: Option<&Secret>) -> Wish {
        let mut wish = Wish::new(&asked.group, &asked.project, &asked.name).task(&self.task);
        wish.user.clone_from(&self.user);
        wish.exclusive = self.exclusive;
        wish.token = token.cloned();
        wish
    }

    async fn lend_and_run(
        &self,
        client: &Client,
        token: Option<&Secret>,
        (asked, signals): (&[Asked], &mut Signals),
        held: &mut Vec<Held>,
    ) -> anyhow::Result<Ended> {
        let (program, arguments) = self.command.split_first().context("no command is given")?;
        let mut command = Command::new(program);
        command.args(arguments).kill_on_drop(true);
        for one in asked {
            let wish = self.wish(one, token);
            let lent = lend(client, &wish, signals).await.with_context(|| shown(one))?;
            let lent = match lent {
                Borrowed::Lent(lent) => lent,
                Borrowed::Told(signal) => return Ok(Ended::Before(signal)),
            };
            let value = field(&lent, one).cloned();
            held.push(Held { wish, lent });
            command.env(&one.variable, value?.expose());
        }
        if let Some(told) = signals.ended().await {
            return Ok(Ended::Before(told));
        }
        let child = command.spawn().with_context(|| program.clone())?;
        until_it_ends(child, signals).await.map(Ended::Program)
    }
}

fn shown(asked: &Asked) -> String {
    format!("{}/{}/{}", asked.group, asked.project, asked.name)
}

/// A secret, or what ended the waiting for it.
enum Borrowed {
    Lent(Box<Lent>),
    Told(Signal),
}

/// Asks for a secret. To be told to end is minded while a person is waited for; what is under way for a moment is let
/// come to its end, since what it may have lent has to be known to be given back.
async fn lend(client: &Client, wish: &Wish, signals: &mut Signals) -> anyhow::Result<Borrowed> {
    if let Some(told) = signals.ended().await {
        return Ok(Borrowed::Told(told));
    }
    let request = match client.ask_checkout(wish).await? {
        Step::Over(outcome) => return lent(outcome),
        Step::Asked(asked) => asked.id,
    };
    tokio::select! {
        outcome = client.resume_checkout(wish, &request) => lent(outcome?),
        told = signals.end() => take_back(client, wish, &request).await.map(|()| Borrowed::Told(told)),
    }
}

fn lent(outcome: Checkout) -> anyhow::Result<Borrowed> {
    match outcome {
        Checkout::Lent(lent) => Ok(Borrowed::Lent(lent)),
        Checkout::Denied => bail!("the person said no"),
        Checkout::Lapsed => bail!("nobody answered in time"),
        Checkout::Canceled => bail!("the request was taken back"),
    }
}

/// Nobody need answer any more. Where somebody just has, what came of it is given back.
async fn take_back(client: &Client, wish: &Wish, request: &str) -> anyhow::Result<()> {
    match client.cancel_checkout(wish, request).await {
        Err(error) if error.code() == Some("closed") => {}
        Err(error) => {
            let context = "the request could not be taken back: it waits until it lapses";
            return Err(anyhow::Error::new(error).context(context));
        }
        Ok(()) => return Ok(()),
    }
    if let Ok(Checkout::Lent(lent)) = client.resume_checkout(wish, request).await {
        give_back(client, &[Held { wish: wish.clone(), lent }]).await?;
    }
    Ok(())
}

/// The field that was named, or the one that is secret.
fn field<'a>(lent: &'a Lent, asked: &Asked) -> anyhow::Result<&'a Secret> {
    let usual = ["key", "password", "client_secret", "private_key"];
    let found = match &asked.field {
        Some(field) => lent.value.get(field),
        None => usual.iter().find_map(|name| lent.value.get(*name)),
    };
    found.with_context(|| format!("{} has no such field: name one with #field", shown(asked)))
}

/// Passes on what the process is told, so that it can end in its own way.
async fn until_it_ends(mut child: Child, signals: &mut Signals) -> anyhow::Result<ExitStatus> {
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let pass = |to: Signal| {
        if let Some(pid) = pid {
            // It may have ended by itself meanwhile.
            let _ = kill_process(pid, to);
        }
    };
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(ended?),
            told = signals.next() => pass(told),
        }
    }
}

/// Gives everything back, some times over where the server does not answer: a lease would end by itself, later.
async fn give_back(client: &Client, held: &[Held]) -> anyhow::Result<()> {
    let mut kept = 0;
    for Held { wish, lent } in held {
        let mut tries = 0;
        while let Err(error) = client.give_back(wish, &lent.lease).await {
            // Somebody ended it before.
            if error.code() == Some("over") {
                break;
            }
            tries += 1;
            if tries == 3 {
                out::note(format_args!(
                    "chancery: a secret could not be given back, its lease ends at {}",
                    lent.until
                ))?;
                kept += 1;
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    anyhow::ensure!(kept == 0, "{kept} of {} secrets were not given back", held.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_by_its_place_and_goes_into_a_variable() {
        let read = |text| parse(text).ok().map(|a| (a.name, a.field, a.variable));
        let own = str::to_owned;
        assert_eq!(read("prod/crm/key=CRM_KEY"), Some((own("key"), None, own("CRM_KEY"))));
        assert_eq!(read("prod/crm/db#host=HOST"), Some((own("db"), Some(own("host")), own("HOST"))));
        for bad in
            ["key=KEY", "prod/crm/key", "a/b/c/d=E", "prod/crm/key=1X", "prod/crm/key=A B", "prod/crm/key="]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
